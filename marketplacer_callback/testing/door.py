"""Where the sandbox's webhooks arrive: an address that is there before the receiver is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from marketplacer_callback.receiver import Reply

__all__ = ["Door", "opened_door"]

Receive = Callable[[bytes, Mapping[str, str], str], Awaitable["Reply"]]


class Door:
    """``url`` is what webhooks are sent to. Without a ``receive`` a delivery is answered 200 and forgotten."""

    def __init__(self) -> None:
        self.url = ""
        self.receive: Receive | None = None

    async def deliver(self, request: web.Request) -> web.Response:
        """Hands a delivery over as it came."""
        body = await request.read()
        if self.receive is None:
            return web.Response()
        reply = await self.receive(body, request.headers, request.match_info["below"])
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


@contextlib.asynccontextmanager
async def opened_door() -> AsyncIterator[Door]:
    """A door on a free port of the loopback."""
    door = Door()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/marketplacer/{below:.*}", door.deliver)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/marketplacer/{{typename}}"
        yield door
    finally:
        await runner.cleanup()
