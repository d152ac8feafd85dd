"""What goes into the inbox and what comes out of it, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Busy",
    "Claimed",
    "Gone",
    "HandlerResult",
    "Mailbox",
    "MailboxEvent",
    "MailboxVerdict",
    "NewEvent",
    "Remembered",
    "Started",
    "Tended",
    "Want",
    "Word",
]

Word = Literal["new", "coalesced", "dup", "unwanted", "full", "failed"]
"""What became of an event: a new mailbox, folded into one, seen before, no handler wants it, no room; or
``failed``: it alone could not be stored, its neighbours were. ``full`` and ``failed`` are not accepted: such a
delivery must be answered with 503.
"""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event for the inbox. ``identity`` is what it is remembered by: the event id, or, for a body without
    one, something that never comes twice. ``updated_ms`` is the object's ``updatedAt`` where the payload carried
    it, in ms since 1970.
    """

    identity: bytes
    typename: str
    id: str
    name: str
    event_id: str = ""
    sequence: int | None = None
    updated_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """``handler`` wants the events of these ``names`` on objects of ``typename``, in ``lane``. ``("*",)`` = every
    name.
    """

    typename: str
    lane: str
    handler: str
    names: tuple[str, ...] = ("*",)

    def covers(self, name: str) -> bool:
        return "*" in self.names or name in self.names


@dataclass(frozen=True, slots=True)
class MailboxEvent:
    """The newest event of one name. ``number`` counts the events of this mailbox; ``at_ms`` is when it was accepted."""

    number: int
    name: str
    at_ms: int
    event_id: str
    sequence: int | None
    updated_ms: int | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a handler's last run left behind for a ref: ``done`` once it ended done (not only skipped); the digest
    it saw.
    """

    done: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One claimed ref. ``upto`` is the number of its last event; events that arrive later cause another run."""

    id: str
    upto: int
    since_ms: int
    crashes: int
    events: tuple[MailboxEvent, ...]
    done_upto: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    settled_at: Mapping[str, int] = field(default_factory=dict)
    remembered: Mapping[str, Remembered] = field(default_factory=dict)

    @property
    def newest(self) -> MailboxEvent | None:
        """The event that arrived last, whatever its name."""
        return max(self.events, key=lambda event: event.number, default=None)

    @property
    def destroyed(self) -> bool:
        """Whether the last that was heard of this object is that it was destroyed."""
        return self.newest is not None and self.newest.name == "destroy"

    def pending_for(self, want: Want) -> tuple[MailboxEvent, ...]:
        """The events that this handler has not been done with yet, in order of arrival; empty: it need not run."""
        upto = self.done_upto.get(want.handler, 0)
        return tuple(event for event in self.events if event.number > upto and want.covers(event.name))


@dataclass(frozen=True, slots=True)
class Claimed:
    lane: str
    typename: str
    mailboxes: tuple[Mailbox, ...]


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else has the batch for another ``ms`` milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such batch (any more): its job may end."""


@dataclass(frozen=True, slots=True)
class HandlerResult:
    """One handler's verdict on one ref.

    ``done``: ``digest`` is remembered, with ``skipped`` telling that it only skipped. ``retry``: after ``after_ms``;
    ``counted`` if it spends an attempt. ``settle``: look once more after ``after_ms``. ``dead``: ``reason`` goes to the
    dead letter.
    """

    handler: str
    verb: Literal["done", "retry", "settle", "dead"]
    after_ms: int = 0
    counted: bool = False
    reason: str = ""
    digest: str = ""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class MailboxVerdict:
    """The end of one ref's run: the verdicts of its handlers, or ``release``: handed back untouched, no attempt
    spent.
    """

    id: str
    upto: int
    results: tuple[HandlerResult, ...] = ()
    release: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """What a worker may run now: ``jobs`` as ``(gen, score)``, each leased to it in arq's way.

    ``has_more``: due jobs were left for lack of room. ``next_due_ms``: in how many ms from now the next job of the
    queue is due, ``None`` if none waits. ``paused_ms``: the instance takes no jobs for so long; 0 if it does.
    """

    jobs: tuple[tuple[str, int], ...]
    has_more: bool
    next_due_ms: int | None
    paused_ms: int


@dataclass(frozen=True, slots=True)
class Tended:
    """How many waiting mailboxes were woken and how many batches mended; in how many ms from now the next one is
    due, ``None`` if no mailbox waits.
    """

    promoted: int
    mended: int
    next_due_ms: int | None
