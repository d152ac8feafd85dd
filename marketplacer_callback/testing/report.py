"""What a run of the worker came to, for a test to look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplacer_callback.inbox.dead import DeadLetter
from marketplacer_callback.outcomes import Outcome
from marketplacer_callback.refs import Ref
from marketplacer_callback.sinks import Item

__all__ = ["Handled", "Pending", "Report"]


@dataclass(frozen=True, slots=True)
class Handled:
    """One call of a handler. ``outcomes`` are what it answered, its verdict last; a failure is a ``retry`` with the
    error's text as its reason, or a ``dead_letter`` when it was the last attempt.
    """

    ref: Ref
    handler: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """A mailbox that waits for its time. ``due_s``: in how many seconds it comes; ``reasons``: why each handler
    failed or asked to wait last; where the object could not be read, why.
    """

    ref: Ref
    lane: str
    due_s: float
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """``handled``: each call of a handler, in order. ``items``: what reached the sinks of the settings, which are
    replaced for the test: nothing is written anywhere. ``dead_letters``: all that there are, newest first.
    ``pending``: what was left for later than the run waits. ``paused_s``: the API is down, and for so many seconds the
    worker asks it for nothing.
    """

    handled: tuple[Handled, ...]
    items: tuple[Item, ...]
    dead_letters: tuple[DeadLetter, ...]
    pending: tuple[Pending, ...]
    paused_s: float = 0.0

    def answers(self, typename: str, id: str) -> dict[str, list[Outcome]]:
        """What each handler answered to an object the last time that it was called in this run, as
        ``testing.answer`` shows it; empty if none was called.
        """
        return {
            one.handler: list(one.outcomes) for one in self.handled if (one.ref.typename, one.ref.id) == (typename, id)
        }

    def published(self, sink: str, *, typename: str | None = None, id: str | None = None) -> list[Any]:
        """The data that reached a sink, in order; of one type or object if given."""
        return [
            item.data
            for item in self._items(sink)
            if typename in (None, item.ref.typename) and id in (None, item.ref.id)
        ]

    def _items(self, sink: str) -> Sequence[Item]:
        return [item for item in self.items if item.sink == sink]
