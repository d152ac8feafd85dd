"""The play itself: a burst of updates and one of each other thing, until all of it is handled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marketplacer_callback.demo.stage import INSTANCE, Stage, StageError, staged
from marketplacer_callback.demo.verdict import Verdict, judge, read_journal, read_output
from marketplacer_callback.inbox import Inbox, connect
from marketplacer_callback.sandbox import SandboxClient

__all__ = ["Played", "play"]

_HANDLED_WITHIN_S: Final = 60.0
_DELIVERED_WITHIN_S: Final = 300.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """The end of a demonstration. ``fetches`` counts objects read from the API, ``http_requests`` the requests that
    took.
    """

    verdict: Verdict
    fetches: int
    http_requests: int
    seconds: float
    folder: Path
    drained: bool

    @property
    def ok(self) -> bool:
        return self.verdict.ok and self.drained


async def play(folder: Path, *, updates: int = 10_000, objects: int = 200, progress: Progress) -> Played:
    """Fires ``updates`` updates of ``objects`` adverts, an order, a refund request, a seller and a remittance advice.

    ``folder`` must be empty; everything is left in it. Raises ``StageError`` if a process ends on the way.
    """
    progress("starting Valkey, sandbox, receiver and worker")
    async with staged(folder) as stage:
        started = time.monotonic()
        async with SandboxClient(stage.sandbox_url) as sandbox:
            drained = await _fire(stage, sandbox, updates, objects, progress)
            counts = (await sandbox.journal(limit=0))["summary"]
        seconds = time.monotonic() - started
    verdict = judge(read_journal(stage.journal), read_output(sorted(stage.output.glob("*.jsonl"))))
    return Played(verdict, counts["objects_fetched"], counts["http_requests"], seconds, folder, drained)


async def _fire(stage: Stage, sandbox: SandboxClient, updates: int, objects: int, progress: Progress) -> bool:
    """Whether everything that was delivered has been handled in time."""
    await sandbox.burst(count=updates, typename="Advert", objects=objects, wait=False)
    for typename in ("Order", "RefundRequest", "Seller", "RemittanceAdvice"):
        await sandbox.create(typename)
    redis = connect(stage.redis_url)
    inbox = Inbox(redis, instance=INSTANCE, keep_digests_ms=1, keep_dead_ms=1)
    began = quiet_since = time.monotonic()
    try:
        while time.monotonic() - quiet_since < _HANDLED_WITHIN_S:
            if (ended := stage.dead()) is not None:
                raise StageError(f"the {ended} ended on the way; see {stage.folder / ended}.log")
            status = await sandbox.status()
            waiting = (await inbox.status()).live
            delivered, burst = status["journal"]["deliveries"], status["burst"]
            fetched = status["journal"]["objects_fetched"]
            progress(f"{delivered:,} delivered, {fetched:,} fetched, {waiting:,} objects waiting")
            if time.monotonic() - began > _DELIVERED_WITHIN_S:
                return False
            if burst["running"] or status["pending"]:
                began = quiet_since = time.monotonic()
            elif waiting == 0:
                return True
            await asyncio.sleep(0.2)
        return False
    finally:
        await redis.aclose()
