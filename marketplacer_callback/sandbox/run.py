"""The sandbox as a process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["run_sandbox", "serve"]

NUMBERED_NS: Final = 100_000
"""A number for each tenth of a millisecond: more than a process has events."""


async def run_sandbox(*, stop: asyncio.Event, ready: Callable[[Sandbox], None] | None = None, **options: Any) -> None:
    """A sandbox until ``stop`` is set. ``ready`` gets it once its port is bound; ``options`` are ``Sandbox``'s.

    Raises ``OSError`` if the port is in use, and what ``Sandbox`` raises.
    """
    await serve(Sandbox(**options), stop, ready)


async def serve(sandbox: Sandbox, stop: asyncio.Event, ready: Callable[[Sandbox], None] | None = None) -> None:
    """Run a sandbox that was made until ``stop`` is set. Raises ``OSError`` if the port is in use.

    Its events are numbered from the clock, so that a receiver that outlives it does not take those of the next process
    for those of this one.
    """
    sandbox.webhooks.number_from(time.time_ns() // NUMBERED_NS)
    async with sandbox:
        if ready:
            ready(sandbox)
        await stop.wait()
