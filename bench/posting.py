"""Signed deliveries from prebuilt bytes over keep-alive connections: a client far cheaper than what it loads."""

from __future__ import annotations

import asyncio
import collections
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from marketplacer_callback.testing import sign

__all__ = ["Posted", "delivery", "object_id", "post"]

_BODY: Final = (
    '{"id":"%s","event_name":"update","payload":{"data":{"node":{"__typename":"%s","id":"%s"}}},"vertical":"bench",'
    '"sent":"2026-01-01T00:00:00Z"}'
)


@dataclass(slots=True)
class Posted:
    """What became of a run. ``seconds`` from the first request to the last answer; times are ``time.monotonic``."""

    began: float = 0.0
    seconds: float = 0.0
    statuses: collections.Counter[bytes] = field(default_factory=collections.Counter)
    sent_at: list[float] = field(default_factory=list)

    @property
    def good(self) -> int:
        return self.statuses[b"200"]

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def object_id(number: int, typename: str = "Advert") -> str:
    return f"{typename}-{number:09d}"


def delivery(secret: str, event: str, id: str, typename: str = "Advert") -> bytes:
    """The request of one delivery; the body has about 176 bytes."""
    body = (_BODY % (event, typename, id)).encode()
    head = (
        f"POST /marketplacer/{typename} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Marketplacer-Hmac-256: {sign(body, secret)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, take: Callable[[], bytes | None], posted: Posted, ended: Callable[[], None]) -> None:
        self._take = take
        self._posted = posted
        self._ended = ended
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        request = self._take()
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        at = data.find(b"Content-Length: ", 0, end) + 16
        if end < 0 or len(data) < end + 4 + int(data[at : data.index(b"\r", at)]):
            self._buffer = data
            return
        self._buffer = b""
        self._posted.statuses[data[9:12]] += 1
        self.send()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._ended()


async def post(port: int, requests: Sequence[bytes], *, connections: int = 64, within_s: float = 300.0) -> Posted:
    """Send each once, the next on a connection as soon as the one before is answered."""
    posted = Posted()
    pending: Iterator[bytes] = iter(requests)
    loop = asyncio.get_running_loop()
    all_ended, open_ones = asyncio.Event(), [connections]

    def ended() -> None:
        open_ones[0] -= 1
        if open_ones[0] == 0:
            all_ended.set()

    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Connection(lambda: next(pending, None), posted, ended), "127.0.0.1", port
        )
        clients.append(client)
    posted.began = time.monotonic()
    for client in clients:
        client.send()
    async with asyncio.timeout(within_s):
        await all_ended.wait()
    posted.seconds = time.monotonic() - posted.began
    return posted
