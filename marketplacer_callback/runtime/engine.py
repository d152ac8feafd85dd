"""arq's worker, made to run batches of one lane: all of arq's running part that is relied on is named here.

What arq 0.28 does and this class changes: it polls (here a doorbell wakes it), takes each job in four round trips
(here one script for all), dies with a lost connection while it watches a key (here errors are logged and the loop
goes on), and holds a killed worker's job for its longest time-out (here for a lease of 15 s).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from arq import ArqRedis, Worker, func
from redis.exceptions import RedisError

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Inbox, arq_format
from marketplacer_callback.runtime.batch import HANDING_BACK_S
from marketplacer_callback.runtime.ending import end
from marketplacer_callback.runtime.policy import LEASE_MS

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

__all__ = ["LaneWorker"]

logger = logging.getLogger("marketplacer_callback.engine")

_BATCHES_AT_ONCE = 50
_IDLE_S = 0.5
"""A lost or misdirected ring of the doorbell costs at most this."""
_OUT_OF_REACH = 10**6
"""Time-outs and tries of arq's own end a job in silence, so they are put where nothing reaches them; ours count."""


class LaneWorker(Worker):
    """Runs ``run(gen)`` for each due batch of one instance and lane until ``leave`` and ``cancel_running`` end it."""

    def __init__(self, inbox: Inbox, lane: str, run: Callable[[str], Awaitable[None]]) -> None:
        async def run_batch(_ctx: dict[Any, Any], gen: str) -> None:
            await run(gen)

        queue = inbox.keys.queue(lane)
        super().__init__(
            [
                func(
                    cast("WorkerCoroutine", run_batch),
                    name=arq_format.RUN,
                    keep_result=0,
                    max_tries=10**9,
                    timeout=_OUT_OF_REACH,
                )
            ],
            queue_name=queue,
            redis_pool=ArqRedis(
                inbox.redis.connection_pool,
                job_serializer=arq_format.serialize,
                job_deserializer=arq_format.deserialize,
                default_queue_name=queue,
            ),
            handle_signals=False,
            max_jobs=_BATCHES_AT_ONCE,
            queue_read_limit=20 * _BATCHES_AT_ONCE,
            poll_delay=0,
            keep_result=0,
            max_tries=10**9,
            job_timeout=_OUT_OF_REACH,
            health_check_interval=15,
            health_check_key=f"{queue}:health:{socket.gethostname()}:{os.getpid()}",
            allow_abort_jobs=False,
            job_serializer=arq_format.serialize,
            job_deserializer=arq_format.deserialize,
            expires_extra_ms=10**11,
            log_results=False,
        )
        self.in_progress_timeout_s = LEASE_MS / 1000
        self._inbox = inbox
        self._lane = lane
        self._free = asyncio.Event()
        self._taking = asyncio.Lock()
        self._bell: asyncio.Task[bool] | None = None

    async def leave(self) -> None:
        """Take no more batches. One that is being taken at this moment is still taken, rather than left under a lease
        that nobody holds.
        """
        self.allow_pick_jobs = False
        self._free.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANDING_BACK_S), self._taking:
                pass

    async def wait_for_running(self, timeout_s: float) -> None:
        """Return when the batches that run have ended, or after ``timeout_s``."""
        if self.tasks:
            await asyncio.wait(set(self.tasks.values()), timeout=timeout_s)

    async def cancel_running(self) -> None:
        """Cancel the batches that still run, wait until they have handed back what they hold, and end the loop."""
        # A batch hands back within twice that; what Redis does not take then, the lease gives to the next worker.
        await end(self.tasks.values(), again_after_s=3 * HANDING_BACK_S, at_most_s=3 * HANDING_BACK_S)
        await end(task for task in (self.main_task,) if task is not None)
        # After the loop, which rings up a new bell until it has ended: one that outlives it would reconnect for ever.
        await end(task for task in (self._bell,) if task is not None)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(HANDING_BACK_S):
                await self.pool.delete(self.health_check_key)

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._free.set()

    async def _poll_iteration(self) -> None:
        self._free.clear()
        try:
            async with self._taking:
                due_in_s = await self._start_due() if self.allow_pick_jobs else _IDLE_S
            self._forget_ended()
            await self.heart_beat()
            await self._wait(due_in_s)
        except (RedisError, OSError, QueueUnavailable) as error:
            logger.warning("redis.unavailable", extra={"fields": {"lane": self._lane, "error": type(error).__name__}})
            await asyncio.sleep(_IDLE_S)

    async def _start_due(self) -> float:
        """Start what is due and fits; answer how long there is nothing to start, in seconds, if no bell rings."""
        free = self.max_jobs - self.job_counter
        if free <= 0:
            return _IDLE_S
        # Due or not is for the server's clock to say; what is not due yet sorts behind what is.
        queued = await self.pool.zrange(self.queue_name, 0, self.queue_read_limit - 1)
        gens = [gen.decode() for gen in queued if gen.decode() not in self.tasks]
        if not gens:
            return _IDLE_S
        started = await self._inbox.start(self._lane, free, gens, LEASE_MS)
        for gen, score in started.jobs:
            await self.sem.acquire()
            self.job_counter += 1
            task = self.loop.create_task(self.run_job(gen, score))
            task.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
            self.tasks[gen] = task
        waits = [one for one in (started.next_due_ms, started.paused_ms or None) if one is not None]
        return min([_IDLE_S, *(max(one, 1) / 1000 for one in waits)])

    def _forget_ended(self) -> None:
        for gen, task in list(self.tasks.items()):
            if not task.done():
                continue
            del self.tasks[gen]
            if not task.cancelled() and (error := task.exception()) is not None:
                # The job stays in the queue and under its lease; it runs again when that ends.
                logger.error("engine.job_failed", exc_info=error)

    async def _wait(self, seconds: float) -> None:
        """Until the bell rings, a slot comes free while we are full, or the time is over.

        The pending BLPOP is kept over iterations: cancelling it would drop its connection.
        """
        full = self.job_counter >= self.max_jobs
        if self._bell is None:
            self._bell = self.loop.create_task(self._inbox.bell(self._lane, 5.0))
        free = self.loop.create_task(self._free.wait())
        waited: set[asyncio.Task[Any]] = {free} if full or not self.allow_pick_jobs else {self._bell}
        try:
            await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            free.cancel()
        if self._bell.done():
            bell, self._bell = self._bell, None
            bell.result()
