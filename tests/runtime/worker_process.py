"""A worker in a process of its own, with a short lease, whose handler never ends. Told by JSON in argv[1]."""

from __future__ import annotations

import asyncio
import json
import sys

from marketplacer_callback.runtime import policy

policy.LEASE_MS = 3000  # type: ignore[misc]

from marketplacer_callback import Change, Integration, Settings  # noqa: E402


async def main() -> None:
    told = json.loads(sys.argv[1])
    instance = {"url": told.pop("api"), "api_key": "sandbox-key", "webhook_secrets": ["unused-here"]}
    integration = Integration(Settings(**told, instances={"test": instance}))

    @integration.on("Advert", name="product")
    async def product(change: Change) -> None:
        print("handling", change.ref, flush=True)
        await asyncio.sleep(3600)

    await integration.run_worker()


asyncio.run(main())
