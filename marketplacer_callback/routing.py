"""Who handles what: ``(type, lane)`` → handlers. Routes of the settings are handlers like any other here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.inbox.records import Want
from marketplacer_callback.outcomes import Answer, dead_letter
from marketplacer_callback.typenames import FOLLOWED_THROUGH, SWEEP_TYPENAME, WEBHOOK_TYPES, webhook_enum

__all__ = ["Handler", "Table", "unreachable_warning"]


@dataclass(frozen=True, slots=True)
class Handler:
    """One handler of one type. ``name`` is its identity: verdicts, digests and ``first`` are kept under it.

    ``document`` is the name of the operation whose object it receives, ``None`` for the built-in ones that fetch
    nothing. ``where`` says where it stands, for messages: ``file:line`` or the settings' route.
    """

    name: str
    typename: str
    lane: str
    document: str | None
    function: Callable[[Change[Any]], Any]
    is_async: bool
    where: str
    model: type[Any] | None = None
    skip_unchanged: bool = False
    built_in: bool = False

    @property
    def want(self) -> Want:
        """What the inbox is told of this handler: it wants every event, whatever its name."""
        return Want(self.typename, self.lane, self.name)


class Table:
    """All handlers of one code base. Read-only once built; handlers of a type are in registration order."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._handlers = (*handlers, _UNKNOWN_ID)
        self._places: dict[tuple[str, str], tuple[Handler, ...]] = {}
        for handler in self._handlers:
            place = (handler.lane, handler.typename)
            self._places[place] = (*self._places.get(place, ()), handler)

    def __iter__(self) -> Iterator[Handler]:
        """The integrator's handlers and routes, without the built-in ones."""
        return (handler for handler in self._handlers if not handler.built_in)

    def handlers(self, lane: str, typename: str) -> tuple[Handler, ...]:
        return self._places.get((lane, typename), ())

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def wants(self) -> tuple[Want, ...]:
        """What the inbox has to know: every handler of this code, whatever lanes this process serves."""
        return tuple(handler.want for handler in self._handlers)


def unreachable_warning(handler: Handler) -> str | None:
    """What to say of a handler whose type sends no webhook; ``None`` if it does."""
    if handler.typename in WEBHOOK_TYPES:
        return None
    instead = FOLLOWED_THROUGH.get(handler.typename)
    if instead is None:
        return (
            f"{handler.where}: handler {handler.name!r}: no webhook type is known for {handler.typename}; "
            f"it runs only if the platform has one (type {webhook_enum(handler.typename)}) or by `refresh`"
        )
    return (
        f"{handler.where}: handler {handler.name!r}: Marketplacer has no webhook for {handler.typename}; "
        f"use {instead}, whose webhook tells of its changes"
    )


def _unknown_id(change: Change[Any]) -> Answer:
    return dead_letter(
        f"id_unknown: a destroy of a {change.ref.id} came without an id; compare your {change.ref.id} records "
        "with the platform"
    )


_UNKNOWN_ID = Handler(
    name="id_unknown",
    typename=SWEEP_TYPENAME,
    lane="slow",
    document=None,
    function=_unknown_id,
    is_async=False,
    where="built in",
    built_in=True,
)
