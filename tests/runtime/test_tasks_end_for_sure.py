"""A task that swallows a cancellation is ended all the same."""

from __future__ import annotations

import asyncio
from typing import Any

from marketplacer_callback import Change
from marketplacer_callback.runtime.ending import end


async def test_a_task_that_swallowed_its_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end([task], again_after_s=0.01), 5)
    assert task.cancelled()
    assert swallowed == 3


async def test_a_worker_that_is_stopped_as_it_starts_stops(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None: ...

    async with world.sandbox:
        world.settle_settings()
        for delay in (0.0, 0.01, 0.05, 0.1, 0.2):
            async with asyncio.timeout(10), world.integration.worker():
                await asyncio.sleep(delay)
