"""What the emulated marketplace holds: one record an object, its version, and what it was a moment ago.

A record is a plain dict keyed by the schema's field names. A field that refers to another object holds that object's
record, a relation holds a list of records, so that a query walks dicts and nothing else.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLSchema

from marketplacer_callback.sandbox.data.belonging import DOCUMENTED, FOLLOWS, records_of, seller_id
from marketplacer_callback.sandbox.data.dates import EPOCH_MS, iso
from marketplacer_callback.sandbox.data.ids import node_id
from marketplacer_callback.sandbox.data.kept import Kept, Record, Written
from marketplacer_callback.sandbox.data.made_up import World

__all__ = ["Record", "Store", "Written", "iso", "node_id"]

MINUTES_A_DAY: Final = 24 * 60


class Store:
    """Objects by id. Every write makes the object's version one higher and its ``updatedAt`` at least a millisecond
    later, and never earlier than that of a write before it.

    ``follows``: whether a change of a part is an update of what it belongs to, also where that is undocumented.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        seed: int = 1,
        currency: str = "AUD",
        follows: bool = True,
        clock_ms: Callable[[], int] | None = None,
    ) -> None:
        self.schema = schema
        self.seed = seed
        self.currency = currency
        self._follows = FOLLOWS if follows else DOCUMENTED
        self.world = World(self)
        self.shared: dict[tuple[str, str], Record] = {}  # what the seeding lays down once and many records hold
        self.random = random.Random(seed)  # noqa: S311
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._kept: dict[str, Kept] = {}
        self._ever: dict[str, list[Record]] = {}
        self._living: dict[str, dict[str, Record]] = {}
        self._log: list[Written] = []
        self._live = False
        self._writes = 0
        self._latest_ms = 0
        self._day = (-1, "")

    # reading

    def get(self, id: str) -> Record | None:
        """The record itself, deleted or not; ``None`` for an unknown id."""
        kept = self._kept.get(id)
        return kept.record if kept else None

    def read(self, id: str, *, lag_ms: int = 0) -> Record | None:
        """What the API shows for an id: the record, its Unpublished or Deleted twin, or ``None``; something made up for
        a type that the store does not keep.

        With ``lag_ms`` it is what a replica shows that is so many milliseconds behind; objects further down are up to
        date.
        """
        kept = self._kept.get(id)
        if kept is None:
            return self.world.node(id)
        shown = kept.at(self._clock_ms() - lag_ms) if lag_ms else kept
        return self._shown(shown) if shown else None

    def shown(self, record: Record) -> Record | None:
        """``read`` for a record that a relation of an abstract type points to."""
        kept = self._kept.get(record.get("id", ""))
        return self._shown(kept) if kept else record

    def living(self, typename: str, id: str) -> Record | None:
        """The object of the type with that id; ``None`` if there is none or it was deleted."""
        return self._living.get(typename, {}).get(id)

    def seller_id(self, record: Record) -> str | None:
        """Whose object it is; ``None`` for what belongs to no seller, such as a brand."""
        return seller_id(record)

    def all(self, typename: str, *, deleted: bool = False) -> list[Record]:
        """The records of a type in order of creation."""
        return list(self._ever.get(typename, ())) if deleted else list(self._living.get(typename, {}).values())

    def first(self, typename: str) -> Record:
        """The oldest living record of a type. ``KeyError`` if there is none."""
        for record in self._living[typename].values():
            return record
        raise KeyError(typename)

    def typenames(self) -> dict[str, int]:
        """How many live objects there are of each type."""
        return {name: len(records) for name, records in sorted(self._living.items())}

    def version(self, typename: str, id: str) -> int:
        """1 for a new object, one more for each write. ``KeyError`` if there is no such object."""
        return self._of(typename, id).version

    def written(self, record: Record) -> int:
        """The number of the record's last write among all writes: it tells those of one millisecond apart."""
        return self._kept[record["id"]].number

    def state(self, typename: str, id: str, event_name: str = "update") -> Written:
        """The object's newest version, as if it had just been written."""
        return self._of(typename, id).written(event_name)

    def now(self) -> str:
        """The clock's time, as ``updatedAt`` has it: for what is dated and is no object of the store."""
        return iso(self._clock_ms())

    # writing

    def add(self, typename: str, **fields: Any) -> Record:
        """A new object of a type that the schema may or may not have. Sets ``id``, ``legacyId`` and the two dates."""
        ever = self._ever.setdefault(typename, [])
        number = len(ever) + 1
        at, date = self._dated()
        record: Record = {"__typename": typename, "id": node_id(typename, number), "legacyId": number}
        record |= {"createdAt": date, "updatedAt": date, **fields}
        self._writes += 1
        kept = self._kept[record["id"]] = Kept(record, typename, 1, at, at, number=self._writes)
        ever.append(record)
        self._living.setdefault(typename, {})[record["id"]] = record
        if self._live:
            self._log.append(kept.written("create"))
        return record

    def add_silently(self, typename: str, **fields: Any) -> Record:
        """``add`` for an object that was there all along: no event tells of it."""
        before = len(self._log)
        record = self.add(typename, **fields)
        del self._log[before:]
        return record

    def change(self, typename: str, id: str, **fields: Any) -> None:
        """Write the fields, and touch the objects that follow this one. ``KeyError`` if there is no such object."""
        kept = self._of(typename, id)
        self._write(kept, fields)
        self._follow(kept)

    def change_together(self, changes: Iterable[tuple[Record, Record]]) -> None:
        """``change`` for ``(record, fields)`` of one transaction: each record, and each object that follows one of
        them, is written once. A record without fields to write is left alone.
        """
        written: dict[str, Kept] = {}
        for record, fields in changes:
            if fields:
                kept = written[record["id"]] = self._kept[record["id"]]
                self._write(kept, fields)
        waiting = deque(written.values())
        while waiting:
            kept = waiting.popleft()
            for follower in self._followers(kept):
                if follower["id"] not in written:
                    kept_follower = written[follower["id"]] = self._kept[follower["id"]]
                    self._write(kept_follower, {})
                    waiting.append(kept_follower)

    def touch(self, record: Record) -> None:
        """A write that changes nothing but the version and ``updatedAt``; while seeding, none."""
        if self._live:
            self._write(self._kept[record["id"]], {})

    def destroy(self, typename: str, id: str) -> None:
        """Delete the object: it leaves the relations that it was in, and its twin, if the schema has one, stays."""
        kept = self._of(typename, id)
        self._write(kept, {}, event_name="destroy")
        kept.deleted = True
        del self._living[typename][id]
        for holder in records_of(kept.record):
            for name, value in holder.items():
                if isinstance(value, list) and any(entry is kept.record for entry in value):
                    holder[name] = [entry for entry in value if entry is not kept.record]
        self._follow(kept)

    def drain(self) -> list[Written]:
        """The writes since the last call, oldest first."""
        log, self._log = self._log, []
        return log

    def go_live(self) -> None:
        """From now on writes carry the clock's time: the seeding is over."""
        self._live = True

    # private

    def _dated(self) -> tuple[int, str]:
        if self._live:
            at = self._latest_ms = max(self._clock_ms(), self._latest_ms)
            return at, iso(at)
        day, minute = divmod(len(self._kept), MINUTES_A_DAY)  # a minute for each seeded object, and no date parsed
        if day != self._day[0]:
            self._day = (day, iso(EPOCH_MS + day * MINUTES_A_DAY * 60_000)[:10])
        at = EPOCH_MS + len(self._kept) * 60_000
        return at, f"{self._day[1]}T{minute // 60:02}:{minute % 60:02}:00.000Z"

    def _of(self, typename: str, id: str) -> Kept:
        kept = self._kept.get(id)
        if kept is None or kept.typename != typename:
            raise KeyError(f"the sandbox has no {typename} {id!r}")
        return kept

    def _write(self, kept: Kept, fields: Record, *, event_name: str = "update") -> None:
        now = self._latest_ms = max(self._clock_ms(), kept.updated_ms + 1, self._latest_ms)
        self._writes += 1
        kept.write(fields, now_ms=now, number=self._writes)
        self._log.append(kept.written(event_name))

    def _follow(self, kept: Kept) -> None:
        for record in self._followers(kept):
            follower = self._kept[record["id"]]
            self._write(follower, {})
            self._follow(follower)

    def _followers(self, kept: Kept) -> Iterator[Record]:
        return records_of({name: kept.record.get(name) for name in self._follows.get(kept.typename, ())})

    def _shown(self, kept: Kept) -> Record | None:
        record = kept.record
        if kept.deleted:
            return self._twin(f"Deleted{kept.typename}", record)
        if record.get("published", True) is False and kept.typename == "Advert":
            return self._twin("UnpublishedAdvert", record) or record
        return record

    def _twin(self, typename: str, record: Record) -> Record | None:
        twin = self.schema.type_map.get(typename)
        if not isinstance(twin, GraphQLObjectType):
            return None
        return {name: record[name] for name in twin.fields if name in record} | {
            "__typename": typename,
            "details": record,
        }
