"""What a GraphQL server answered, read leniently: the platform may add to it at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json

__all__ = ["GraphqlAnswer", "GraphqlBody", "GraphqlError", "read_body"]

MESSAGE_LENGTH: Final = 300
"""Characters of an error's message that are kept."""
ERRORS_KEPT: Final = 500
"""Errors of one answer that are read: ten for each object of the largest batch."""


@dataclass(frozen=True, slots=True)
class GraphqlError:
    """One entry of an answer's ``errors``.

    ``path`` leads through the *response* to the field (GraphQL specification, section 7.1.2), ``()`` if there is
    none. ``located`` tells whether it names a place in the document. ``code`` is ``extensions.code``.
    """

    message: str
    path: tuple[str | int, ...] = ()
    code: str | None = None
    located: bool = False


@dataclass(frozen=True, slots=True)
class GraphqlBody:
    """A body that is GraphQL: ``data`` is ``None`` if it was null or missing."""

    data: dict[str, Any] | None = field(repr=False)
    errors: tuple[GraphqlError, ...]


@dataclass(frozen=True, slots=True)
class GraphqlAnswer:
    """An answer with data. ``errors`` may stand beside it: then parts of ``data`` are null that need not be.

    ``sent_at`` (UTC) is when the request left: ``data`` is not older than that.
    """

    data: dict[str, Any] = field(repr=False)
    errors: tuple[GraphqlError, ...]
    sent_at: datetime


def read_body(body: bytes, hide: Callable[[str], str] = str) -> GraphqlBody | None:
    """The answer in ``body``; ``None`` if that is not GraphQL: no JSON object, or one with neither data nor errors.

    ``hide`` takes the secrets out of messages.
    """
    try:
        value = from_json(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    data, listed = value.get("data"), value.get("errors")
    errors = tuple(_error(entry, hide) for entry in listed[:ERRORS_KEPT]) if isinstance(listed, list) else ()
    if data is not None and not isinstance(data, dict):
        return None
    if data is None and not errors:
        return None
    return GraphqlBody(data, errors)


def _error(entry: object, hide: Callable[[str], str]) -> GraphqlError:
    if not isinstance(entry, Mapping):
        return GraphqlError("an error without a message")
    message, path, extensions = entry.get("message"), entry.get("path"), entry.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return GraphqlError(
        message=hide(message)[:MESSAGE_LENGTH] if isinstance(message, str) else "an error without a message",
        path=tuple(step for step in path if isinstance(step, str | int)) if isinstance(path, list) else (),
        code=code if isinstance(code, str) else None,
        located=bool(entry.get("locations")),
    )
