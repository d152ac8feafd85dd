"""One batch from claim to finish: each document fetched once for all its refs, then the handlers, ref by ref."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from arq import Retry
from redis.exceptions import RedisError

from marketplacer_callback.api import Failed
from marketplacer_callback.documents import Document
from marketplacer_callback.grouped import Grouped
from marketplacer_callback.inbox import Busy, Claimed, Gone, Inbox, Mailbox, MailboxVerdict
from marketplacer_callback.logs import bound
from marketplacer_callback.routing import Handler, Table
from marketplacer_callback.runtime.lease import Lease
from marketplacer_callback.runtime.policy import MAX_CRASHES
from marketplacer_callback.runtime.reading import Reader, Reads, may_be_outage
from marketplacer_callback.runtime.visit import Visit

__all__ = ["Batches"]

logger = logging.getLogger("marketplacer_callback.runtime")

HANDLERS_AT_ONCE: Final = 100
"""Refs of one lane and process whose handlers run side by side."""

HANDING_BACK_S: Final = 2.0
"""What cancelled handlers get to clean up, and Redis to take refs back. Past it the lease does it."""

T = TypeVar("T")


class Fenced(Exception):
    """The batch belongs to another worker by now; whatever we found out about it does not count."""


@dataclass(frozen=True, slots=True)
class Todo:
    """A ref of the batch, and those of its handlers that have something to do."""

    mailbox: Mailbox
    handlers: tuple[Handler, ...]

    @property
    def documents(self) -> set[str]:
        """What to fetch. Nothing for an object that was destroyed, nor for one that kills its workers."""
        if self.mailbox.destroyed or self.mailbox.crashes >= MAX_CRASHES:
            return set()
        return {handler.document for handler in self.handlers if handler.document is not None}

    def missed(self, reads: Reads) -> bool:
        """Whether an outage kept one of its documents from being read."""
        fetched = (reads[name][self.mailbox.id] for name in self.documents)
        return any(isinstance(one, Failed) and may_be_outage(one.error) for one in fetched)


class Batches:
    """Works on batches of one instance and lane. ``stopping``: begin no more handlers, hand the rest back."""

    def __init__(
        self,
        inbox: Inbox,
        reader: Reader,
        table: Table,
        documents: Callable[[], Mapping[str, Document]],
        visit: Visit,
    ) -> None:
        self.inbox = inbox
        self.reader = reader
        self.table = table
        self.documents = documents
        self.visit = visit
        self.stopping = asyncio.Event()
        self._room = asyncio.Semaphore(HANDLERS_AT_ONCE)

    async def run(self, gen: str) -> None:
        """The arq job. Returns when the batch is finished or gone; else raises arq's ``Retry``.

        A normal return, like any other exception, deletes the job: a batch that is not finished must never end so.
        """
        lease = Lease(self.inbox, gen)
        with bound(instance=self.inbox.instance, batch=gen):
            try:
                claimed = await lease.claim()
                if isinstance(claimed, Gone):
                    return
                if isinstance(claimed, Busy):
                    raise Retry(defer=max(claimed.ms, 20) / 1000)
                finished = await Run(self, lease, claimed).finished()
            except (RedisError, OSError) as error:
                logger.warning("batch.interrupted", extra={"fields": {"error": type(error).__name__}})
                finished = False
        if not finished:
            raise Retry(defer=1)

    async def begin(self) -> bool:
        """Wait for a place for one ref's handlers. False: there is none, since we were told to stop."""
        if not self._room.locked():
            await self._room.acquire()
        elif await self.unless_stopping(self._room.acquire()) is None:
            return False
        if self.stopping.is_set():
            self._room.release()
            return False
        return True

    def end(self) -> None:
        """Give the place back."""
        self._room.release()

    async def unless_stopping(self, doing: Coroutine[Any, Any, T]) -> T | None:
        """What ``doing`` answers, or ``None`` if we are told to stop before it does."""
        task = asyncio.create_task(doing)
        stop = asyncio.create_task(self.stopping.wait())
        both: set[asyncio.Task[Any]] = {task, stop}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stop.cancel()
            task.cancel()


class Run:
    """One claimed batch. A verdict a ref, as soon as it is known; the finishes of a tick share a call."""

    def __init__(self, batches: Batches, lease: Lease, claimed: Claimed) -> None:
        self._batches = batches
        self._lease = lease
        self._claimed = claimed
        self._unfinished = {mailbox.id: mailbox.upto for mailbox in claimed.mailboxes}
        self._finishing: Grouped[MailboxVerdict, str] = Grouped(self._finish)

    async def finished(self) -> bool:
        """Work until all refs are finished, the lease is lost, or we are cancelled; then hand back what is left."""
        work = asyncio.create_task(self._work())
        keeper = asyncio.create_task(self._lease.keep())
        try:
            await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The lease is kept until the handlers have really ended: nobody else may begin before.
            await self._stop(work)
            keeper.cancel()
        return not self._unfinished

    async def _stop(self, work: asyncio.Task[None]) -> None:
        if not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=HANDING_BACK_S)
        if not work.done():
            logger.warning("batch.stuck", extra={"fields": {"refs": len(self._unfinished)}})
        elif self._may_hand_back(work) and self._unfinished and not self._lease.lost:
            await self._hand_back()

    def _may_hand_back(self, work: asyncio.Task[None]) -> bool:
        """Not after a failure of our own: the lease then brakes what would fail again at once."""
        error = None if work.cancelled() else work.exception()
        if isinstance(error, BaseExceptionGroup):
            fenced, rest = error.split(Fenced)
            if rest is not None:
                rest = rest.split((RedisError, OSError))[1]
            if rest is not None:
                logger.error("batch.failed", exc_info=rest)
            elif fenced is not None:
                logger.warning("batch.fenced")
            return rest is None and fenced is None
        if error is not None and not isinstance(error, (RedisError, OSError)):
            logger.error("batch.failed", exc_info=error)
            return False
        return True

    async def _hand_back(self) -> None:
        back: list[MailboxVerdict] = []
        try:
            async with asyncio.timeout(HANDING_BACK_S):
                await self._finishing.idle()
                back = [MailboxVerdict(id, upto, release=True) for id, upto in self._unfinished.items()]
                states = await self._batches.inbox.finish(self._lease.gen, self._lease.token, back)
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning(
                "batch.kept", extra={"fields": {"refs": len(self._unfinished), "error": type(error).__name__}}
            )
            return
        event = "batch.fenced" if states is None else "batch.released"
        logger.info(event, extra={"fields": {"refs": len(back)}})

    async def _finish(self, verdicts: Sequence[MailboxVerdict]) -> Sequence[str]:
        states = await self._batches.inbox.finish(self._lease.gen, self._lease.token, verdicts)
        if states is None:
            raise Fenced
        for verdict in verdicts:
            self._unfinished.pop(verdict.id, None)
        return states

    async def _work(self) -> None:
        documents = self._batches.documents()
        todos = [self._todo(mailbox) for mailbox in self._claimed.mailboxes]
        reads = await self._batches.unless_stopping(self._read(documents, todos))
        async with asyncio.TaskGroup() as group:
            for todo in todos:
                group.create_task(self._one(todo, documents, reads))

    def _todo(self, mailbox: Mailbox) -> Todo:
        handlers = self._batches.table.handlers(self._claimed.lane, self._claimed.typename)
        pending = tuple(handler for handler in handlers if mailbox.pending_for(handler.want))
        if not pending:
            fields = {"typename": self._claimed.typename, "lane": self._claimed.lane, "id": mailbox.id}
            logger.info("mailbox.not_ours", extra={"fields": fields})
        return Todo(mailbox, pending)

    async def _read(self, documents: Mapping[str, Document], todos: Sequence[Todo]) -> tuple[Reads, bool]:
        """All that the handlers need, and whether the API turned out to be down."""
        wanted: dict[str, list[str]] = {}
        for todo in todos:
            for name in todo.documents:
                wanted.setdefault(name, []).append(todo.mailbox.id)
        began = time.monotonic()
        reads = await self._batches.reader.read(documents, wanted)
        return reads, await self._batches.reader.pauses(reads, began)

    async def _one(self, todo: Todo, documents: Mapping[str, Document], read: tuple[Reads, bool] | None) -> None:
        mailbox = todo.mailbox
        verdict = MailboxVerdict(mailbox.id, mailbox.upto, release=True)
        if read is not None and not (read[1] and todo.missed(read[0])) and await self._batches.begin():
            try:
                verdict = await self._batches.visit.visit(self._claimed, mailbox, todo.handlers, documents, read[0])
            finally:
                self._batches.end()
        await self._finishing.add(verdict)
