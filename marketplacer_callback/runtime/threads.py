"""Plain functions off the event loop: each call in a thread of a pool, with the caller's context."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

__all__ = ["THREAD_NAME", "Threads"]

logger = logging.getLogger("marketplacer_callback.runtime")


THREAD_NAME: Final = "marketplacer-handler"
"""What the names of all these threads start with."""


class Threads:
    """``count`` threads. A call waits for a thread before it begins, so that a time-out around it measures the call.

    A thread cannot be stopped: one whose call was given up on stays taken until the function returns.
    """

    def __init__(self, count: int = 32) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=THREAD_NAME)
        self._free = asyncio.Semaphore(count)
        self._running = 0

    @property
    def running(self) -> int:
        """How many threads are inside a function, given up on or not."""
        return self._running

    async def free(self) -> None:
        """Wait until a thread is free, and take it; the next ``call`` gives it back."""
        if self._free.locked():
            logger.warning("threads.all_taken", extra={"fields": {"threads": self._running}})
        await self._free.acquire()

    async def call(self, function: Callable[[Any], object], argument: object) -> object:
        """What ``function`` answers. ``free`` must have been awaited before."""
        loop = asyncio.get_running_loop()
        self._running += 1
        future = self._pool.submit(contextvars.copy_context().run, _guarded, function, argument)
        future.add_done_callback(lambda done: self._ended(loop, done))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Begin no more; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, loop: asyncio.AbstractEventLoop, _done: Future[object]) -> None:
        def give_back() -> None:
            self._running -= 1
            self._free.release()

        if not loop.is_closed():
            loop.call_soon_threadsafe(give_back)


def _guarded(function: Callable[[Any], object], argument: object) -> object:
    try:
        return function(argument)
    except StopIteration as error:
        # A future refuses StopIteration, and the caller would wait for ever.
        raise RuntimeError("the handler raised StopIteration, as next() does on an empty iterator") from error
