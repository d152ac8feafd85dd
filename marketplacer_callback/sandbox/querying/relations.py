"""Relay connections over lists of records."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.store import Record

__all__ = ["PAGE_ARGUMENTS", "connect", "edges"]

PAGE_ARGUMENTS: Final = frozenset({"after", "before", "first", "last"})
DEFAULT_PAGE: Final = 50  # as the platform documents
LARGEST_PAGE: Final = 500


def connect(
    records: Sequence[Any],
    *,
    first: int | None = None,
    after: str | None = None,
    before: str | None = None,
    last: int | None = None,
) -> Record:
    """One page of a connection: ``nodes``, ``pageInfo``, ``totalCount``; ``edges`` are made only when asked for.

    Backwards pagination is an error, as the platform does not support it either.
    """
    if before is not None or last is not None:
        raise GraphQLError("backwards pagination (before, last) is not supported")
    if first is not None and first < 0:
        raise GraphQLError("first must not be negative")
    start = 0 if after is None else _position(after)
    size = min(DEFAULT_PAGE if first is None else first, LARGEST_PAGE)
    page = list(records[start : start + size])
    return {
        "nodes": page,
        "start": start,
        "totalCount": len(records),
        "pageInfo": {
            "startCursor": _cursor(start) if page else None,
            "endCursor": _cursor(start + len(page) - 1) if page else None,
            "hasPreviousPage": start > 0,
            "hasNextPage": start + len(page) < len(records),
        },
    }


def edges(connection: Record) -> list[Record]:
    """The page as edges."""
    return [{"cursor": _cursor(connection["start"] + i), "node": node} for i, node in enumerate(connection["nodes"])]


def _cursor(position: int) -> str:
    return base64.b64encode(str(position + 1).encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True))
    except (ValueError, binascii.Error):
        raise GraphQLError(f"not a cursor: {cursor!r}") from None
