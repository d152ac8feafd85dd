"""All processes together stay below the limit, the fast lane has its reserve, and one request to wait stops all."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from marketplacer_callback.api import Limiter


class Time:
    """A clock that goes on only when somebody sleeps, and remembers for how long."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return self.ms

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ms += round(seconds * 1000)


@pytest.fixture
def time() -> Time:
    return Time()


def limiter(redis: Redis, time: Time, **options) -> Limiter:
    return Limiter(redis, prefix="mc:shop:", now_ms=time.now_ms, sleep=time.sleep, **options)


async def test_within_the_budget_nobody_waits(redis: Redis, time: Time) -> None:
    one = limiter(redis, time, requests_per_10s=5)
    for _ in range(5):
        await one.take("slow")
    assert time.slept == []


async def test_the_next_one_waits_until_the_first_is_ten_seconds_old(redis: Redis, time: Time) -> None:
    one = limiter(redis, time, requests_per_10s=5)
    for _ in range(6):
        await one.take("slow")
    (waited,) = time.slept
    assert 10 <= waited < 11


async def test_processes_share_the_budget(redis: Redis, time: Time) -> None:
    one, other = limiter(redis, time, requests_per_10s=4), limiter(redis, time, requests_per_10s=4)
    for _ in range(2):
        await one.take("slow")
        await other.take("slow")
    assert time.slept == []
    await other.take("slow")
    assert len(time.slept) == 1


async def test_instances_do_not_share_it(redis: Redis, time: Time) -> None:
    one = Limiter(redis, prefix="mc:a:", requests_per_10s=1, now_ms=time.now_ms, sleep=time.sleep)
    other = Limiter(redis, prefix="mc:b:", requests_per_10s=1, now_ms=time.now_ms, sleep=time.sleep)
    await one.take("slow")
    await other.take("slow")
    assert time.slept == []


async def test_slow_never_takes_what_is_reserved_for_fast(redis: Redis, time: Time) -> None:
    one = limiter(redis, time, requests_per_10s=10, reserves={"fast": 0.3, "slow": 0.0})
    for _ in range(7):
        await one.take("slow")
    assert time.slept == []
    for _ in range(3):
        await one.take("fast")
    assert time.slept == []
    await one.take("slow")
    assert len(time.slept) == 1


async def test_fast_may_take_everything(redis: Redis, time: Time) -> None:
    one = limiter(redis, time, requests_per_10s=10, reserves={"fast": 0.3})
    for _ in range(10):
        await one.take("fast")
    assert time.slept == []


async def test_a_lane_is_never_starved_by_reserves_alone(redis: Redis, time: Time) -> None:
    one = limiter(redis, time, requests_per_10s=10, reserves={"fast": 1.0})
    await one.take("slow")
    assert time.slept == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), budget=st.integers(1, 12), reserve=st.sampled_from([0.0, 0.25, 0.5]))
async def test_no_ten_seconds_hold_more_than_the_budget(redis: Redis, data, budget: int, reserve: float) -> None:
    await redis.flushdb()
    time, went = Time(), []
    one = limiter(redis, time, requests_per_10s=budget, reserves={"fast": reserve})
    for _ in range(30):
        time.ms += data.draw(st.integers(0, 3000))
        lane = data.draw(st.sampled_from(["fast", "slow"]))
        await one.take(lane)
        went.append((time.ms, lane))
    for at, _ in went:
        window = [lane for ms, lane in went if at - 10_000 < ms <= at]
        assert len(window) <= budget


async def test_a_request_costs_one_round_trip(redis: Redis, time: Time) -> None:
    one = limiter(redis, time)
    await one.take("slow")
    before = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    for _ in range(10):
        await one.take("slow")
    assert (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] == before + 10


async def test_waiting_requests_of_a_lane_go_in_order(redis: Redis, time: Time) -> None:
    one, went = limiter(redis, time, requests_per_10s=1), []

    async def go(number: int) -> None:
        await one.take("slow")
        went.append(number)

    await asyncio.gather(*(go(number) for number in range(5)))
    assert went == [0, 1, 2, 3, 4]


async def test_a_brake_stops_everybody_for_as_long_as_the_platform_said(redis: Redis, time: Time) -> None:
    one, other = limiter(redis, time), limiter(redis, time)
    await one.brake(7.5)
    await other.take("fast")
    assert time.slept == [7.5]


async def test_a_shorter_brake_does_not_lift_a_longer_one(redis: Redis, time: Time) -> None:
    one = limiter(redis, time)
    await one.brake(30)
    await one.brake(1)
    await one.take("slow")
    assert time.slept == [30]


async def test_an_absurd_brake_is_cut(redis: Redis, time: Time) -> None:
    one = limiter(redis, time)
    await one.brake(10**9)
    await one.take("slow")
    assert time.slept == [3600]


async def test_without_a_time_the_brake_doubles_up_to_four_minutes(redis: Redis, time: Time) -> None:
    one = limiter(redis, time)
    for _ in range(4):
        await one.brake(None)
        await one.take("slow")
    assert time.slept == [60, 120, 240, 240]


async def test_answers_to_requests_that_were_under_way_do_not_double_it(redis: Redis, time: Time) -> None:
    one = limiter(redis, time)
    for _ in range(5):
        await one.brake(None)
    await one.take("slow")
    assert time.slept == [60]


async def test_a_waiting_request_can_be_cancelled_and_takes_no_turn(redis: Redis) -> None:
    one = Limiter(redis, prefix="mc:shop:", requests_per_10s=2)
    await one.brake(60)
    waiting = asyncio.create_task(one.take("slow"))
    queued = asyncio.create_task(one.take("slow"))
    await asyncio.sleep(0.05)
    for task in (waiting, queued):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await redis.delete("mc:shop:api:brake")
    async with asyncio.timeout(5):
        await one.take("slow")
        await one.take("slow")
    assert one.passed_uncounted == 0


async def test_without_redis_requests_go_through_and_are_counted(unused_tcp_port: int, caplog) -> None:
    away = Redis(host="127.0.0.1", port=unused_tcp_port)
    one = Limiter(away, prefix="mc:shop:")
    with caplog.at_level(logging.WARNING, "marketplacer_callback.api"):
        for _ in range(4):
            await one.take("slow")
    assert one.passed_uncounted == 4
    assert [record.message for record in caplog.records] == ["api.limiter_unreached"]
    await away.aclose()


async def test_without_redis_a_process_still_obeys_the_429_that_it_got(unused_tcp_port: int) -> None:
    away = Redis(host="127.0.0.1", port=unused_tcp_port)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(seconds)

    one = Limiter(away, prefix="mc:shop:", sleep=sleep)
    await one.brake(0.2)
    await one.take("slow")
    assert slept
    assert 0.1 < slept[0] <= 0.2
    await one.brake(None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await one.take("slow")
    assert slept[-1] > 59
    await away.aclose()


async def test_its_keys_go_away_by_themselves(redis: Redis) -> None:
    one = Limiter(redis, prefix="mc:shop:")
    await one.take("slow")
    await one.brake(None)
    keys = await redis.keys("*")
    assert sorted(keys) == [b"mc:shop:api:brake", b"mc:shop:api:brake-step", b"mc:shop:api:window"]
    assert all([await redis.pttl(key) > 0 for key in keys])
