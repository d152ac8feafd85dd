"""The ASGI wrapper keeps the specification's promises to the server and to the host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from reached import MOUNT, delivery, make_opening, signed

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.receiver import Receiver, asgi


class Server:
    """The server's side of one ASGI conversation."""

    def __init__(self, app: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> None:
        self.app, self.scope = app, scope
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for message in messages:
            self.to_app.put_nowait(message)

    async def run(self) -> list[dict[str, Any]]:
        await self.app(self.scope, self.to_app.get, self.from_app.put)
        return [self.from_app.get_nowait() for _ in range(self.from_app.qsize())]


def lifespan(app: Any) -> Server:
    return Server(app, {"type": "lifespan", "state": {}}, {"type": "lifespan.startup"})


def http(app: Any, path: str, *messages: dict[str, Any], body: bytes = b"", **scope: Any) -> Server:
    headers = [(name.encode(), value.encode()) for name, value in signed(body).items()]
    whole = {"type": "http", "method": "POST", "path": path, "headers": headers, **scope}
    return Server(app, whole, *(messages or [{"type": "http.request", "body": body}]))


@asynccontextmanager
async def refusing() -> AsyncIterator[Receiver]:
    raise QueueUnavailable("Redis at localhost:1 is away; start it")
    yield


async def never_called(*_: Any) -> None:
    raise AssertionError("the host was asked")


async def test_other_scopes_pass_through_untouched(inbox: Inbox) -> None:
    seen = []

    async def host(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, await receive(), send))

    for scope in (
        {"type": "websocket", "path": f"{MOUNT}/Advert"},
        {"type": "http", "path": "/other"},
        {"type": "newer"},
    ):
        server = Server(asgi(make_opening(inbox), host, MOUNT), scope, {"type": "first"})
        assert await server.run() == []
        passed, message, send = seen.pop()
        assert passed is scope
        assert message == {"type": "first"}
        assert send == server.from_app.put


async def test_without_a_host_a_websocket_is_closed(inbox: Inbox) -> None:
    server = Server(
        asgi(make_opening(inbox), None, MOUNT), {"type": "websocket", "path": MOUNT}, {"type": "websocket.connect"}
    )
    assert await server.run() == [{"type": "websocket.close"}]


@pytest.mark.parametrize(
    ("root_path", "path", "ours"),
    [
        ("", "/marketplacer", True),
        ("/api", "/api/marketplacer/Advert", True),
        ("/api", "/marketplacer/Advert", True),
        ("/api/", "/api/marketplacer", True),
        ("/marketplacer", "/marketplacer", False),
        ("/marketplacer", "/marketplacer/marketplacer", True),
        ("/api", "/apiary/marketplacer", False),
    ],
)
async def test_the_root_path_is_the_servers(inbox: Inbox, root_path: str, path: str, ours: bool) -> None:
    reached = []

    async def host(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    await http(asgi(make_opening(inbox), host, MOUNT), path, body=delivery(), root_path=root_path).run()
    assert reached == ([] if ours else [path])


@pytest.mark.parametrize("path", ["marketplacer", "/marketplacer/", "/a/b"])
async def test_the_mount_path_may_be_written_with_or_without_slashes(inbox: Inbox, path: str) -> None:
    app = asgi(make_opening(inbox), never_called, path)
    for end in ("", "/", "/Advert"):
        start, _ = await http(app, "/" + path.strip("/") + end, body=delivery()).run()
        assert start["status"] == 200


async def test_a_body_in_pieces_is_put_together(inbox: Inbox) -> None:
    body = delivery()
    pieces = [
        {"type": "http.request", "body": body[:5], "more_body": True},
        {"type": "http.request", "more_body": True},
    ]
    server = http(asgi(make_opening(inbox), None, MOUNT), MOUNT, *pieces, {"type": "http.request", "body": body[5:]})
    server.scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in signed(body).items()]
    start, end = await server.run()
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-length"] == str(len(end["body"])).encode()


async def test_nobody_is_answered_who_hung_up(inbox: Inbox) -> None:
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    assert await http(asgi(make_opening(inbox), None, MOUNT), MOUNT, *pieces).run() == []


async def test_a_start_that_fails_is_reported_with_its_message_and_the_host_is_not_started() -> None:
    (answer,) = await lifespan(asgi(refusing, never_called, MOUNT)).run()
    assert answer == {"type": "lifespan.startup.failed", "message": "Redis at localhost:1 is away; start it"}


async def test_a_host_whose_start_fails_is_reported_with_its_message(inbox: Inbox) -> None:
    closed = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[Receiver]:
        async with make_opening(inbox)() as receiver:
            yield receiver
        closed.append(True)

    async def host(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        raise RuntimeError("no database")

    assert await lifespan(asgi(opening, host, MOUNT)).run() == [
        {"type": "lifespan.startup.failed", "message": "no database"}
    ]
    assert closed == [True]


async def raises(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("only http")


async def returns(scope: Any, receive: Any, send: Any) -> None:
    return


async def reads_and_returns(scope: Any, receive: Any, send: Any) -> None:
    await receive()


@pytest.mark.parametrize("host", [raises, returns, reads_and_returns, None])
async def test_a_host_without_lifespan_does_not_hinder_ours(inbox: Inbox, host: Any) -> None:
    app = asgi(make_opening(inbox), host, MOUNT)
    server = lifespan(app)
    running = asyncio.create_task(server.run())
    assert await server.from_app.get() == {"type": "lifespan.startup.complete"}
    start, _ = await http(app, MOUNT, body=delivery()).run()
    assert start["status"] == 200
    server.to_app.put_nowait({"type": "lifespan.shutdown"})
    assert await running == [{"type": "lifespan.shutdown.complete"}]


async def test_the_hosts_lifespan_shares_its_state_and_ends_before_ours(inbox: Inbox) -> None:
    order = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[Receiver]:
        async with make_opening(inbox)() as receiver:
            order.append("ours opened")
            yield receiver
        order.append("ours closed")

    async def host(scope: Any, receive: Any, send: Any) -> None:
        for event in ("startup", "shutdown"):
            assert await receive() == {"type": f"lifespan.{event}"}
            scope["state"]["pool"] = event
            order.append(f"host {event}")
            await send({"type": f"lifespan.{event}.complete"})

    server = lifespan(asgi(opening, host, MOUNT))
    server.to_app.put_nowait({"type": "lifespan.shutdown"})
    assert await server.run() == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert order == ["ours opened", "host startup", "host shutdown", "ours closed"]
    assert server.scope["state"] == {"pool": "shutdown"}


async def test_a_host_whose_stop_fails_is_reported(inbox: Inbox) -> None:
    async def host(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed"})

    server = lifespan(asgi(make_opening(inbox), host, MOUNT))
    server.to_app.put_nowait({"type": "lifespan.shutdown"})
    assert (await server.run())[-1] == {
        "type": "lifespan.shutdown.failed",
        "message": "the host application failed in its shutdown",
    }


async def test_a_host_that_dies_between_start_and_stop_does_not_hang_the_stop(inbox: Inbox) -> None:
    async def host(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise RuntimeError("later")

    server = lifespan(asgi(make_opening(inbox), host, MOUNT))
    server.to_app.put_nowait({"type": "lifespan.shutdown"})
    assert (await server.run())[-1] == {"type": "lifespan.shutdown.complete"}


async def test_under_a_server_without_lifespan_the_first_delivery_opens_the_receiver_once(inbox: Inbox) -> None:
    opened = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[Receiver]:
        opened.append(True)
        async with make_opening(inbox)() as receiver:
            yield receiver

    transport = httpx.ASGITransport(app=asgi(opening, None, MOUNT))
    async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
        bodies = [delivery(event_id=f"ev{number}") for number in range(5)]
        answers = await asyncio.gather(*(client.post(MOUNT, content=body, headers=signed(body)) for body in bodies))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert opened == [True]


async def test_a_late_opening_that_fails_is_answered_503_and_tried_again() -> None:
    app = asgi(refusing, None, MOUNT)
    for _ in range(2):
        start, end = await http(app, MOUNT, body=delivery()).run()
        assert start["status"] == 503
        assert end["body"] == b'{"result":"not_started"}\n'


async def test_alone_and_mounted_at_its_own_path_it_answers_below_it(inbox: Inbox) -> None:
    from fastapi import FastAPI

    host = FastAPI()
    host.mount(MOUNT, asgi(make_opening(inbox), None, MOUNT))
    body = delivery()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://host") as client:
        for below in ("/", "/Advert", "/x/y"):
            answer = await client.post(f"{MOUNT}{below}", content=body, headers=signed(body))
            assert answer.status_code == 200, below
