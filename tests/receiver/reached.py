"""Ways to reach a receiver in front of a real inbox: every adapter that there is."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from marketplacer_callback.delivery import Credentials, sign
from marketplacer_callback.inbox import Inbox, Want
from marketplacer_callback.receiver import Door, Opening, Receiver, Reply, aiohttp_app, asgi, serve
from marketplacer_callback.typenames import SWEEP_TYPENAME

SECRET = "correct horse"
CREDENTIALS = Credentials((SECRET.encode(), b"the one before"), ("auth-key", "battery staple"))
MOUNT = "/marketplacer"
MAX_BODY = 64 * 1024
DAY_MS = 86_400_000
WANTS = [
    Want("Advert", "slow", "product"),
    Want("Seller", "slow", "seller"),
    Want("Invoice", "fast", "order", ("create",)),
    Want(SWEEP_TYPENAME, "slow", "sweep"),
]


def delivery(name: str = "update", node: object = None, event_id: str | None = "ev1", **top: object) -> bytes:
    """The body of a delivery in the modern envelope; of an Advert unless told otherwise."""
    node = {"__typename": "Advert", "id": "QWR2ZXJ0LTE="} if node is None else node
    return json.dumps({"id": event_id, "event_name": name, "payload": {"data": {"node": node}}} | top).encode()


def signed(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    """The headers of a delivery, signature included."""
    return {"Content-Type": "application/json", "Marketplacer-Hmac-256": sign(body, secret), **headers}


def make_inbox(redis: Redis, *, kind: type[Inbox] = Inbox, **options: Any) -> Inbox:
    usual = {"instance": "bazaar", "keep_digests_ms": 400 * DAY_MS, "keep_dead_ms": 90 * DAY_MS}
    return kind(redis, **{**usual, **options})


def make_opening(inbox: Inbox, **options: Any) -> Opening:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Receiver]:
        receiver = Receiver([Door("bazaar", CREDENTIALS, inbox)], **{"max_body_bytes": MAX_BODY, **options})
        yield receiver
        await receiver.close()

    return opening


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def word(self) -> str:
        return str(json.loads(self.body)["result"])


Post = Callable[..., Awaitable[Answered]]
Reached = Callable[[Opening], AbstractAsyncContextManager[Post]]


@dataclass
class Host:
    """What the host application did: its lifespan, and requests to a route of its own."""

    said: list[str] = field(default_factory=list)


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Post]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", auto_decompress=False) as session:

        async def post(
            path: str, data: Any = b"", headers: Any = None, method: str = "POST", **options: Any
        ) -> Answered:
            async with session.request(
                method, path, data=data, headers=headers, allow_redirects=False, **options
            ) as response:
                return Answered(response.status, dict(response.headers), await response.read())

        post.port = port
        yield post


class Uvicorn(uvicorn.Server):
    """Says when it is up, and stops without waiting for its next look at the clock."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, lifespan="on", ws="none", log_config=None, access_log=False))
        self.up = asyncio.Event()
        self.enough = asyncio.Event()

    async def main_loop(self) -> None:
        await self.enough.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def under_uvicorn(app: Any) -> AsyncIterator[Post]:
    server = Uvicorn(app)
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listener]))
        try:
            await server.up.wait()
            async with client(listener.getsockname()[1]) as post:
                yield post
        finally:
            server.enough.set()
            await running


@asynccontextmanager
async def by_hand(opening: Opening) -> AsyncIterator[Post]:
    """``receive()`` as another framework would call it."""
    async with opening() as receiver:

        async def post(path: str, data: bytes = b"", headers: Any = None) -> Answered:
            reply: Reply = await receiver.receive(data, headers or {}, path.removeprefix(MOUNT))
            return Answered(reply.status, reply.headers, reply.body)

        yield post


@asynccontextmanager
async def in_aiohttp(opening: Opening, host: Host | None = None) -> AsyncIterator[Post]:
    host = host or Host()

    async def lifespan(_: web.Application) -> AsyncIterator[None]:
        host.said.append("started")
        yield
        host.said.append("stopped")

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="the host's own")

    app = web.Application()
    app.cleanup_ctx.append(lifespan)
    app.router.add_get("/hello", hello)
    app.add_subapp(MOUNT, aiohttp_app(opening))
    async with TestServer(app) as server, client(server.port) as post:
        yield post


@asynccontextmanager
async def in_fastapi(opening: Opening, host: Host | None = None) -> AsyncIterator[Post]:
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse

    host = host or Host()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        host.said.append("started")
        yield
        host.said.append("stopped")

    app = FastAPI(lifespan=lifespan)

    @app.get("/hello")
    async def hello() -> PlainTextResponse:
        return PlainTextResponse("the host's own")

    async with under_uvicorn(asgi(opening, app, MOUNT)) as post:
        yield post


@asynccontextmanager
async def in_django(opening: Opening, host: Host | None = None) -> AsyncIterator[Post]:
    async with under_uvicorn(asgi(opening, django_application(), MOUNT)) as post:
        yield post


@asynccontextmanager
async def alone(opening: Opening) -> AsyncIterator[Post]:
    async with under_uvicorn(asgi(opening, None, MOUNT)) as post:
        yield post


@asynccontextmanager
async def served(opening: Opening) -> AsyncIterator[Post]:
    """The bundled server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    stop, listening = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(
        serve(opening, host="127.0.0.1", port=port, path=MOUNT, stop=stop, listening=listening)
    )
    try:
        await asyncio.wait([running, asyncio.create_task(listening.wait())], return_when=asyncio.FIRST_COMPLETED)
        async with client(port) as post:
            yield post
    finally:
        stop.set()
        listening.set()
        await running


def django_application() -> Any:
    """A Django project in one module: APPEND_SLASH is on, as it is by default."""
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application

    if not settings.configured:
        settings.configure(
            ROOT_URLCONF="receiver_django_urls",
            ALLOWED_HOSTS=["*"],
            MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
            SECRET_KEY="only for tests",
            LOGGING_CONFIG=None,
        )
        django.setup()
    return get_asgi_application()


HOSTS: dict[str, Reached] = {"aiohttp": in_aiohttp, "fastapi": in_fastapi, "django": in_django}
SERVERS: dict[str, Reached] = {**HOSTS, "asgi": alone, "serve": served}
ADAPTERS: dict[str, Reached] = {**SERVERS, "receive": by_hand}
