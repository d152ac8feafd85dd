"""Everything known of one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from redis.asyncio import Redis

from marketplacer_callback.inbox.dead import DeadLetter, read_dead_letters
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.mailbox import (
    DONE,
    FAILURES,
    SETTLED,
    events_of,
    numbers_of,
    reasons_of,
    remembered_of,
)
from marketplacer_callback.inbox.records import MailboxEvent, Remembered
from marketplacer_callback.inbox.replies import decoded, optional_number
from marketplacer_callback.inbox.routes import read_routes

__all__ = ["HandlerState", "MailboxState", "ObjectState", "look"]

State = Literal["queued", "running", "later"]

_STATES: Final[Mapping[str, State]] = {"q": "queued", "r": "running", "l": "later"}


@dataclass(frozen=True, slots=True)
class HandlerState:
    """Where a handler stands with a mailbox. ``pending``: it has an event to run for. ``failures`` are the
    counted ones, ``last_reason`` says why it failed last; ``is_settling``: it waits for a second look at the object.
    """

    handler: str
    pending: bool
    done_upto: int
    failures: int
    is_settling: bool
    last_reason: str = ""


@dataclass(frozen=True, slots=True)
class MailboxState:
    """A mailbox as it is now. ``gen`` is its batch, ``due_ms`` when it is woken (ms since 1970), each ``None``
    where it has none.
    """

    lane: str
    state: State | None
    """``None``: a mailbox that an error left half written; ``status --repair`` mends it."""
    gen: str | None
    due_ms: int | None
    since_ms: int
    upto: int
    crashes: int
    events: tuple[MailboxEvent, ...]
    handlers: tuple[HandlerState, ...]


@dataclass(frozen=True, slots=True)
class ObjectState:
    """``remembered`` is by handler: what its last run left behind. ``rests_until_ms`` is by lane: an idle
    object's cool-down.
    """

    typename: str
    id: str
    mailboxes: tuple[MailboxState, ...]
    dead_letters: tuple[DeadLetter, ...]
    remembered: Mapping[str, Remembered]
    rests_until_ms: Mapping[str, int]

    @property
    def is_known(self) -> bool:
        return bool(self.mailboxes or self.dead_letters or self.remembered)


async def look(redis: Redis, keys: Keys, typename: str, id: str, *, lanes: Iterable[str]) -> ObjectState:
    wants = await read_routes(redis, keys)
    all_lanes = sorted({*lanes, *(want.lane for want in wants)})
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hgetall(keys.done(typename, id))
        for lane in all_lanes:
            pipe.hgetall(keys.box(lane, typename, id))
            pipe.get(keys.cool(lane, typename, id))
            pipe.zscore(keys.later(lane), f"{typename}:{id}")
        remembered, *rest = await pipe.execute()
    mailboxes, rests = [], {}
    for place, lane in enumerate(all_lanes):
        box, cool, due = rest[3 * place : 3 * place + 3]
        if box:
            handlers = {want.handler: want.names for want in wants if (want.lane, want.typename) == (lane, typename)}
            mailboxes.append(_mailbox(lane, decoded(box), optional_number(due), handlers))
        if cool is not None:
            rests[lane] = int(cool)
    letters = await read_dead_letters(redis, keys, ((lane, typename, id) for lane in all_lanes))
    return ObjectState(typename, id, tuple(mailboxes), tuple(letters), remembered_of(decoded(remembered)), rests)


def _mailbox(
    lane: str, fields: Mapping[str, str], due_ms: int | None, wanted: Mapping[str, tuple[str, ...]]
) -> MailboxState:
    return MailboxState(
        lane=lane,
        state=_STATES.get(fields.get("s", "")),
        gen=fields.get("g"),
        due_ms=due_ms,
        since_ms=int(fields.get("t", 0)),
        upto=int(fields.get("n", 0)),
        crashes=int(fields.get("c", 0)),
        events=events_of(fields),
        handlers=_handlers(fields, wanted),
    )


def _handlers(fields: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> tuple[HandlerState, ...]:
    done, failures, settled = (numbers_of(fields, kind) for kind in (DONE, FAILURES, SETTLED))
    events, reasons = events_of(fields), reasons_of(fields)
    return tuple(
        HandlerState(
            handler=handler,
            pending=any(
                event.number > done.get(handler, 0) and {"*", event.name} & set(wanted.get(handler, ()))
                for event in events
            ),
            done_upto=done.get(handler, 0),
            failures=failures.get(handler, 0),
            is_settling=handler in settled,
            last_reason=reasons.get(handler, ""),
        )
        for handler in sorted({*wanted, *done, *failures, *settled})
    )
