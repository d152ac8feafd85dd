"""The documented rate limits: by address, by key and by operator, each for itself over a sliding window."""

from __future__ import annotations

import pytest
from sandbox_posting import NAME, post

from marketplacer_callback.api import ApiAuth, ApiClient
from marketplacer_callback.errors import RateLimited
from marketplacer_callback.sandbox import Choices, Sandbox, SandboxClient
from marketplacer_callback.sandbox.keys import ApiKey
from marketplacer_callback.sandbox.limits import DOCUMENTED, RateLimits, Traffic

WHO = {"query": NAME}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(traffic: Traffic, count: int, ip: str, key: str | None) -> int:
    return sum(traffic.admit(ip, key) is None for _ in range(count))


def test_the_limits_are_the_documented_ones() -> None:
    assert (DOCUMENTED.per_ip, DOCUMENTED.per_key, DOCUMENTED.per_operator, DOCUMENTED.window_s) == (600, 750, 1200, 10)


def test_one_address_gets_600_in_ten_seconds() -> None:
    traffic = Traffic(DOCUMENTED, clock=Clock())
    assert admitted(traffic, 700, "10.0.0.1", "0") == 600
    assert admitted(traffic, 1, "10.0.0.2", "0") == 1


def test_one_key_gets_750_from_all_addresses() -> None:
    traffic = Traffic(DOCUMENTED, clock=Clock())
    assert [admitted(traffic, 400, f"10.0.0.{n}", "0") for n in range(3)] == [400, 350, 0]
    assert admitted(traffic, 1, "10.0.0.9", "1") == 1


def test_all_keys_of_the_operator_get_1200() -> None:
    traffic = Traffic(DOCUMENTED, clock=Clock())
    assert [admitted(traffic, 500, f"10.0.0.{n}", str(n)) for n in range(4)] == [500, 500, 200, 0]


def test_a_request_without_a_valid_key_counts_for_its_address_alone() -> None:
    traffic = Traffic(DOCUMENTED, clock=Clock())
    assert admitted(traffic, 601, "10.0.0.1", None) == 600
    assert traffic.counts() == {"per_ip": {"10.0.0.1": 600}, "per_key": {}, "per_operator": 0, "refused": 1}


def test_the_window_slides_and_the_wait_is_until_there_is_room() -> None:
    clock = Clock()
    traffic = Traffic(RateLimits(per_ip=2), clock=clock)
    assert traffic.admit("a", "0") is None
    clock.now += 6
    assert traffic.admit("a", "0") is None
    clock.now += 1
    assert traffic.admit("a", "0") == ("Rate limit exceeded: more than 2 requests in 10 s from one IP address", 3)
    clock.now += 3
    assert traffic.admit("a", "0") is None
    assert traffic.admit("a", "0") == ("Rate limit exceeded: more than 2 requests in 10 s from one IP address", 6)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        RateLimits(per_key=0)


async def test_the_request_after_the_600th_is_a_429_with_retry_after() -> None:
    async with Sandbox(adverts=1) as sandbox, ApiClient(sandbox.url, ApiAuth("sandbox-key")) as client:
        for _ in range(600):
            sandbox.traffic.admit("127.0.0.1", "0 operator")
        with pytest.raises(RateLimited) as refused:
            await client.execute(NAME, {}, operation="Who")
        assert refused.value.status == 429
        assert refused.value.retry_after is not None
        assert 8 <= refused.value.retry_after <= 10
        assert await post(sandbox, WHO) == (
            429,
            {"errors": [{"message": "Rate limit exceeded: more than 600 requests in 10 s from one IP address"}]},
        )


async def test_a_429_may_keep_silent_about_the_wait() -> None:
    sandbox = Sandbox(adverts=1, rate_limits=RateLimits(per_ip=1), choices=Choices(retry_after=False))
    async with sandbox, ApiClient(sandbox.url, ApiAuth("sandbox-key")) as client:
        await client.execute(NAME, {}, operation="Who")
        with pytest.raises(RateLimited) as refused:
            await client.execute(NAME, {}, operation="Who")
        assert refused.value.retry_after is None


async def test_the_counts_are_in_the_status_by_key_but_without_its_text() -> None:
    limits = RateLimits(per_ip=9, per_key=2, per_operator=3)
    keys = [ApiKey("second-secret", "seller")]
    async with Sandbox(adverts=1, rate_limits=limits, keys=keys) as sandbox, SandboxClient(sandbox.url) as client:
        asked = [("sandbox-key", 200), ("sandbox-key", 200), ("sandbox-key", 429), ("second-secret", 200)]
        for key, status in [*asked, ("second-secret", 429), ("wrong", 401)]:
            assert (await post(sandbox, WHO, key=key))[0] == status
        assert (await client.status())["rate_limits"] == {
            "per_ip": {"127.0.0.1": 4},
            "per_key": {"0 operator": 2, "1 seller": 1},
            "per_operator": 3,
            "refused": 2,
        }


async def test_without_limits_nothing_is_counted() -> None:
    async with Sandbox(adverts=1, rate_limits=None) as sandbox, SandboxClient(sandbox.url) as client:
        for _ in range(5):
            assert (await post(sandbox, WHO))[0] == 200
        assert (await client.status())["rate_limits"] is None
