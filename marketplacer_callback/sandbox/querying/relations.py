"""Relay connections over lists of records.

A cursor is opaque and names a place, not a number of objects: the page after it begins behind the object that it
names, whatever was added or taken away meanwhile. In a sorted list the place is the values that were sorted by, as they
were when the cursor was given: an object that moves to the end while a client pages comes again there, and no other one
is skipped for it. In a list without a sort it is the object itself, and where that is gone, the place that it had.
How the platform's cursors behave is undocumented.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.sorting import Sorting

__all__ = ["connect", "edges"]

DEFAULT_PAGE: Final = 50  # as the platform documents
LARGEST_PAGE: Final = 500


def connect(
    records: Sequence[Any],
    *,
    first: int | None = None,
    after: str | None = None,
    before: str | None = None,
    last: int | None = None,
    sorting: Sorting | None = None,
) -> Record:
    """One page of a connection: ``nodes``, ``pageInfo``, ``totalCount``; ``edges`` are made only when asked for.

    ``sorting``: what the records are sorted by already. 50 by default and 500 at most, as documented. ``GraphQLError``
    for what is no cursor, and for backwards pagination, which the platform documents as not supported. An empty text
    is no cursor, but the beginning; a guess.
    """
    if before is not None or last is not None:
        raise GraphQLError("backwards pagination (before, last) is not supported")
    if first is not None and first < 0:
        raise GraphQLError("first must not be negative")
    start = _behind(after, records, sorting) if after else 0
    size = min(DEFAULT_PAGE if first is None else first, LARGEST_PAGE)
    page = list(records[start : start + size])
    ends = [page[0], page[-1]] if page else []
    cursors = [_cursor(record, at, sorting) for record, at in zip(ends, (start, start + len(page) - 1), strict=False)]
    return {
        "nodes": page,
        "cursors": lambda: [_cursor(record, at, sorting) for at, record in enumerate(page, start)],
        "totalCount": len(records),
        "pageInfo": {
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[1] if cursors else None,
            "hasPreviousPage": start > 0,
            "hasNextPage": start + len(page) < len(records),
        },
    }


def edges(connection: Record) -> list[Record]:
    """The page as edges."""
    pairs = zip(connection["cursors"](), connection["nodes"], strict=True)
    return [{"cursor": cursor, "node": node} for cursor, node in pairs]


def _cursor(record: Any, position: int, sorting: Sorting | None) -> str:
    place = sorting.place(record) if sorting else [_name(record), position]
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _name(record: Any) -> str | None:
    name = record.get("id") if isinstance(record, dict) else None
    return None if name is None else str(name)


def _behind(cursor: str, records: Sequence[Any], sorting: Sorting | None) -> int:
    """The index at which the page after the cursor begins."""
    place = _place(cursor)
    if sorting:
        if not sorting.fits(place):
            raise GraphQLError(f"not a cursor of this list in this order: {cursor!r}")
        return bisect_right(records, sorting.comparable(place), key=lambda one: sorting.comparable(sorting.place(one)))
    if len(place) != len(["name", "position"]) or not isinstance(place[1], int):
        raise GraphQLError(f"not a cursor of this list: {cursor!r}")
    name, position = place[0], int(place[1])
    if name is None or (position < len(records) and _name(records[position]) == name):
        return position + 1
    return next((at + 1 for at, record in enumerate(records) if _name(record) == name), position)


def _place(cursor: str) -> list[Any]:
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise GraphQLError(f"not a cursor: {cursor!r}") from None
    if not isinstance(place, list):
        raise GraphQLError(f"not a cursor: {cursor!r}")
    return place
