"""A whole small world in one process: a sandbox that sends webhooks to a receiver, over a real Valkey, to a worker."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from marketplacer_callback import Change, Integration, Settings
from marketplacer_callback.bundled import default_queries
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.wiring import inbox_of

SECRET = "a-secret-of-the-tests"


class World:
    """``start`` brings up everything around the handlers that were registered on ``integration``."""

    def __init__(self, redis: Redis, url: str, folder: Path) -> None:
        self.redis = redis
        self.queries = folder / "queries"
        shutil.copytree(default_queries(), self.queries)
        self.output = folder / "out"
        self.receiver_port = _free_port()
        self.sandbox = Sandbox(
            adverts=60,
            secret=SECRET,
            webhook_url=f"http://127.0.0.1:{self.receiver_port}/marketplacer",
            vertical="test",
        )
        self.tables: dict[str, Any] = {
            "queries": self.queries,
            "redis": {"url": url},
            "worker": {"settle": "300ms", "handler_timeout": "2s", "stop_within": "500ms"},
            "lanes": {"fast": {"cooldown": "20ms"}, "slow": {"cooldown": "20ms"}},
        }
        self.integration = Integration()
        self.api_url: str | None = None

    def configure(self, **tables: Any) -> None:
        self.tables.update(tables)

    @property
    def inbox(self) -> Inbox:
        return inbox_of(self.integration.settings, "test", self.redis)

    def settle_settings(self) -> None:
        instance = {"url": self.api_url or self.sandbox.url, "api_key": "sandbox-key", "webhook_secrets": [SECRET]}
        self.integration.settings = Settings(**self.tables, instances={"test": instance})

    @contextlib.asynccontextmanager
    async def receiving(self) -> AsyncIterator[None]:
        host = web.Application()
        host.add_subapp("/marketplacer", self.integration.aiohttp_app())
        server = TestServer(host, host="127.0.0.1", port=self.receiver_port)
        await server.start_server()
        try:
            yield
        finally:
            await server.close()

    @contextlib.asynccontextmanager
    async def started(self) -> AsyncIterator[None]:
        async with self.sandbox:
            self.settle_settings()
            async with self.receiving(), self.integration.worker():
                yield

    async def drained(self) -> None:
        """Every delivery answered, and no mailbox left."""
        await self.sandbox.drained()
        async with asyncio.timeout(20):
            while (await self.inbox.status()).live:
                await asyncio.sleep(0.02)


class Recorder:
    """A handler that writes down each change, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.changes: list[Change[Any]] = []
        self._new = asyncio.Event()

    def note(self, change: Change[Any]) -> None:
        self.changes.append(change)
        self._new.set()

    async def until(self, condition: Callable[[list[Change[Any]]], bool], within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not condition(self.changes):
                self._new.clear()
                await self._new.wait()


@pytest.fixture
async def world(redis: Redis, valkey: str, tmp_path: Path) -> World:
    return World(redis, valkey, tmp_path)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def _free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
