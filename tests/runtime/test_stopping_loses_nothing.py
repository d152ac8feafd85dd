"""A worker that stops, in order or by kill -9, leaves everything to the next one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from marketplacer_callback import Change
from marketplacer_callback.refreshing import refresh

HELPER = Path(__file__).parent / "worker_process.py"


async def adverts_waiting(world: Any, count: int) -> list[str]:
    ids = [one["id"] for one in world.sandbox.store.all("Advert")][:count]
    await world.inbox.register(world.integration.table.wants())
    await refresh(world.inbox, world.integration.table, "Advert", ids)
    return ids


async def test_what_runs_longer_than_stop_within_is_handed_back_at_once(world: Any, recorder: Any) -> None:
    hold = asyncio.Event()

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)
        await hold.wait()

    async with world.sandbox:
        world.settle_settings()
        await adverts_waiting(world, 1)
        async with world.integration.worker():
            await recorder.until(lambda changes: len(changes) == 1)
        state = await world.inbox.look("Advert", recorder.changes[0].ref.id)
        assert state.mailboxes[0].state == "queued"
        assert state.mailboxes[0].handlers[0].failures == 0
        hold.set()
        async with world.integration.worker():
            await world.drained()
    assert len(recorder.changes) == 2


async def test_a_running_handler_gets_stop_within_to_finish(world: Any, recorder: Any) -> None:
    world.tables["worker"]["stop_within"] = "5s"
    ended = []

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)
        await asyncio.sleep(0.3)
        ended.append(change.ref.id)

    async with world.sandbox:
        world.settle_settings()
        ids = await adverts_waiting(world, 1)
        async with world.integration.worker():
            await recorder.until(lambda changes: len(changes) == 1)
        assert ended == ids
        assert (await world.inbox.status()).live == 0


async def test_a_worker_killed_while_it_handles_is_taken_over_after_its_lease(
    world: Any, recorder: Any, tmp_path: Path
) -> None:
    @world.integration.on("Advert", name="product")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.sandbox:
        world.settle_settings()
        ids = await adverts_waiting(world, 5)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(HELPER),
            json.dumps({**world.tables, "queries": str(world.queries), "api": world.sandbox.url}),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 20)).startswith(b"handling")
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        async with world.integration.worker():
            await recorder.until(lambda changes: {change.ref.id for change in changes} == set(ids), within_s=20)
            await world.drained()
    assert len(recorder.changes) == 5


async def test_a_handler_is_not_run_twice_at_a_time_for_one_object(world: Any, recorder: Any) -> None:
    running: set[str] = set()
    overlaps: list[str] = []

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        if change.ref.id in running:
            overlaps.append(change.ref.id)
        running.add(change.ref.id)
        await asyncio.sleep(0.03)
        running.discard(change.ref.id)
        recorder.note(change)

    async with world.started(), world.integration.worker():
        for _ in range(2):
            await world.sandbox.burst(count=50, objects=5)
            await world.sandbox.burst(count=50, objects=5)
            await world.drained()
    assert overlaps == []
    assert len(recorder.changes) >= 2 * 5


async def test_a_mailbox_of_a_lane_that_lost_its_handler_ends(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.sandbox:
        world.settle_settings()
        from marketplacer_callback.inbox import Want

        await world.inbox.register([Want("Advert", "fast", "product")])
        await refresh(
            world.inbox, world.integration.table, "Advert", [next(iter(world.sandbox.store.all("Advert")))["id"]]
        )
        await world.redis.zremrangebyscore(world.inbox.keys.routes_seen, "-inf", "+inf")
        async with world.integration.worker():
            await world.drained()
    assert recorder.changes == []


async def test_stopping_while_the_api_is_slow_hands_back_at_once(world: Any) -> None:
    world.tables["worker"]["stop_within"] = "20s"
    world.sandbox.latency_ms = 5000

    @world.integration.on("Advert")
    async def product(change: Change) -> None: ...

    async with world.sandbox:
        world.settle_settings()
        (advert,) = await adverts_waiting(world, 1)
        async with asyncio.timeout(4):
            async with world.integration.worker():
                while (await world.inbox.look("Advert", advert)).mailboxes[0].state != "running":
                    await asyncio.sleep(0.01)
        assert (await world.inbox.look("Advert", advert)).mailboxes[0].state == "queued"
