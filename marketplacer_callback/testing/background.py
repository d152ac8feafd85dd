"""An event loop on a thread of its own, so that tests with and without one of theirs use the same fixtures."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Background", "Entered"]

T = TypeVar("T")


class Background:
    """The loop runs from entering to leaving this context manager. ``call`` is for other threads than its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="marketplacer-testing", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(_end_tasks())
        self.call(self._loop.shutdown_asyncgens())
        self.call(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run ``work`` on the loop; its result, or what it raises. After ``timeout`` seconds it is cancelled:
        ``TimeoutError``.

        A test that is interrupted meanwhile cancels it as well.
        """
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def do(self, work: Callable[[], T]) -> T:
        """``call`` for a plain function."""

        async def run() -> T:
            return work()

        return self.call(run())


class Entered:
    """An async context manager that is open on the loop while this plain one is."""

    def __init__(self, background: Background, manager: AbstractAsyncContextManager[Any]) -> None:
        self._background = background
        self._manager = manager

    def __enter__(self) -> Any:
        entered: asyncio.Future[Any] = self._background.do(lambda: asyncio.get_running_loop().create_future())
        self._leave: asyncio.Event = self._background.do(asyncio.Event)
        self._task: asyncio.Task[None] = self._background.do(lambda: asyncio.create_task(self._hold(entered)))
        return self._background.call(_result(entered))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.do(self._leave.set)
        self._background.call(_result(self._task))

    async def _hold(self, entered: asyncio.Future[Any]) -> None:
        """Enters and leaves in one task, as time-outs and task groups want it."""
        try:
            async with self._manager as value:
                entered.set_result(value)
                await self._leave.wait()
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)


async def _result(future: asyncio.Future[T]) -> T:
    return await future


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
