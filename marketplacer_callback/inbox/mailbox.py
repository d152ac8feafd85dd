"""A mailbox as the scripts keep it, and as a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplacer_callback.inbox.records import Mailbox, MailboxEvent, NewEvent, Remembered

__all__ = [
    "DONE",
    "FAILURES",
    "REASON",
    "SETTLED",
    "event_tail",
    "events_of",
    "mailbox_of",
    "numbers_of",
    "reasons_of",
    "remembered_of",
]

EVENT: Final = "e:"
DONE: Final = "d:"
FAILURES: Final = "a:"
SETTLED: Final = "st:"
REASON: Final = "r:"


def event_tail(event: NewEvent) -> str:
    """What an event's value holds behind its number and time: ``"<event id> <sequence|-> <updated ms|->"``."""
    return f"{event.event_id or '-'} {_or_dash(event.sequence)} {_or_dash(event.updated_ms)}"


def events_of(fields: Mapping[str, str]) -> tuple[MailboxEvent, ...]:
    """The events in the fields of a mailbox or a dead letter, in order of arrival."""
    found = (_event(field.removeprefix(EVENT), value) for field, value in fields.items() if field.startswith(EVENT))
    return tuple(sorted(found, key=lambda event: event.number))


def numbers_of(fields: Mapping[str, str], kind: str) -> dict[str, int]:
    """Handler → number, of the fields of one kind."""
    return {field.removeprefix(kind): int(value) for field, value in fields.items() if field.startswith(kind)}


def reasons_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Handler → why it failed last."""
    return {field.removeprefix(REASON): value for field, value in fields.items() if field.startswith(REASON)}


def remembered_of(fields: Mapping[str, str]) -> dict[str, Remembered]:
    """Handler → what its last run left behind: the value is ``"<1 once it ended done, else 0> <digest>"``."""
    return {handler: Remembered(value[:1] == "1", value[2:]) for handler, value in fields.items()}


def mailbox_of(id: str, fields: Mapping[str, str], remembered: Mapping[str, str]) -> Mailbox:
    return Mailbox(
        id=id,
        upto=int(fields["n"]),
        since_ms=int(fields.get("t", 0)),
        crashes=int(fields.get("c", 0)),
        events=events_of(fields),
        done_upto=numbers_of(fields, DONE),
        failures=numbers_of(fields, FAILURES),
        settled_at=numbers_of(fields, SETTLED),
        remembered=remembered_of(remembered),
    )


def _event(name: str, value: str) -> MailboxEvent:
    # An event id is the platform's and may hold anything, spaces too: it is what lies between the four known words.
    number, at_ms, rest = value.split(" ", 2)
    event_id, sequence, updated_ms = rest.rsplit(" ", 2)
    return MailboxEvent(
        number=int(number),
        name=name,
        at_ms=int(at_ms),
        event_id="" if event_id == "-" else event_id,
        sequence=_from_dash(sequence),
        updated_ms=_from_dash(updated_ms),
    )


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)


def _from_dash(word: str) -> int | None:
    return None if word == "-" else int(word)
