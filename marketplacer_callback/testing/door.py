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
    """``url`` is what webhooks are sent to. While it is shut a delivery is answered 200, and kept for whom it is
    opened to: a fixture may write to the sandbox before the test's inbox is there.
    """

    def __init__(self) -> None:
        self.url = ""
        self._receive: Receive | None = None
        self._kept: list[tuple[bytes, Mapping[str, str], str]] = []

    async def open(self, receive: Receive) -> None:
        """``receive`` takes what was kept, in order, and whatever comes."""
        self._receive = receive
        kept, self._kept = self._kept, []
        for delivery in kept:
            await receive(*delivery)

    def shut(self) -> None:
        """What comes is kept."""
        self._receive = None

    async def deliver(self, request: web.Request) -> web.Response:
        """Hands a delivery over as it came."""
        delivery = (await request.read(), request.headers, request.match_info["below"])
        if self._receive is None:
            self._kept.append(delivery)
            return web.Response()
        reply = await self._receive(*delivery)
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
