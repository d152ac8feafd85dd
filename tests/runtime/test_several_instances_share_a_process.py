"""One process can serve several instances: each event goes to the inbox of the instance whose secret signed it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from marketplacer_callback import Change, Settings
from marketplacer_callback.sandbox import Sandbox


async def test_each_instance_is_fetched_from_its_own_api(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    webhook_url = f"http://127.0.0.1:{world.receiver_port}/marketplacer"
    sandboxes = {
        name: Sandbox(adverts=2, secret=f"secret-of-{name}", vertical=name, webhook_url=webhook_url)
        for name in ("north", "south")
    }
    async with contextlib.AsyncExitStack() as stack:
        for sandbox in sandboxes.values():
            await stack.enter_async_context(sandbox)
        instances = {
            name: {"url": one.url, "api_key": "sandbox-key", "webhook_secrets": [f"secret-of-{name}"]}
            for name, one in sandboxes.items()
        }
        world.integration.settings = Settings(**world.tables, instances=instances)
        await stack.enter_async_context(world.receiving())
        await stack.enter_async_context(world.integration.worker())
        changed = {name: one.change("Advert", title=f"from the {name}") for name, one in sandboxes.items()}
        await recorder.until(lambda changes: len(changes) >= 2)
        await asyncio.gather(*(one.drained() for one in sandboxes.values()))
    seen = {str(change.ref): change.object["title"] for change in recorder.changes}
    assert seen == {f"{name}/Advert/{advert}": f"from the {name}" for name, advert in changed.items()}
