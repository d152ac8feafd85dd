"""The receiver around an ASGI application: ``app = asgi(opening, app)``.

It wraps the host and is not mounted in it: a framework runs no lifespan of a mounted application, and Starlette answers
a POST to the bare mount path with a redirect. What is not below ``path`` passes through untouched, and the host's
middleware sees no delivery. Only what is not valid HTTP, or has headers over the server's limits, is refused by the
server itself, with a 4xx, before any application sees it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from marketplacer_callback.errors import MarketplacerCallbackError
from marketplacer_callback.receiver.asgi_lifespan import ASGIApp, HostLifespan, Receive, Scope, Send
from marketplacer_callback.receiver.core import READ_TIMEOUT_S, Opening, Receiver
from marketplacer_callback.receiver.replies import Reply, not_a_delivery, not_found, not_now

__all__ = ["asgi"]

log = logging.getLogger("marketplacer_callback.receiver")


def asgi(opening: Opening, app: ASGIApp | None, path: str) -> ASGIApp:
    """An ASGI 3 application: deliveries at ``path``, ``path/`` and below; everything else is ``app``'s, or not found.

    Its lifespan opens the receiver, then runs the host's, if it has one; a start that fails is reported to the server.
    Under a server that runs no lifespan the first delivery opens the receiver.
    """
    return _Wrapped(opening, app or _nothing, "/" + path.strip("/") if path.strip("/") else "")


class _Wrapped:
    def __init__(self, opening: Opening, app: ASGIApp, path: str) -> None:
        self._opening = opening
        self._app = app
        self._path = path
        self._receiver: Receiver | None = None
        self._late: asyncio.Future[Receiver] | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(scope, receive, send)
        below = self._below(scope) if scope["type"] == "http" else None
        if below is None:
            return await self._app(scope, receive, send)
        reply = await self._answer(scope, receive, below)
        return None if reply is None else await _respond(send, reply)

    def _below(self, scope: Scope) -> str | None:
        """What follows the mount path, ``None`` if the request is the host's. ``root_path`` is the server's prefix."""
        path, root = str(scope["path"]), str(scope.get("root_path") or "").rstrip("/")
        if root and (path == root or path.startswith(f"{root}/")):
            path = path[len(root) :]
        if path == self._path or path.startswith(f"{self._path}/"):
            return path[len(self._path) :]
        # Alone and mounted by a host at its own path, against the advice: a 404 would disable the webhook.
        return path if self._app is _nothing and root.endswith(self._path) and self._path else None

    async def _answer(self, scope: Scope, receive: Receive, below: str) -> Reply | None:
        """``None`` if the sender hung up before the body was whole: nobody is left to answer."""
        if scope["method"] != "POST":
            return not_a_delivery()
        headers = _decoded(scope["headers"])
        try:
            receiver = self._receiver or await self._opened_late()
        except MarketplacerCallbackError as error:
            log.error("receiver.not_started", extra={"fields": {"error": str(error)}})
            return not_now("not_started")
        except Exception:
            log.exception("receiver.not_started")
            return not_now("not_started")
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                body = await _body(receive, headers.get("content-length", ""), receiver.max_body_bytes)
        except TimeoutError:
            return receiver.broken_off()
        except ConnectionError:
            return None
        return receiver.too_large() if body is None else await receiver.receive(body, headers, below)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        phase, failure = "startup", None
        await receive()
        try:
            async with self._opening() as receiver, HostLifespan(self._app, scope) as host:
                failure = await host.tell("startup")
                if failure is None:
                    self._receiver = receiver
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
                    phase = "shutdown"
                    failure = await host.tell("shutdown")
                    await receiver.close()
        except MarketplacerCallbackError as error:
            failure = str(error)
        except Exception as error:
            log.exception("receiver.lifespan_failed")
            failure = f"{type(error).__name__}: {error}"
        finally:
            self._receiver = None
        if failure is not None:
            await send({"type": f"lifespan.{phase}.failed", "message": failure})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _opened_late(self) -> Receiver:
        if self._late is None:
            self._late = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._late))
        return await asyncio.shield(self._late)

    async def _keep(self, late: asyncio.Future[Receiver]) -> None:
        """Holds the receiver open in a task of its own until the event loop ends and cancels it."""
        try:
            async with self._opening() as receiver:
                late.set_result(receiver)
                await asyncio.Event().wait()
        except Exception as error:
            if late.done():
                raise
            late.set_exception(error)
        finally:
            self._late = None


async def _body(receive: Receive, declared: str, max_bytes: int) -> bytes | None:
    """The body as it arrived; ``None`` if it is too large, which its length may say before any of it is read."""
    if declared.isascii() and declared.isdigit() and int(declared) > max_bytes:
        return None
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError("the sender hung up")
        chunks += message.get("body", b"")
        if len(chunks) > max_bytes:
            return None
        if not message.get("more_body", False):
            return bytes(chunks)


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    decoded: dict[str, str] = {}
    for name, value in headers:
        decoded.setdefault(name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape"))
    return decoded


async def _respond(send: Send, reply: Reply) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The host where there is none."""
    if scope["type"] == "http":
        await _respond(send, not_found())
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
