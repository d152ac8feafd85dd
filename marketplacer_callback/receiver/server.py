"""The bundled receiver: the webhook path, ``/live`` and ``/ready``, on one port that several processes may share."""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Final

from aiohttp import web

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.receiver.aiohttp_app import RECEIVER, add_receiver
from marketplacer_callback.receiver.core import Opening

__all__ = ["serve"]

log = logging.getLogger("marketplacer_callback.receiver")

STOP_WITHIN_S: Final = 25.0
"""How long requests in flight may take to end: below the 30 s after which orchestrators usually kill."""

LINGERING_S: Final = 2.0
"""How long the rest of a refused body is thrown away, for its sender to read the answer before the connection ends."""

MAX_HEADER_BYTES: Final = 65_536
"""aiohttp refuses a longer header line with 400. Its default of 8,190 is less than what some proxies add."""

MAX_HEADERS: Final = 512
"""aiohttp refuses more headers with 400, which would disable the webhook. Its default is 128."""


async def serve(
    opening: Opening,
    *,
    host: str,
    port: int,
    path: str,
    stop: asyncio.Event,
    reuse_port: bool = True,
    listening: asyncio.Event | None = None,
) -> None:
    """Serves until ``stop`` is set, then takes no more connections and ends what is in flight.

    ``path`` as in ``/marketplacer``. ``reuse_port``: other processes of the same user may listen on the same port, and
    the kernel spreads the connections. ``listening`` is set once connections are taken. Raises what ``opening`` raises,
    and ``ConfigurationError`` if it cannot listen there.
    """
    app = web.Application()
    app.router.add_get("/live", _live)
    app.router.add_get("/ready", _ready)
    add_receiver(app, "/" + path.strip("/") if path.strip("/") else "", opening)
    # auto_decompress: the signature is over what was sent.
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        shutdown_timeout=STOP_WITHIN_S,
        lingering_time=LINGERING_S,
        max_field_size=MAX_HEADER_BYTES,
        max_line_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
    )
    try:
        await runner.setup()
        await _listen(runner, host, port, reuse_port)
        log.info("receiver.listening", extra={"fields": {"host": host, "port": port, "path": path}})
        if listening is not None:
            listening.set()
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, reuse_port: bool) -> None:
    try:
        await web.TCPSite(runner, host, port, reuse_port=reuse_port or None).start()
    except (OSError, OverflowError) as error:
        where = f"receiver.listen: {host}:{port}"
        in_use = getattr(error, "errno", None) == errno.EADDRINUSE
        what = "the port is in use; stop the program that listens there, or choose another" if in_use else f"{error}"
        raise ConfigurationError(f"{where}: {what}") from error


async def _live(_request: web.Request) -> web.Response:
    return web.json_response({"live": True})


async def _ready(request: web.Request) -> web.Response:
    ready, facts = await request.app[RECEIVER].ready()
    return web.json_response(facts, status=200 if ready else 503)
