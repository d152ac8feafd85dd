"""Group commit: what is asked for in one tick of the event loop is done in one call."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["Grouped"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Grouped(Generic[Item, Result]):
    """Collects items and hands all of a loop tick to ``flush`` at once, which answers a result for each, in order.

    At most ``flights`` calls of ``flush`` are under way; while they are, newcomers gather for the next one, at most
    ``size`` a call. An exception of ``flush`` reaches everyone whose item was in that call. A caller that is
    cancelled does not disturb the others.
    """

    def __init__(
        self, flush: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, flights: int = 1, size: int = 1000
    ) -> None:
        self._flush = flush
        self._flights = flights
        self._size = size
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def add(self, item: Item) -> Result:
        """The result for ``item``, once the call that it was part of has ended."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled:
            self._scheduled = True
            # A call is made for many: it must not run under the log fields of whoever came first.
            loop.call_soon(self._take_off, context=contextvars.Context())
        return await future

    async def idle(self) -> None:
        """Return when nothing waits and no call is under way."""
        while self._running or self._waiting:
            if self._running:
                await asyncio.wait(set(self._running))
            else:
                await asyncio.sleep(0)

    def _take_off(self) -> None:
        self._scheduled = False
        # Who no longer waits (a time-out, a hung-up sender) is not worked for.
        self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]
        while self._waiting and len(self._running) < self._flights:
            group, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            task = asyncio.get_running_loop().create_task(self._fly(group))
            self._running.add(task)
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._take_off()

    async def _fly(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._flush([item for item, _ in group])
        except BaseException as error:  # noqa: BLE001  every waiter gets it; a cancelled flight must not leave them waiting
            for _, future in group:
                if not future.done():
                    future.set_exception(
                        asyncio.CancelledError() if isinstance(error, asyncio.CancelledError) else error
                    )
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)
