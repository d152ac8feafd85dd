"""A sandbox on a port, and a receiver on another."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from sandbox_asking import Hook

from marketplacer_callback.sandbox import Sandbox


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    hook.open.set()
    app = web.Application()
    app.router.add_post("/{path:.*}", hook.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.open.set()
    await runner.cleanup()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(adverts=20) as sandbox:
        yield sandbox
