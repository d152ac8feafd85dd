"""The sandbox as a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from marketplacer_callback.sandbox.keys import Role
from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["run_sandbox"]


async def run_sandbox(
    *,
    stop: asyncio.Event,
    ready: Callable[[Sandbox], None] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    api_key: str = "sandbox-key",
    basic: str | None = None,
    vertical: str = "sandbox",
    role: Role = "operator",
    webhook_url: str | None = None,
    secret: str | None = "sandbox-secret",  # noqa: S107 - a sandbox's
    webhook_header: tuple[str, str] | None = None,
    adverts: int = 200,
    seed: int = 1,
    latency_ms: float = 0,
    schema: Path | None = None,
    journal_path: Path | None = None,
) -> None:
    """A sandbox until ``stop`` is set. ``ready`` gets it once its port is bound; the rest is ``Sandbox``'s.

    Raises ``OSError`` if the port is in use.
    """
    sandbox = Sandbox(
        host=host,
        port=port,
        api_key=api_key,
        basic=basic,
        vertical=vertical,
        role=role,
        webhook_url=webhook_url,
        secret=secret,
        webhook_header=webhook_header,
        adverts=adverts,
        seed=seed,
        latency_ms=latency_ms,
        schema=schema,
        journal_path=journal_path,
    )
    async with sandbox:
        if ready:
            ready(sandbox)
        await stop.wait()
