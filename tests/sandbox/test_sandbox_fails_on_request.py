"""Each fault, as a plain client and as the project's own client meet it."""

from __future__ import annotations

import asyncio
import errno
import time

import aiohttp
import pytest
from sandbox_asking import ask, data
from sandbox_posting import NAME, advert, post, upsert, values

from marketplacer_callback.api import ApiAuth, ApiClient
from marketplacer_callback.errors import RateLimited, Unavailable
from marketplacer_callback.sandbox import Fault, Sandbox, SandboxClient

WHO = {"query": NAME}
KEY = ApiAuth("sandbox-key")


async def statuses(sandbox: Sandbox, count: int, body: object = WHO) -> list[int]:
    return [(await post(sandbox, body))[0] for _ in range(count)]


async def test_a_reset_connection_is_an_outage_and_nothing_was_done(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    sandbox.faults.set(Fault(reset=True, requests=2))
    with pytest.raises(aiohttp.ClientOSError) as error:
        await post(sandbox, upsert(id_, "lost"))
    assert error.value.errno == errno.ECONNRESET
    async with ApiClient(sandbox.url, KEY) as client:
        with pytest.raises(Unavailable):
            await client.execute(NAME, {}, operation="Who")
        assert (await client.execute(NAME, {}, operation="Who")).errors == ()
    assert values(sandbox, id_) == []
    assert [call.status for call in sandbox.journal.calls()] == [0, 0, 200]


async def test_a_connection_may_be_reset_after_the_request_has_acted(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    sandbox.faults.set(Fault(reset="after", requests=1))
    with pytest.raises(aiohttp.ClientOSError):
        await post(sandbox, upsert(id_, "kept"))
    assert values(sandbox, id_) == ["kept"]


async def test_half_of_the_body_arrives_and_then_nothing(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(half=True))
    headers = {"Authorization": "Bearer sandbox-key"}
    whole = b'{"data": {"apiKeyPrincipal": {"name": "Sandbox operator"}}}'
    async with aiohttp.ClientSession() as session, session.post(sandbox.url, json=WHO, headers=headers) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(whole)))
        arrived = await answer.content.readany()
        assert arrived == whole[: len(whole) // 2]
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
    async with ApiClient(sandbox.url, KEY) as client:
        with pytest.raises(Unavailable):
            await client.execute(NAME, {}, operation="Who")


async def test_a_429_on_request_says_how_long_to_wait(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(status=429, retry_after=7))
    async with ApiClient(sandbox.url, KEY) as client:
        with pytest.raises(RateLimited) as refused:
            await client.execute(NAME, {}, operation="Who")
    assert refused.value.retry_after == 7


async def test_a_5xx_does_not_act(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    sandbox.faults.set(Fault(status=502, requests=2))
    assert await post(sandbox, upsert(id_, "lost")) == (
        502,
        {"errors": [{"message": "the sandbox was told to answer 502"}]},
    )
    async with ApiClient(sandbox.url, KEY) as client:
        with pytest.raises(Unavailable):
            await client.execute(NAME, {}, operation="Who")
    assert values(sandbox, id_) == []


async def test_latency_and_jitter_are_waited_out() -> None:
    async with Sandbox(adverts=1) as sandbox:
        sandbox.faults.set(Fault(latency_ms=30, jitter_ms=20))
        for _ in range(3):
            await post(sandbox, WHO)
        assert all(call.ms >= 30 for call in sandbox.journal.calls())


def test_jitter_follows_from_the_seed() -> None:
    def drawn(seed: int) -> list[float]:
        sandbox = Sandbox(adverts=1, seed=seed)
        sandbox.faults.set(Fault(latency_ms=100, jitter_ms=50))
        return [sandbox.faults.take().latency_ms for _ in range(5)]

    assert drawn(3) == drawn(3) != drawn(4)
    assert all(100 <= late < 150 for late in drawn(3))
    assert len(set(drawn(3))) == 5


@pytest.mark.parametrize(
    ("operation", "hit"),
    [("Upsert", True), ("Up*", True), ("externalId*", True), ("*", True), ("upsert", False), ("Who", False)],
)
async def test_a_fault_is_for_an_operation_or_a_root_field(sandbox: Sandbox, operation: str, hit: bool) -> None:
    sandbox.faults.set(Fault(status=503, operation=operation))
    assert await statuses(sandbox, 1, upsert(advert(sandbox), "x")) == [503 if hit else 200]


async def test_the_root_fields_of_fragments_count_too(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(status=503, operation="apiKeyPrincipal"))
    text = "{ ...F } fragment F on Query { ... on Query { me: apiKeyPrincipal { name } ...F } }"
    assert await statuses(sandbox, 1, {"query": text}) == [503]
    assert await statuses(sandbox, 1, {"query": "{ __typename }"}) == [200]


async def test_a_fault_without_an_operation_is_for_every_body(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(status=503, requests=3))
    assert [(await post(sandbox, body))[0] for body in (b"{", {"query": "{"}, WHO, WHO)] == [503, 503, 503, 200]


async def test_the_first_requests_may_be_let_pass(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(status=503, skip=2, requests=1))
    assert await statuses(sandbox, 4) == [200, 200, 503, 200]


async def test_a_rate_is_a_share_drawn_by_the_seed() -> None:
    async def drawn() -> list[int]:
        async with Sandbox(adverts=1, seed=5) as sandbox:
            sandbox.faults.set(Fault(status=503, rate=0.5))
            return await statuses(sandbox, 40)

    first = await drawn()
    assert first == await drawn()
    assert 10 <= first.count(503) <= 30


async def test_the_first_fault_that_applies_wins_and_later_ones_do_not_see_the_request(sandbox: Sandbox) -> None:
    faults = [Fault(status=500, operation="Upsert", requests=1), Fault(status=502, skip=1), Fault(status=504)]
    sandbox.faults.replace(faults)
    assert await statuses(sandbox, 1, upsert(advert(sandbox), "x")) == [500]
    assert await statuses(sandbox, 2) == [504, 502]
    counted = [(one.seen, one.hit, one.left) for one in sandbox.faults.in_force()]
    assert counted == [(1, 1, 0), (2, 1, None), (1, 1, None)]


async def test_a_read_that_is_stale_shows_what_was_before_the_writes(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    text = "query One($id: ID!) { node(id: $id) { ... on Advert { title } } }"
    old = sandbox.store.all("Advert")[0]["title"]
    sandbox.change("Advert", id_, title="first")
    sandbox.change("Advert", id_, title="second")
    sandbox.faults.set(Fault(lag_ms=30_000))
    assert await data(sandbox, text, {"id": id_}) == {"node": {"title": old}}
    sandbox.change("Advert", id_, title="third")
    assert await data(sandbox, text, {"id": id_}) == {"node": {"title": old}}
    sandbox.faults.set(Fault())
    assert await data(sandbox, text, {"id": id_}) == {"node": {"title": "third"}}


async def test_a_client_that_leaves_meanwhile_does_no_harm(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    sandbox.faults.set(Fault(latency_ms=150, requests=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await post(sandbox, upsert(id_, "late"))
    began = time.monotonic()
    while not sandbox.journal.calls():
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.02)
    assert values(sandbox, id_) == ["late"]
    assert (await ask(sandbox, NAME))[0] == 200


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"stat": 500}, "stat: not a part of a fault; did you mean 'status'?"),
        ({"status": "500"}, "status: expected an HTTP status from 200 to 599"),
        ({"rate": 1.5}, "rate: expected a number from 0 to 1"),
        ({"requests": 0}, "requests: expected a whole number from 1"),
        ({"hold": "during"}, "hold: expected 'before' or 'after'"),
        ({"null": "QWR2ZXJ0LTE="}, "null: expected a list of ids"),
        ({"errors": [1]}, "errors: expected a list of ids"),
        ({"poison": [["QWR2ZXJ0LTE="]]}, "poison: expected a list of ids"),
        ({"reset": 1}, "reset: expected true, false, 'before' or 'after'"),
        ({"latency_ms": -1}, "latency_ms: expected milliseconds, from 0"),
        (
            {"status": 500, "hold": "after"},
            "hold: a request that is answered by status does not act; hold it before, or leave one out",
        ),
        (
            {"status": 500, "reset": "after"},
            "reset: a request that is answered by status does not act; reset it before, or leave one out",
        ),
        (
            {"reset": True, "half": True},
            "reset: a request that is reset before it acts has no answer; write reset = 'after'",
        ),
        (
            {"reset": "after", "half": True},
            "half: a connection is reset instead of an answer or after half of it; leave one out",
        ),
    ],
)
async def test_a_fault_that_cannot_be_is_refused_with_its_part(
    sandbox: Sandbox, parts: dict[str, object], message: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/sandbox/fail", json=parts) as answer,
    ):
        assert (answer.status, await answer.json()) == (400, {"error": message})


async def test_what_is_in_force_is_told_with_its_counters(sandbox: Sandbox) -> None:
    async with SandboxClient(sandbox.url) as client:
        await client.fail(status=503, operation="Who", requests=3, null=["b", "a"])
        await statuses(sandbox, 2)
        fault = {"status": 503, "null": ["a", "b"], "requests": 3, "operation": "Who"}
        assert await client.faults() == [{"fault": fault, "seen": 2, "hit": 2, "left": 1}]
        await client.mend()
        assert await client.faults() == []
        assert await statuses(sandbox, 1) == [200]
