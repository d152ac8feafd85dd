"""Deliveries over a socket of their own, byte for byte, as no HTTP client would send them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Wire", "chunked", "request"]

Headers = Sequence[tuple[str, str]]


def request(path: str, headers: Headers, body: bytes, *, length: int | None = None, version: str = "1.1") -> bytes:
    """A POST with ``Content-Length``, the body's own unless another is given."""
    return _head(path, [*headers, ("Content-Length", str(len(body) if length is None else length))], version) + body


def chunked(path: str, headers: Headers, body: bytes, sizes: Sequence[int]) -> bytes:
    """A POST in chunks of these sizes, one after the other and again from the first."""
    parts, at, turn = [], 0, 0
    while at < len(body):
        part = body[at : at + sizes[turn % len(sizes)]]
        parts.append(b"%x\r\n%s\r\n" % (len(part), part))
        at, turn = at + len(part), turn + 1
    return _head(path, [*headers, ("Transfer-Encoding", "chunked")], "1.1") + b"".join(parts) + b"0\r\n\r\n"


@dataclass(slots=True)
class Wire:
    """One keep-alive connection after the other to a server on the loopback."""

    port: int
    _stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, data: bytes, *, then_close: bool = False) -> int | None:
        """The status of the first final answer; ``None`` if the server hung up without one.

        ``then_close``: nothing more follows, which the server is told, and the connection is used no further.
        """
        if self._stream is None:
            self._stream = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._stream
        try:
            writer.write(data)
            if then_close:
                writer.write_eof()
            status, stays = await _answer(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            status, stays = None, False
        if then_close or not stays:
            await self.close()
        return status

    async def close(self) -> None:
        """Hang up."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream[1].close()
            with contextlib.suppress(ConnectionError):
                await stream[1].wait_closed()

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _head(path: str, headers: Headers, version: str) -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    while True:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status != 100:
            break
    length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
    await reader.readexactly(length)
    return status, "connection: close" not in lines
