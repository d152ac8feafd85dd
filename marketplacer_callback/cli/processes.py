"""A small supervisor: several children of one command, started again when they die, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Sequence
from typing import Final

from marketplacer_callback.cli.exits import INTERRUPTED, UNREACHABLE, USAGE
from marketplacer_callback.cli.running import run_until_told

__all__ = ["supervise"]

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_KILL_AFTER_S: Final = 10.0
"""What children get on top of their own ``stop_within`` before they are killed."""

_log = logging.getLogger("marketplacer_callback.cli")


def supervise(arguments: Sequence[str], count: int, *, stop_within_s: float) -> int:
    """Run ``marketplacer-callback <arguments>`` ``count`` times until a signal; the exit code.

    A child that dies is started again, after waits that grow from 0.5 s to 30 s while it keeps dying young. SIGTERM
    and SIGINT are passed on, and what has not ended ``stop_within_s`` and a little later is killed. If the first child
    of a place finds that it cannot start (exit codes 2 and 3), all end with that code.
    """
    crew = _Crew([sys.executable, "-m", "marketplacer_callback", *arguments], count, stop_within_s)
    how = run_until_told(crew.run)
    if crew.verdict is not None:
        return crew.verdict
    return INTERRUPTED if how == "interrupted" else 0


class _Crew:
    def __init__(self, command: Sequence[str], count: int, stop_within_s: float) -> None:
        self.verdict: int | None = None
        self._command = command
        self._count = count
        self._stop_within_s = stop_within_s

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._keep(number, stop))

    async def _keep(self, number: int, stop: asyncio.Event) -> None:
        """One place in the crew: a child, and its successors."""
        wait_s, is_first = _FIRST_WAIT_S / 2, True
        while not stop.is_set():
            started = time.monotonic()
            code = await self._child(number, stop)
            lived_s = time.monotonic() - started
            if stop.is_set():
                return
            if is_first and code in (USAGE, UNREACHABLE):
                self.verdict = code
                stop.set()
                return
            is_first = False
            wait_s = _FIRST_WAIT_S if lived_s > _LONGEST_WAIT_S else min(2 * wait_s, _LONGEST_WAIT_S)
            fields = {"process": number, "code": code, "lived_s": round(lived_s, 1), "again_in_s": wait_s}
            _log.error("process.died", extra={"fields": fields})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait_s)

    async def _child(self, number: int, stop: asyncio.Event) -> int:
        """One child from start to end; its exit code, negative for a signal."""
        # A session of its own: a terminal's Ctrl-C reaches it only through here. Its stdin ends when this process does.
        child = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        _log.info("process.started", extra={"fields": {"process": number, "pid": child.pid}})
        ended = asyncio.create_task(child.wait())
        told = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                child.terminate()
                await asyncio.wait({ended}, timeout=self._stop_within_s + _KILL_AFTER_S)
            return await ended if ended.done() else -9
        finally:
            told.cancel()
            if not ended.done():
                child.kill()
                await ended
