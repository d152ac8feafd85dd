"""The book that the sandbox keeps: each request that it answered, each delivery that it sent, each try at managing
webhooks.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, TextIO

__all__ = ["Attempt", "Call", "Journal", "Outcome", "WebhookCall"]

KEPT: Final = 200_000
Outcome = Literal["delivered", "retry", "failed", "lost", "held", "skipped", "duplicate"]
NOT_SENT: Final = frozenset({"lost", "held", "skipped"})


@dataclass(frozen=True, slots=True)
class Call:
    """One GraphQL request. ``ids`` counts the objects asked for by id; ``at`` is in seconds since 1970, ``ms`` how
    long it took. ``status`` 0: the connection was cut instead of an answer.
    """

    at: float
    operation: str
    ids: int
    ms: float
    status: int
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver one event. ``version`` and ``updated_at`` are of the write that the event tells of.

    ``status`` is the receiver's, ``None`` if it gave none; ``ms`` is how long its answer took; ``webhook`` is the id
    of the webhook. ``outcome``: ``delivered``, ``retry`` (another try follows), ``failed`` (given up on), ``lost``
    (never sent: the webhook was disabled, or it was dropped on request), ``held`` (not sent until its webhook is
    enabled), ``skipped`` (it says nothing new), ``duplicate`` (sent once more on request).
    """

    event_id: str
    sequence: int
    event_name: str
    typename: str
    id: str
    version: int
    updated_at: str
    attempt: int
    status: int | None
    outcome: Outcome
    sent_at: float
    answered_at: float
    webhook: str = ""
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A root field about webhooks that a request named, whether or not the schema has it."""

    at: float
    field: str


Entry = Call | Attempt | WebhookCall
KINDS: Final[dict[str, type[Entry]]] = {"call": Call, "attempt": Attempt, "webhook_call": WebhookCall}
NAMES: Final = {type_: name for name, type_ in KINDS.items()}
FIELDS: Final = {type_: tuple(field.name for field in fields(type_)) for type_ in NAMES}


class Journal:
    """Counts everything; keeps the newest 200,000 entries in memory, and all of them in ``path`` (JSON lines) if
    given.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.clear()
        self._path = path
        self._file: TextIO | None = None

    def open(self) -> None:
        """Open the file, if there is to be one, for appending."""
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the file; what is in memory stays readable."""
        if self._file:
            self._file.close()
            self._file = None

    def clear(self) -> None:
        """Forget everything; what is in the file stays there."""
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.http_requests = 0
        self.objects_fetched = 0
        self.deliveries = 0
        self.attempts = 0
        self.failed = 0
        self.lost = 0
        self.skipped = 0
        self.webhook_calls: list[WebhookCall] = []
        self._answered: dict[tuple[str, str], tuple[int, str]] = {}

    def note(self, entry: Entry) -> None:
        """Write an entry down."""
        self.entries.append(entry)
        match entry:
            case Call():
                self.http_requests += 1
                self.objects_fetched += entry.ids
            case Attempt():
                self._note_attempt(entry)
            case WebhookCall():
                self.webhook_calls.append(entry)
        if self._file:
            self._file.write(json.dumps(as_json(entry), separators=(",", ":")) + "\n")

    def last_answered(self) -> dict[tuple[str, str], tuple[int, str]]:
        """``(typename, id)`` → ``(version, updatedAt)`` of the newest write whose delivery was answered with a 2xx."""
        return dict(self._answered)

    def calls(self) -> list[Call]:
        """The GraphQL requests, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Call)]

    def sent(self, typename: str | None = None, id: str | None = None) -> list[Attempt]:
        """The tries to deliver, oldest first; only those about one type or object if given."""
        attempts = (entry for entry in self.entries if isinstance(entry, Attempt))
        return [entry for entry in attempts if typename in (None, entry.typename) and id in (None, entry.id)]

    def select(
        self,
        *,
        kind: str | None = None,
        typename: str | None = None,
        id: str | None = None,
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """The newest ``limit`` entries that fit, oldest first, as JSON. ``ValueError`` for a kind that there is not."""
        if kind is not None and kind not in KINDS:
            raise ValueError(f"no such kind of entry: {kind!r}; one of {', '.join(KINDS)}")
        found: Iterable[Entry] = (
            self.entries if kind is None else (e for e in self.entries if isinstance(e, KINDS[kind]))
        )
        if typename is not None or id is not None:
            found = self.sent(typename, id) if kind in (None, "attempt") else ()
        return [as_json(entry) for entry in deque(found, maxlen=min(max(limit, 0), KEPT))]

    def summary(self) -> dict[str, int]:
        """The counts."""
        return {
            "http_requests": self.http_requests,
            "objects_fetched": self.objects_fetched,
            "deliveries": self.deliveries,
            "attempts": self.attempts,
            "failed": self.failed,
            "lost": self.lost,
            "skipped": self.skipped,
            "webhook_calls": len(self.webhook_calls),
        }

    def _note_attempt(self, entry: Attempt) -> None:
        self.attempts += entry.outcome not in NOT_SENT
        self.skipped += entry.outcome == "skipped"
        self.failed += entry.outcome == "failed"
        self.lost += entry.outcome == "lost"
        if entry.outcome == "delivered":
            self.deliveries += 1
            key = (entry.typename, entry.id)
            if self._answered.get(key, (0, ""))[0] <= entry.version:
                self._answered[key] = (entry.version, entry.updated_at)


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as a JSON object, with its ``kind``."""
    type_ = type(entry)
    return {"kind": NAMES[type_], **{name: getattr(entry, name) for name in FIELDS[type_]}}
