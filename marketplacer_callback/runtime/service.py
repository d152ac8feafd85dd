"""The workers of all instances of one process, from start to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

from marketplacer_callback.runtime.instance import InstanceWorker

__all__ = ["WorkerService"]

logger = logging.getLogger("marketplacer_callback.runtime")


class WorkerService:
    """Runs until ``stop``: nothing new is begun then, running handlers get ``stop_within_s``, the rest is handed
    back.
    """

    def __init__(self, workers: Sequence[InstanceWorker], stop_within_s: float) -> None:
        self._workers = workers
        self._stop_within_s = stop_within_s
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Returns after ``stop``, when everything was finished or handed back. Cancelling it stops in the same way."""
        logger.info("worker.started", extra={"fields": {"instances": len(self._workers)}})
        running = [asyncio.create_task(worker.run()) for worker in self._workers]
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({*running, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            await asyncio.gather(*(worker.stop(self._stop_within_s) for worker in self._workers))
            await asyncio.wait(running)
            logger.info("worker.stopped")
        for task in running:
            try:
                task.result()
            except BaseExceptionGroup as several:
                raise _alone(several) from None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """``run`` beside the body of an ``async with``, and ``stop`` at its end. If ``run`` fails, the body is
        cancelled.
        """
        try:
            async with asyncio.TaskGroup() as group:
                run = group.create_task(self.run())
                try:
                    yield
                finally:
                    self.stop()
                    await asyncio.wait({run})
        except BaseExceptionGroup as several:
            raise _alone(several) from None

    def stop(self) -> None:
        """Ask ``run`` to end. From a signal handler of the loop it is safe."""
        self._stop.set()


def _alone(error: BaseException) -> BaseException:
    """The one exception that task groups were wrapped around; the group if there are several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
