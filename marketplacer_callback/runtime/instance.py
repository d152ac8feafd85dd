"""All that works for one instance in one process: a worker a lane, and the timers that keep its inbox in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from redis.exceptions import RedisError

from marketplacer_callback.api import ApiClient, Fetcher
from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.registering import keep_registered
from marketplacer_callback.routing import Table
from marketplacer_callback.runtime.batch import Batches
from marketplacer_callback.runtime.calling import Caller
from marketplacer_callback.runtime.ending import end
from marketplacer_callback.runtime.engine import LaneWorker
from marketplacer_callback.runtime.live import LiveDocuments
from marketplacer_callback.runtime.policy import LanePolicy
from marketplacer_callback.runtime.reading import Reader
from marketplacer_callback.runtime.visit import Visit

__all__ = ["InstanceWorker"]

logger = logging.getLogger("marketplacer_callback.runtime")

_TEND_AT_MOST_S = 0.05
_TEND_AT_LEAST_S = 1.0
_TEND_BUSY_S = 0.25
"""While batches run, mailboxes come to rest (a cool-down) without telling the timer, so it looks this often."""


class InstanceWorker:
    """The workers of one instance's lanes. ``run`` works until ``stop`` has been called."""

    def __init__(
        self,
        inbox: Inbox,
        client: ApiClient,
        table: Table,
        documents: LiveDocuments,
        caller: Caller,
        policies: Mapping[str, LanePolicy],
    ) -> None:
        self._inbox = inbox
        self._table = table
        self._documents = documents
        visit = Visit(inbox.instance, caller, policies)
        fetcher = Fetcher(client)
        self._batches = {
            lane: Batches(inbox, Reader(inbox, client, fetcher, lane), table, lambda: documents.current, visit)
            for lane in policies
        }
        self._lanes = {lane: LaneWorker(inbox, lane, batches.run) for lane, batches in self._batches.items()}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Raises ``QueueUnavailable`` if the inbox cannot be had at the start; later it waits until Redis is back."""
        await self._inbox.register(self._table.wants())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._tend(lane)) for lane in self._lanes]
            tasks.append(group.create_task(keep_registered([self._inbox], self._table)))
            tasks.append(group.create_task(self._documents.follow(self._table, self._stopping)))
            tasks += [group.create_task(_until_cancelled(worker)) for worker in self._lanes.values()]
            group.create_task(self._end(tasks))

    async def stop(self, within_s: float) -> None:
        """Begin nothing more, give what runs ``within_s`` seconds, then hand the rest back. Safe to call twice."""
        for batches in self._batches.values():
            batches.stopping.set()
        lanes = self._lanes.values()
        try:
            await asyncio.gather(*(worker.leave() for worker in lanes))
            await asyncio.gather(*(worker.wait_for_running(within_s) for worker in lanes))
            await asyncio.gather(*(worker.cancel_running() for worker in lanes))
        finally:
            self._stopping.set()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        await self._stopping.wait()
        await end(tasks)

    async def _tend(self, lane: str) -> None:
        while True:
            pause = _TEND_AT_LEAST_S
            try:
                tended = await self._inbox.tend(lane)
                if tended.next_due_ms is not None:
                    pause = tended.next_due_ms / 1000
                if self._lanes[lane].tasks or tended.promoted:
                    pause = min(pause, _TEND_BUSY_S)
            except (QueueUnavailable, RedisError, OSError) as error:
                logger.warning("tend.failed", extra={"fields": {"lane": lane, "error": type(error).__name__}})
            await asyncio.sleep(min(max(pause, _TEND_AT_MOST_S), _TEND_AT_LEAST_S))


async def _until_cancelled(worker: LaneWorker) -> None:
    """arq's loop has no end but being cancelled; that is how ``cancel_running`` ends it."""
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
