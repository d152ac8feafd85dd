"""Answers that never arrive whole: a connection that is reset, or cut in the middle of the body."""

from __future__ import annotations

import socket
import struct

from aiohttp import web

__all__ = ["halved", "reset"]

_LINGER_0 = struct.pack("ii", 1, 0)  # closing then sends a RST, and drops what was not sent


def reset(request: web.Request) -> web.Response:
    """Reset the request's connection, if its client is still there. The response goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        request.transport.abort()
    return web.Response()


async def halved(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Send the headers of the answer and half of its body, then close the connection."""
    assert isinstance(answer.body, bytes)  # noqa: S101 - answers are made of bytes here
    cut = web.StreamResponse(status=answer.status, headers=answer.headers)
    cut.content_length = len(answer.body)
    await cut.prepare(request)
    await cut.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut
