"""One batch from claim to finish: each document fetched once for all its refs, then the handlers, ref by ref."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arq import Retry

from marketplacer_callback.api import ApiClient, Failed, Fetched, Fetcher, Unreachable
from marketplacer_callback.documents import Document
from marketplacer_callback.errors import ApiError
from marketplacer_callback.grouped import Grouped
from marketplacer_callback.inbox import Busy, Claimed, Gone, Inbox, Mailbox, MailboxVerdict
from marketplacer_callback.routing import Handler, Table
from marketplacer_callback.runtime.lease import Lease
from marketplacer_callback.runtime.policy import OUTAGE_AFTER, pause_ms
from marketplacer_callback.runtime.visit import Visit

__all__ = ["Batches"]

logger = logging.getLogger("marketplacer_callback.runtime")

_HANDLERS_AT_ONCE = 100
"""Refs of one lane and process whose handlers run side by side."""

Reads = Mapping[str, Mapping[str, Fetched]]
"""document name → id → what the API answered."""


class Fenced(Exception):
    """The batch belongs to another worker by now; whatever we found out about it does not count."""


@dataclass(frozen=True, slots=True)
class _Todo:
    mailbox: Mailbox
    handlers: tuple[Handler, ...]

    def documents(self) -> set[str]:
        """The documents to fetch for this ref: none if the newest event is a destroy, since then there is nothing to
        read.
        """
        if self.mailbox.destroyed:
            return set()
        return {handler.document for handler in self.handlers if handler.document is not None}


class Batches:
    """Works on batches of one instance and lane. ``stopping``: begin no more handlers, hand the rest back."""

    def __init__(
        self,
        inbox: Inbox,
        client: ApiClient,
        fetcher: Fetcher,
        table: Table,
        documents: Callable[[], Mapping[str, Document]],
        visit: Visit,
    ) -> None:
        self._inbox = inbox
        self._client = client
        self._fetcher = fetcher
        self._table = table
        self._documents = documents
        self._visit = visit
        self._room = asyncio.Semaphore(_HANDLERS_AT_ONCE)
        self._outages = 0
        self.stopping = asyncio.Event()

    async def run(self, gen: str) -> None:
        """The arq job. Returns when the batch is finished or gone; raises arq's ``Retry`` while somebody else has it.

        A normal return deletes the job, so a batch that is not ours must never end in one.
        """
        lease = Lease(self._inbox, gen)
        claimed = await lease.claim()
        if isinstance(claimed, Gone):
            return
        if isinstance(claimed, Busy):
            raise Retry(defer=max(claimed.ms, 20) / 1000)
        unfinished = {mailbox.id: mailbox.upto for mailbox in claimed.mailboxes}
        work = asyncio.create_task(self._work(lease, claimed, unfinished))
        keeper = asyncio.create_task(lease.keep())
        try:
            await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            keeper.cancel()
            await self._end(work, lease, unfinished)
        if lease.lost:
            raise Retry(defer=1)
        await self._outcome(work)

    async def _outcome(self, work: asyncio.Task[None]) -> None:
        try:
            await work
        except ExceptionGroup as group:
            if group.split(Fenced)[1] is None:
                logger.warning("batch.fenced")
            else:
                logger.exception("batch.failed")
            raise Retry(defer=1) from group

    async def _end(self, work: asyncio.Task[None], lease: Lease, unfinished: dict[str, int]) -> None:
        """Stop what still runs, and hand back what was not finished, unless the batch may be another's by now."""
        if work.done():
            return
        work.cancel()
        await asyncio.wait({work})
        if unfinished and not lease.lost:
            back = [MailboxVerdict(id, upto, release=True) for id, upto in unfinished.items()]
            await asyncio.shield(self._inbox.finish(lease.gen, lease.token, back))
            logger.info("batch.released", extra={"fields": {"batch": lease.gen, "refs": len(back)}})

    async def _work(self, lease: Lease, claimed: Claimed, unfinished: dict[str, int]) -> None:
        async def finish(verdicts: Sequence[MailboxVerdict]) -> Sequence[str]:
            states = await self._inbox.finish(lease.gen, lease.token, verdicts)
            if states is None:
                raise Fenced
            for verdict in verdicts:
                unfinished.pop(verdict.id, None)
            return states

        finishing = Grouped(finish)
        documents = self._documents()
        todos = [self._todo(claimed, mailbox) for mailbox in claimed.mailboxes]
        reads = await self._read(claimed.lane, documents, todos)
        down = reads is not None and await self._rest_if_down(reads)
        async with asyncio.TaskGroup() as group:
            for todo in todos:
                group.create_task(self._one(claimed, todo, documents, reads, down, finishing))

    def _todo(self, claimed: Claimed, mailbox: Mailbox) -> _Todo:
        handlers = self._table.handlers(claimed.lane, claimed.typename)
        return _Todo(mailbox, tuple(handler for handler in handlers if mailbox.pending_for(handler.want)))

    async def _read(self, lane: str, documents: Mapping[str, Document], todos: Sequence[_Todo]) -> Reads | None:
        """All that the handlers of this batch need, or ``None`` if we were told to stop meanwhile."""
        ids: dict[str, list[str]] = {}
        for todo in todos:
            for name in todo.documents():
                ids.setdefault(name, []).append(todo.mailbox.id)
        if not ids or self.stopping.is_set():
            return None if self.stopping.is_set() else {}
        everything = asyncio.create_task(self._fetch(lane, documents, ids))
        stop = asyncio.create_task(self.stopping.wait())
        first: set[asyncio.Task[Any]] = {everything, stop}
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            return everything.result() if everything.done() else None
        finally:
            stop.cancel()
            everything.cancel()

    async def _fetch(self, lane: str, documents: Mapping[str, Document], ids: Mapping[str, Sequence[str]]) -> Reads:
        reads = await asyncio.gather(
            *(self._fetcher.fetch(documents[name], wanted, lane=lane) for name, wanted in ids.items())
        )
        return dict(zip(ids, reads, strict=True))

    async def _rest_if_down(self, reads: Reads) -> bool:
        """Whether the API is down; if so the instance is paused, so that no attempt is spent on an outage."""
        errors = [one.error for read in reads.values() for one in read.values() if isinstance(one, Failed)]
        if not any(error.retryable for error in errors):
            self._outages = 0
            return False
        unreachable = any(isinstance(error, Unreachable) for error in errors)
        if not unreachable and (self._client.consecutive_outages < OUTAGE_AFTER or await self._answers()):
            return False
        ms = pause_ms(self._outages)
        self._outages += 1
        await self._inbox.pause(ms)
        fields = {"paused_ms": ms, "failed_in_a_row": self._client.consecutive_outages}
        logger.warning("api.down", extra={"fields": fields})
        return True

    async def _answers(self) -> bool:
        """Whether the API answers the smallest query: an object that it chokes on must not look like an outage to the
        others.
        """
        try:
            await self._client.execute("query Probe { __typename }", {}, operation="Probe")
        except ApiError as error:
            return not error.retryable
        return True

    async def _one(
        self,
        claimed: Claimed,
        todo: _Todo,
        documents: Mapping[str, Document],
        reads: Reads | None,
        down: bool,
        finishing: Grouped[MailboxVerdict, str],
    ) -> None:
        async with self._room:
            mailbox = todo.mailbox
            if reads is None or self.stopping.is_set() or (down and _missed(todo, reads)):
                verdict = MailboxVerdict(mailbox.id, mailbox.upto, release=True)
            else:
                verdict = await self._visit.visit(claimed, mailbox, todo.handlers, documents, reads)
        await finishing.add(verdict)


def _missed(todo: _Todo, reads: Reads) -> bool:
    """Whether the outage kept one of this ref's documents from being read."""
    fetched = (reads[name][todo.mailbox.id] for name in todo.documents())
    return any(isinstance(one, Failed) and one.error.retryable for one in fetched)
