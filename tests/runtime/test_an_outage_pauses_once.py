"""However many batches meet an outage of the API at the same time, it is one outage."""

from __future__ import annotations

import asyncio
from typing import Any

from marketplacer_callback import Change
from marketplacer_callback.refreshing import refresh
from marketplacer_callback.runtime.policy import pause_ms
from marketplacer_callback.sandbox import Fault


async def test_batches_that_fail_together_pause_for_a_second(world: Any, caplog: Any) -> None:
    @world.integration.on("Variant")
    async def stock(change: Change) -> None: ...

    async with world.sandbox:
        world.sandbox.faults.set(Fault(status=503, latency_ms=50))
        world.settle_settings()
        ids = [one["id"] for one in world.sandbox.store.all("Variant")]
        assert len(ids) > 3 * 50  # four batches or more
        await world.inbox.register(world.integration.table.wants())
        await refresh(world.inbox, world.integration.table, "Variant", ids)
        async with world.integration.worker():
            async with asyncio.timeout(10):
                while not await world.inbox.paused_ms():
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)  # by then each batch has had its answer
            assert await world.inbox.paused_ms() <= pause_ms(0)
            world.sandbox.faults.set(Fault())
            await world.drained()
    assert sum(one.getMessage() == "api.down" for one in caplog.records) == 1
