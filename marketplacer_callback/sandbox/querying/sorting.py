"""In which order a list comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["AS_CREATED", "Reader", "Sorting", "as_text", "sorting_of"]

Reader = Callable[[Record], str]
ASCENDING: Final = "ASCENDING"


@dataclass(frozen=True, slots=True)
class Sorting:
    """What a list is sorted by: names of fields, each with whether it descends, and at last the order of creation.

    An object without a value comes before the ones that have one, and after them where the field descends; a guess.
    ``readers``: how to read what is not a field of the record that holds text. ``number``: what comes at last instead
    of the order of creation.
    """

    parts: tuple[tuple[str, bool], ...] = ()
    readers: Mapping[str, Reader] = field(default_factory=lambda: MappingProxyType({}))
    number: Callable[[Record], int] | None = None

    def sorted(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records in this order; they come in the order of their creation."""
        if not self.parts:
            return records
        ordered = list(records)
        if self.number:
            ordered.sort(key=self.number)
        for name, descends in reversed(self.parts):
            ordered.sort(key=self._reader(name), reverse=descends)
        return ordered

    def place(self, record: Record) -> list[Any]:
        """Where the record stands: what it is sorted by, as text, and its number."""
        number = self.number(record) if self.number else record["legacyId"]
        return [*(self._reader(name)(record) for name, _ in self.parts), number]

    def fits(self, place: list[Any]) -> bool:
        """Whether a place is one of a list in this order."""
        *texts, number = place or [None]
        return len(texts) == len(self.parts) and all(isinstance(text, str) for text in texts) and type(number) is int

    def comparable(self, place: list[Any]) -> _Place:
        """The place as something that sorts as the list does."""
        return _Place(place, [descends for _, descends in self.parts])

    def _reader(self, name: str) -> Reader:
        return self.readers.get(name) or (lambda record: str(record.get(name) or ""))


AS_CREATED: Final = Sorting()


def sorting_of(given: Any, default: Sorting, readers: Mapping[str, Reader], store: Store) -> Sorting:
    """From a sort input, or a list of them, as the schema has them; ``default`` without one.

    Objects of the same ``updatedAt`` come in the order of their writes, so that what is written while a client pages
    comes behind all that it has read.
    """
    sorts = given if isinstance(given, list) else [given] if given else []
    parts = tuple(_parts(sorts)) if sorts else default.parts
    return Sorting(parts, readers, store.written if ("updatedAt", False) in parts[:1] else None)


def as_text(number: Any) -> str:
    """A number from 0 as text that sorts as the number does."""
    return "" if number is None else f"{float(number):024.6f}"


def _parts(given: Iterable[Record]) -> Iterable[tuple[str, bool]]:
    for part in given:
        fields = part.get("fields") or [part.get("field") or "CREATED_AT"]
        for name in fields:
            yield _camel(name), (part.get("ordering") or ASCENDING) != ASCENDING


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name.lower())


class _Place:
    """A place in a list of which some parts descend."""

    __slots__ = ("descends", "place")

    def __init__(self, place: list[Any], descends: list[bool]) -> None:
        self.place = place
        self.descends = descends

    def __lt__(self, other: _Place) -> bool:
        for mine, its, descends in zip(self.place, other.place, [*self.descends, False], strict=True):
            if mine != its:
                return bool((mine > its) if descends else (mine < its))
        return False
