"""What the web layers would answer by themselves never reaches a delivery."""

from __future__ import annotations

import asyncio
import gzip
import importlib
from collections.abc import AsyncIterator

import pytest
from reached import MAX_BODY, MOUNT, Reached, delivery, in_aiohttp, make_opening, served, signed

from marketplacer_callback.inbox import Inbox


async def chunks(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def test_a_chunked_body_is_read_whole(server: Reached, inbox: Inbox) -> None:
    body = delivery(padding="x" * 5000)
    async with server(make_opening(inbox)) as post:
        assert (await post(MOUNT, chunks(body), signed(body))).word == "new"


async def test_a_chunked_body_over_the_limit_is_read_no_further(server: Reached, inbox: Inbox) -> None:
    body = delivery(padding="x" * MAX_BODY)
    async with server(make_opening(inbox)) as post:
        answer = await post(MOUNT, chunks(body), signed(body))
    assert (answer.status, answer.word) == (503, "too_large")


async def test_a_body_over_aiohttps_own_limit_is_read(inbox: Inbox) -> None:
    body = delivery(padding="x" * (1 << 20))
    for inside in (in_aiohttp, served):
        async with inside(make_opening(inbox, max_body_bytes=4 << 20)) as post:
            assert (await post(MOUNT, chunks(body, 1 << 16), signed(body))).status == 200


async def test_a_declared_length_over_the_limit_is_answered_before_the_body_comes(
    server: Reached, inbox: Inbox
) -> None:
    head = f"POST {MOUNT} HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY * 100}\r\n\r\n"
    async with server(make_opening(inbox)) as post:
        assert (await raw(post, head.encode())).startswith(b"HTTP/1.1 503 ")


async def test_no_expectation_is_refused(server: Reached, inbox: Inbox) -> None:
    body = delivery()
    async with server(make_opening(inbox)) as post:
        for expect in ("100-continue", "the moon"):
            head = [f"POST {MOUNT} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", f"Expect: {expect}"]
            head += [f"{name}: {value}" for name, value in signed(body).items()]
            answer = await raw(post, "\r\n".join(head).encode() + b"\r\n\r\n" + body)
            assert answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").startswith(b"HTTP/1.1 200 ")


async def test_a_gzipped_body_is_verified_as_it_was_sent(inbox: Inbox) -> None:
    packed = gzip.compress(delivery())
    async with served(make_opening(inbox)) as post:
        answer = await post(MOUNT, packed, signed(packed, **{"Content-Encoding": "gzip"}))
    assert (answer.status, answer.word) == (200, "quarantined")


async def test_no_encoding_is_answered_3xx_or_4xx_or_500(server: Reached, inbox: Inbox) -> None:
    packed = gzip.compress(delivery())
    async with server(make_opening(inbox)) as post:
        for body in (packed, packed[:-9], b"not gzip"):
            for encoding in ("gzip", "deflate", "unheard-of"):
                answer = await post(MOUNT, body, signed(body, **{"Content-Encoding": encoding}))
                assert answer.status in (200, 503)


async def test_the_bundled_server_takes_long_headers(inbox: Inbox) -> None:
    body = delivery()
    async with served(make_opening(inbox)) as post:
        assert (await post(MOUNT, body, signed(body, baggage="x" * 30_000))).status == 200


async def test_a_sender_that_hangs_up_hurts_nobody(server: Reached, inbox: Inbox) -> None:
    body = delivery()
    async with server(make_opening(inbox)) as post:
        _, writer = await connected(post)
        writer.write(f"POST {MOUNT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await post(MOUNT, body, signed(body))).word == "new"


async def raw(post: object, request: bytes) -> bytes:
    """The head of the answer to these very bytes."""
    reader, writer = await connected(post)
    try:
        writer.write(request)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer.startswith(b"HTTP/1.1 100"):
            answer += await reader.readuntil(b"\r\n\r\n")
        return answer
    finally:
        writer.close()
        await writer.wait_closed()


async def connected(post: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", post.port)


async def test_a_body_that_does_not_arrive_is_answered_503(
    server: Reached, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("aiohttp_app", "asgi"):
        monkeypatch.setattr(importlib.import_module(f"marketplacer_callback.receiver.{module}"), "READ_TIMEOUT_S", 0.05)
    async with server(make_opening(inbox)) as post:
        answer = await raw(post, f"POST {MOUNT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc".encode())
    assert answer.startswith(b"HTTP/1.1 503 ")
