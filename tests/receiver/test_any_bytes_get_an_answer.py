"""Bodies and headers as nobody should send them: 200 for what is signed, 503 for the rest, and nothing unforeseen."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutated import Case, cases, originals
from raw_posting import Wire, chunked, request
from reached import MAX_BODY, MOUNT, SECRET, WANTS, delivery, make_inbox, make_opening, served, signed
from redis.asyncio import Redis

from marketplacer_callback.delivery import Credentials, sign
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.receiver import Door, Receiver

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "deliveries"
UNFORESEEN = ("delivery.failed", "receiver.accept_failed", "inbox.event_misfit", "inbox.event_failed")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NODES = st.fixed_dictionaries({}, optional={"id": VALUES, "__typename": VALUES, "updatedAt": VALUES})
PAYLOADS = VALUES | NODES | st.fixed_dictionaries({"data": VALUES | st.fixed_dictionaries({"node": VALUES | NODES})})
ENVELOPES = st.fixed_dictionaries({}, optional={"id": VALUES, "event_name": VALUES, "payload": PAYLOADS})


def unforeseen(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        str(one.__dict__) for one in caplog.records if one.getMessage() in UNFORESEEN or one.name == "aiohttp.server"
    ]


def expected(case: Case, max_body: int = MAX_BODY) -> int:
    return 200 if case.is_signed and len(case.body) <= max_body else 503


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400)
@given(envelope=ENVELOPES, path=st.text(max_size=10))
async def test_a_signed_envelope_with_any_values_is_answered_200(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, envelope: dict[str, Any], path: str
) -> None:
    body = json.dumps(envelope).encode()
    async with make_opening(inbox)() as receiver:
        assert (await receiver.receive(body, signed(body), path)).status == 200
    assert unforeseen(caplog) == []


async def test_mutated_deliveries_are_answered_200_where_signed_and_503_else(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    many = list(cases(3_000, seed=1, secret=SECRET, bodies=originals(RECORDED)))
    async with make_opening(inbox)() as receiver:
        for start in range(0, len(many), 100):
            group = many[start : start + 100]
            replies = await asyncio.gather(*(receiver.receive(one.body, dict(one.headers), one.path) for one in group))
            for case, reply in zip(group, replies, strict=True):
                assert reply.status == expected(case), case
    assert unforeseen(caplog) == []


async def test_mutated_deliveries_over_http_have_the_same_answers(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        for number, case in enumerate(cases(400, seed=2, secret=SECRET, bodies=originals(RECORDED))):
            sizes = (1, 7, 4_096) if len(case.body) < 1_000 else (4_096,)
            path = MOUNT + case.path
            data = (
                chunked(path, case.headers, case.body, sizes) if number % 3 else request(path, case.headers, case.body)
            )
            assert await wire.send(data) == expected(case), case
    assert unforeseen(caplog) == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_a_label_of_compression_is_not_believed(inbox: Inbox, encoding: str) -> None:
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        body = delivery()
        headers = [*signed(body).items(), ("Content-Encoding", encoding)]
        assert await wire.send(request(MOUNT, headers, body)) == 200


@pytest.mark.parametrize("headers", [
    [("Upgrade", "websocket"), ("Connection", "Upgrade")],
    [("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")],
    [(f"X-{number}", "1") for number in range(400)],
    [(f"X-{number}", "v" * 8_000) for number in range(20)],
    [("Connection", "close, keep-alive, nonsense")],
    [("TE", "trailers"), ("Trailer", "Expires")],
    [("X-HTTP-Method-Override", "DELETE")],
])  # fmt: skip
async def test_headers_that_ask_for_something_else_change_no_answer(
    inbox: Inbox, headers: list[tuple[str, str]]
) -> None:
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        body = delivery()
        assert await wire.send(request(MOUNT, [*signed(body).items(), *headers], body)) == 200


async def test_a_body_that_is_longer_than_its_length_is_never_accepted(inbox: Inbox) -> None:
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        body = delivery()
        # What follows is no HTTP: the server's parser may refuse both with 400.
        cut = request(MOUNT, list(signed(body).items()), body, length=len(body) - 50)
        assert await wire.send(cut) in (503, 400)
    assert (await inbox.status()).live == 0


async def test_a_body_that_is_shorter_than_its_length_is_never_accepted(inbox: Inbox) -> None:
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        body = delivery()
        cut = request(MOUNT, list(signed(body).items()), body, length=len(body) + 50)
        assert await wire.send(cut, then_close=True) in (503, None)
        assert await wire.send(request(MOUNT, list(signed(body).items()), body)) == 200
    assert (await inbox.status()).live == 1


@pytest.mark.parametrize("way", ["length", "chunks"])
@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 503)])
async def test_ten_mebibytes_are_the_limit_to_the_byte(redis: Redis, way: str, over: int, status: int) -> None:
    limit = 10 * 1024 * 1024
    inbox = make_inbox(redis)
    await inbox.register(WANTS)
    body = delivery()
    body += b" " * (limit + over - len(body))
    async with served(make_opening(inbox, max_body_bytes=limit)) as post, Wire(post.port) as wire:
        headers = list(signed(body).items())
        data = request(MOUNT, headers, body) if way == "length" else chunked(MOUNT, headers, body, (1 << 20,))
        assert await wire.send(data) == status


async def test_a_signature_header_that_comes_twice_is_no_error(inbox: Inbox) -> None:
    body = delivery()
    async with served(make_opening(inbox)) as post, Wire(post.port) as wire:
        right, wrong = sign(body, SECRET), sign(body, "another")
        for pair in ((right, right), (wrong, wrong), (right, wrong), (wrong, right)):
            headers = [("Marketplacer-Hmac-256", one) for one in pair]
            assert await wire.send(request(MOUNT, headers, body)) == (200 if pair[0] == right else 503)


async def test_a_static_header_of_any_bytes_is_compared_without_an_error(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver([Door("bazaar", Credentials(header=("auth-key", "schlüssel")), inbox)])
    for value in ("", "\udcff", "\ud800", "schl\udcfcssel", "x" * 100_000, "\0"):
        assert (await receiver.receive(delivery(), {"auth-key": value})).status == 503
    await receiver.close()
    assert logging.ERROR not in [one.levelno for one in caplog.records]
