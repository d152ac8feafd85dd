"""Objects by their ids: many a request where the document allows it, and none the worse for its neighbours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache

from marketplacer_callback.api.answer import GraphqlAnswer, GraphqlError
from marketplacer_callback.api.client import ApiClient
from marketplacer_callback.api.matching import match
from marketplacer_callback.api.sorting import Blame, blame, sort_graphql
from marketplacer_callback.errors import ApiError, Unavailable

if TYPE_CHECKING:
    from marketplacer_callback.documents.model import Batched, Document

__all__ = ["Absent", "Failed", "Fetched", "Fetcher", "Found"]

AT_ONCE: Final = 8
"""Requests of one ``fetch`` in flight at a time."""
HOPELESS: Final = 7
"""Failed requests without a good one between them, after which the objects are taken to be innocent: a batch, its
halves and its quarters. It bounds what a platform that is down gets asked."""
GROW_AFTER: Final = 20
"""Fetches with a good request of the full size, after which a batch that was too big is doubled. One that was made
smaller in the search for bad objects is doubled after each: the platform did not mind its size."""

logger = logging.getLogger("marketplacer_callback.api")


@dataclass(frozen=True, slots=True)
class Found:
    """The object as its document selects it. ``typename`` is what the API says it is. ``fetched_at`` (UTC): no older
    than that."""

    object: dict[str, Any] = field(repr=False)
    typename: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """The API answered null, and no error at its place."""

    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no object to work with, because of ``error``; ``error.retryable`` says whether a repeat may mend it."""

    error: ApiError


Fetched = Found | Absent | Failed


class Fetcher:
    """Fetches objects through one client. ``batch_max`` is the most that one request asks for; where that is too much
    for a document (time-outs, complexity), its batches become smaller, and grow again later."""

    def __init__(self, client: ApiClient, *, batch_max: int = 50) -> None:
        self._client = client
        self._batch_max = batch_max
        self._sizes: LRUCache[str, _Size] = LRUCache(maxsize=256)

    async def fetch(self, document: Document, ids: Sequence[str], *, lane: str = "slow") -> dict[str, Fetched]:
        """Each id once, with what came of it; never raises for an object or for the API.

        An object is ``Failed`` also where the answer has data for it, but an error at or below its path: a handler
        never sees half an object. A batch that fails as a whole is bisected until the object that it fails for is
        alone. Where that cannot help (the network is down, the platform asks to wait, key or document are refused)
        all fail at once with that one error.

        Raises ``ValueError`` for a document that cannot read one object by its id.
        """
        if not document.root:
            raise ValueError(f"{document.name} cannot fetch an object: {document.unbatchable}")
        size = self._sizes.setdefault(document.digest, _Size(self._batch_max, self._batch_max))
        run = _Run(self._client, document, lane)
        await run.fetch(list(dict.fromkeys(ids)), size.now if document.batched else 1)
        if document.batched and size.learn(run):
            logger.info("fetch.size", extra={"fields": {"document": document.name, "size": size.now}})
        return run.results


@dataclass(slots=True)
class _Size:
    """How many objects of one document a request asks for."""

    now: int
    most: int
    good: int = 0
    patience: int = 1

    def learn(self, run: _Run) -> bool:
        """Draw the lesson of one run; whether the size changed."""
        before = self.now
        if run.gave_up:
            self.now, self.patience = max(1, self.now // 2), 1
        elif run.too_big and not run.too_big_alone:
            # One object that times out by itself says nothing about how many go together.
            self.now, self.patience = max(1, min(self.now, run.largest_good)), GROW_AFTER
        elif run.too_big == 0 and run.largest_good >= self.now:
            self.good += 1
            if self.good >= self.patience:
                self.now = min(self.most, self.now * 2)
        if self.now != before or run.too_big:
            self.good = 0
        return self.now != before


Piece = Sequence[str]
"""Ids that go into one request."""


class _Run:
    """One ``fetch``: rounds of requests, each round for the pieces that the one before left open."""

    def __init__(self, client: ApiClient, document: Document, lane: str) -> None:
        self.results: dict[str, Fetched] = {}
        self.largest_good = 0
        self.too_big = 0
        self.too_big_alone = False
        self.gave_up = False
        self._client = client
        self._document = document
        self._lane = lane
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._failures = 0
        self._stopped: ApiError | None = None

    async def fetch(self, ids: list[str], size: int) -> None:
        pieces: list[Piece] = [ids[start : start + size] for start in range(0, len(ids), size)]
        while pieces:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask(piece)) for piece in pieces]
            pieces = [open_piece for task in tasks for open_piece in task.result()]

    async def _ask(self, piece: Piece) -> list[Piece]:
        """Send one request; what is left to ask because of its answer."""
        batched = self._document.batched
        async with self._turns:
            if self._stopped is not None:
                return self._charge(piece, self._stopped)
            try:
                if batched is not None and len(piece) > 1:
                    return self._read_batch(
                        batched, piece, await self._send(batched.text, batched.variable, list(piece))
                    )
                document = self._document
                return self._read_single(piece[0], await self._send(document.single, document.variable, piece[0]))
            except ApiError as error:
                return self._refused(piece, error)

    async def _send(self, text: str, variable: str, value: str | list[str]) -> GraphqlAnswer:
        return await self._client.execute(text, {variable: value}, operation=self._document.name, lane=self._lane)

    def _read_batch(self, batched: Batched, piece: Piece, answer: GraphqlAnswer) -> list[Piece]:
        entries = answer.data.get(batched.root)
        if not isinstance(entries, list):
            raise self._sorted(answer.errors) if answer.errors else self._odd()
        matched = match(piece, batched.root, batched.id_alias, entries, answer.errors)
        if matched.whole:
            raise self._sorted(matched.whole)
        self._good(len(piece))
        for identifier, entry in matched.found.items():
            self.results[identifier] = self._found(entry, batched.id_alias, batched.typename_alias, answer)
        for identifier in matched.absent:
            self.results[identifier] = Absent(answer.sent_at)
        for identifier, errors in matched.faults.items():
            self.results[identifier] = Failed(self._sorted(errors))
        return [(identifier,) for identifier in matched.again]

    def _read_single(self, identifier: str, answer: GraphqlAnswer) -> list[Piece]:
        document = self._document
        entry = answer.data.get(document.root)
        self._good(1)
        if answer.errors:
            self.results[identifier] = Failed(self._sorted(answer.errors))
        elif isinstance(entry, dict):
            self.results[identifier] = self._found(entry, document.id_alias, document.typename_alias, answer)
        elif document.root in answer.data and entry is None:
            self.results[identifier] = Absent(answer.sent_at)
        else:
            self.results[identifier] = Failed(self._odd())
        return []

    def _refused(self, piece: Piece, error: ApiError) -> list[Piece]:
        self._failures += 1
        fault = blame(error)
        if fault is Blame.SIZE:
            self.too_big += 1
            self.too_big_alone |= len(piece) == 1
        if fault is Blame.NONE:
            self._stopped = self._stopped or error
            return self._charge(piece, error)
        if self._failures >= HOPELESS or self._client.consecutive_outages >= HOPELESS:
            self.gave_up = True
            self._stopped = self._stopped or _not_asked(error)
        if len(piece) == 1:
            return self._charge(piece, error)
        if self._stopped is not None:
            return self._charge(piece, self._stopped)
        middle = (len(piece) + 1) // 2
        return [piece[:middle], piece[middle:]]

    def _good(self, size: int) -> None:
        self._failures = 0
        self.largest_good = max(self.largest_good, size)

    def _charge(self, piece: Piece, error: ApiError) -> list[Piece]:
        for identifier in piece:
            self.results[identifier] = Failed(error)
        return []

    def _found(self, entry: dict[str, Any], id_alias: str, typename_alias: str, answer: GraphqlAnswer) -> Fetched:
        typename = entry.pop(typename_alias, None)
        entry.pop(id_alias, None)
        return Found(entry, typename, answer.sent_at) if isinstance(typename, str) else Failed(self._odd())

    def _sorted(self, errors: Sequence[GraphqlError]) -> ApiError:
        return sort_graphql(errors, f"{self._client.host} ({self._document.name})", executed=True)

    def _odd(self) -> ApiError:
        return Unavailable(
            f"{self._client.host} ({self._document.name}): the answer is not of the form that was asked for"
        )


def _not_asked(error: ApiError) -> ApiError:
    """For the objects that nobody asked about any more: whatever it was, they may be fetched another time."""
    if error.retryable:
        return error
    return Unavailable(
        f"not asked for, since all the requests before failed: {error}", status=error.status, messages=error.messages
    )
