"""The receiver inside aiohttp: ``app.add_subapp("/marketplacer", aiohttp_app(opening))``.

aiohttp answers some requests by itself, and each such answer to a delivery would cost the webhook: 413 for a body over
the parent's ``client_max_size`` (so the body is read from the stream), 417 for an unknown ``Expect``, 404 for the bare
mount path (so there are three routes). Only a request that is not valid HTTP, or a header over the server's limits
(8,190 bytes unless the runner says otherwise), is refused with 400 before any application sees it.

The parent's middlewares run in front of a sub-application. One that refuses strangers (401, 403) or redirects would
disable the webhook: let it pass everything below the mount path.

Under another runner than ``serve`` a body with ``Content-Encoding`` arrives unpacked, and is refused with 503: the
signature is over what was sent. Marketplacer sends none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import ClientPayloadError, HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from marketplacer_callback.receiver.core import READ_TIMEOUT_S, Opening, Receiver
from marketplacer_callback.receiver.replies import Reply, not_a_delivery

__all__ = ["RECEIVER", "add_receiver", "aiohttp_app"]

RECEIVER: Final = web.AppKey("receiver", Receiver)


def aiohttp_app(opening: Opening) -> web.Application:
    """A sub-application that takes its mount path, with and without a slash, and everything below. It starts and stops
    with its parent."""
    app = web.Application()
    add_receiver(app, "", opening)
    return app


def add_receiver(app: web.Application, path: str, opening: Opening) -> None:
    """Adds the receiver to this application at ``path`` (``""`` or ``/marketplacer``) and everything below it."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with opening() as receiver:
            app[RECEIVER] = receiver
            yield
            await receiver.close()

    app.cleanup_ctx.append(opened)
    for pattern in (path, f"{path}/", path + "/{below:.+}"):
        app.router.add_route("*", pattern, _deliver, expect_handler=_expect)


async def _deliver(request: web.Request) -> web.Response:
    if request.method != "POST":
        return _response(not_a_delivery())
    receiver = request.app[RECEIVER]
    try:
        if request.content.is_eof():  # it came in one piece with its head, as nearly all do
            body = _whole(request, receiver.max_body_bytes)
        else:
            async with asyncio.timeout(READ_TIMEOUT_S):
                body = await _body(request, receiver.max_body_bytes)
    except (TimeoutError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ConnectionError):
        return _closing(receiver.broken_off())
    if body is None:
        return _closing(receiver.too_large())
    return _response(await receiver.receive(body, request.headers, request.match_info.get("below", "")))


def _whole(request: web.Request, max_bytes: int) -> bytes | None:
    """The body of which everything is here; ``None`` if it is too large."""
    body: bytes = request.content.read_nowait(-1)
    return body if len(body) <= max_bytes else None


async def _body(request: web.Request, max_bytes: int) -> bytes | None:
    """The body as it arrived; ``None`` if it is too large, which its length may say before any of it is read."""
    if (request.content_length or 0) > max_bytes:
        return None
    chunks = bytearray()
    async for chunk in request.content.iter_any():
        chunks += chunk
        if len(chunks) > max_bytes:
            return None
    return bytes(chunks)


async def _expect(request: web.Request) -> None:
    """Instead of aiohttp's own, which answers 417 to anything but ``100-continue``."""
    if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def _closing(reply: Reply) -> web.Response:
    """Where the rest of the body is of no use, neither is the connection that it comes on."""
    response = _response(reply)
    response.force_close()
    return response
