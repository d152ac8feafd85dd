"""Dead letters: a handler's work on an object that was given up on. Kept, listed, replayed; dropped only by hand
or by age.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from redis.asyncio import Redis

from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.mailbox import events_of
from marketplacer_callback.inbox.records import MailboxEvent
from marketplacer_callback.inbox.replies import decoded, number, text
from marketplacer_callback.inbox.scripts import Scripts

__all__ = [
    "DeadLetter",
    "Replayed",
    "dead_letters",
    "drop_dead_letter",
    "every_dead_letter",
    "read_dead_letters",
    "replay",
]

_CHUNK: Final = 500

Replayed = Literal["none", "new", "merged"]
"""There was no dead letter; its events are in a new mailbox; or in one that was there."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was given up on for one object in one lane: handler → reason, the events it was about, and since when
    (ms since 1970).
    """

    lane: str
    typename: str
    id: str
    at_ms: int
    reasons: Mapping[str, str]
    events: tuple[MailboxEvent, ...]


async def replay(scripts: Scripts, lane: str, typename: str, id: str) -> Replayed:
    return cast("Replayed", text(await scripts.call("replay", lane, typename, id)))


async def drop_dead_letter(scripts: Scripts, lane: str, typename: str, id: str) -> bool:
    return number(await scripts.call("drop", "dead", lane, typename, id)) == 1


async def dead_letters(redis: Redis, keys: Keys, limit: int) -> list[DeadLetter]:
    """The newest first. Two round trips."""
    members = await redis.zrevrange(keys.dead_index, 0, limit - 1)
    return await read_dead_letters(redis, keys, (_place(member.decode()) for member in members))


async def every_dead_letter(redis: Redis, keys: Keys) -> AsyncIterator[DeadLetter]:
    """All that there were when it was asked, the oldest first. A round trip for each 500."""
    members = await redis.zrange(keys.dead_index, 0, -1)
    for start in range(0, len(members), _CHUNK):
        places = (_place(member.decode()) for member in members[start : start + _CHUNK])
        for letter in await read_dead_letters(redis, keys, places):
            yield letter


async def read_dead_letters(redis: Redis, keys: Keys, places: Iterable[tuple[str, str, str]]) -> list[DeadLetter]:
    """Those of these ``(lane, type, id)`` that there are. One round trip."""
    wanted = list(places)
    async with redis.pipeline(transaction=False) as pipe:
        for lane, typename, id in wanted:
            pipe.hgetall(keys.dead(lane, typename, id))
        letters = await pipe.execute()
    return [_letter(*place, decoded(letter)) for place, letter in zip(wanted, letters, strict=True) if letter]


def _place(member: str) -> tuple[str, str, str]:
    lane, typename, id = member.split(":", 2)
    return lane, typename, id


def _letter(lane: str, typename: str, id: str, fields: Mapping[str, str]) -> DeadLetter:
    reasons = {field.removeprefix("h:"): reason for field, reason in fields.items() if field.startswith("h:")}
    return DeadLetter(lane, typename, id, int(fields.get("at", 0)), reasons, events_of(fields))
