"""One object of the store: its record, its version, and what it was a moment ago."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from marketplacer_callback.sandbox.data.dates import iso

__all__ = ["Kept", "Record", "Written"]

HISTORY_MS: Final = 60_000

Record = dict[str, Any]
"""An object by the schema's field names."""


@dataclass(frozen=True, slots=True)
class Written:
    """One write: what was written and which version it made. ``updated_at`` is the version's time even where the type
    shows none.
    """

    event_name: str
    typename: str
    id: str
    version: int
    updated_at: str


@dataclass(slots=True)
class Kept:
    """A record with what the schema does not show. ``number`` is that of its last write among all writes."""

    record: Record
    typename: str
    version: int
    born_ms: int
    updated_ms: int
    deleted: bool = False
    number: int = 0
    before: deque[tuple[int, Record]] | None = None  # (when, what the changed fields held until then)

    def write(self, fields: Record, *, now_ms: int, number: int) -> None:
        """Make the next version; what the fields held is kept for a minute."""
        fields = {**fields, "updatedAt": iso(now_ms)}
        self.before = self.before or deque()
        self.before.append((now_ms, {name: self.record.get(name) for name in fields}))
        while self.before[0][0] < now_ms - HISTORY_MS:
            self.before.popleft()
        self.record.update(fields)
        self.version += 1
        self.updated_ms = now_ms
        self.number = number

    def written(self, event_name: str) -> Written:
        """The newest version, as a write of that name made it."""
        return Written(event_name, self.typename, self.record["id"], self.version, iso(self.updated_ms))

    def at(self, ms: int) -> Kept | None:
        """The object as it was then, a minute ago at most; ``None`` if there was none yet."""
        if self.born_ms > ms:
            return None
        old = dict(self.record)
        for values in reversed([values for when, values in self.before or () if when > ms]):
            old.update(values)
        deleted = self.deleted and self.updated_ms <= ms
        return Kept(old, self.typename, self.version, self.born_ms, self.updated_ms, deleted)
