"""Which entry of a ``nodes(ids:)`` answer belongs to which id. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplacer_callback.api.answer import GraphqlError

__all__ = ["Matched", "match"]


@dataclass(slots=True)
class Matched:
    """The ids of one batch, sorted; each is in exactly one place, unless ``whole`` is not empty.

    ``found``: id → its entry, without an error at its path. ``absent``: null without an error. ``faults``: id → the
    errors at its path, whether there is an entry or not. ``again``: the answer does not tell; ask for it alone.
    ``whole``: errors that name no object, so that nothing in the answer can be relied on.
    """

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    faults: dict[str, list[GraphqlError]] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    whole: list[GraphqlError] = field(default_factory=list)


def match(
    ids: Sequence[str], root: str, id_alias: str, entries: Sequence[Any], errors: Sequence[GraphqlError]
) -> Matched:
    """Sort the answer to ``ids``, which has no duplicates.

    An entry belongs to the id that it carries itself. A null belongs to the id at its position only if the answer is
    as long as ``ids`` and every other entry is in its place; otherwise its owner is unknown.
    """
    names = [_name(entry, id_alias) for entry in entries]
    if _in_order(ids, entries, names):
        names = list(ids)
    asked = set(ids)
    matched, at = Matched(), {name: index for index, name in reversed(list(enumerate(names))) if name in asked}
    faults: dict[int, list[GraphqlError]] = {}
    for error in errors:
        index = _index(error, root, len(entries))
        if index is None:
            matched.whole.append(error)
        else:
            faults.setdefault(index, []).append(error)
    for name in ids:
        index = at.get(name)
        if index is None:
            matched.again.append(name)
        elif index in faults:
            matched.faults[name] = faults[index]
        elif entries[index] is None:
            matched.absent.add(name)
        else:
            matched.found[name] = entries[index]
    return matched


def _name(entry: Any, id_alias: str) -> str | None:
    name = entry.get(id_alias) if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def _in_order(ids: Sequence[str], entries: Sequence[Any], names: Sequence[str | None]) -> bool:
    return len(ids) == len(entries) and all(
        entry is None or name == asked for asked, entry, name in zip(ids, entries, names, strict=True)
    )


def _index(error: GraphqlError, root: str, length: int) -> int | None:
    """The position of the entry that an error is about: its path is ``root, position, …``."""
    if len(error.path) < 2 or error.path[0] != root:
        return None
    index = error.path[1]
    return index if isinstance(index, int) and 0 <= index < length else None
