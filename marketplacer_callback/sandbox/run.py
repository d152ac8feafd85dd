"""The sandbox as a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["run_sandbox", "serve"]


async def run_sandbox(*, stop: asyncio.Event, ready: Callable[[Sandbox], None] | None = None, **options: Any) -> None:
    """A sandbox until ``stop`` is set. ``ready`` gets it once its port is bound; ``options`` are ``Sandbox``'s.

    Raises ``OSError`` if the port is in use, and what ``Sandbox`` raises.
    """
    await serve(Sandbox(**options), stop, ready)


async def serve(sandbox: Sandbox, stop: asyncio.Event, ready: Callable[[Sandbox], None] | None = None) -> None:
    """Run a sandbox that was made until ``stop`` is set. Raises ``OSError`` if the port is in use."""
    async with sandbox:
        if ready:
            ready(sandbox)
        await stop.wait()
