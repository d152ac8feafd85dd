"""Taking events in: one round trip for many, answered only when they are as durable as the settings ask for."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

import msgpack
from redis.exceptions import NoScriptError, RedisError, ResponseError

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox.connection import LOST, is_refusal, refused
from marketplacer_callback.inbox.durability import WAIT_MS, Wait
from marketplacer_callback.inbox.mailbox import event_tail
from marketplacer_callback.inbox.records import NewEvent, Word
from marketplacer_callback.inbox.replies import Reply, sequence, text
from marketplacer_callback.inbox.scripts import Argument, Scripts
from marketplacer_callback.typenames import is_typename

__all__ = ["accept", "mark_of", "misfit", "send_durably"]

CHUNK: Final = 128
"""Events a script call: about 2 ms of the server, in which it does nothing else."""

PAUSES_S: Final = (0.05, 0.15, 0.3, 0.5, 1.0)
"""Between the attempts on a lost connection: 2 s in all. The platform gives up on an answer after 30 s."""

WITHIN_S: Final = 10.0
"""An accept that takes longer is given up on; the platform's redelivery finds its events, if they were stored, as
duplicates.
"""

ID_MAX_BYTES: Final = 256
EVENT_ID_MAX_BYTES: Final = 256

_NAME: Final = re.compile(r"[a-z_]{1,32}\Z")
_BUCKETS: Final = 16_384
_WORDS: Final = frozenset(get_args(Word))

_log = logging.getLogger("marketplacer_callback.inbox")


async def accept(scripts: Scripts, events: Sequence[NewEvent], *, max_backlog: int, wait: Wait) -> list[Word]:
    """A word for each event, in order. Raises ``QueueUnavailable`` if nothing can be said of any of them."""
    words: list[Word] = ["failed"] * len(events)
    fitting = [place for place, event in enumerate(events) if not _is_misfit(event)]
    chunks = [fitting[start : start + CHUNK] for start in range(0, len(fitting), CHUNK)]
    failed = await _accept_chunks(scripts, events, chunks, words, max_backlog, wait)
    # A script that fails is one bad event: each of its neighbours gets a call of its own.
    alone = [[place] for chunk in failed for place in chunk]
    for place, error in (await _accept_chunks(scripts, events, alone, words, max_backlog, wait)).items():
        _log.error("inbox.event_failed", extra={"fields": {**_about(events[place[0]]), "error": str(error)}})
    return words


def misfit(event: NewEvent) -> str | None:
    """Why the inbox cannot hold this event, ``None`` if it can. The receiver quarantines such deliveries."""
    if not is_typename(event.typename):
        return "its type is not a GraphQL name"
    if not _NAME.match(event.name):
        return "its event name is not of a-z and _, at most 32"
    for what, value, most in (("object id", event.id, ID_MAX_BYTES), ("event id", event.event_id, EVENT_ID_MAX_BYTES)):
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            return f"its {what} is not text"
        if size > most:
            return f"its {what} has {size} bytes, more than {most}"
    return None if event.id else "its object id is empty"


@dataclass(frozen=True, slots=True)
class Mark:
    """What an identity is remembered as: 80 bits of its hash, in one of 16,384 small sets by other bits.

    A false duplicate is about 4e-11 likely over 10 million events.
    """

    digest: bytes
    bucket: int


def mark_of(identity: bytes, *, kind: bytes = b"") -> Mark:
    """``kind`` keeps apart what must never be taken for a duplicate of each other."""
    whole = hashlib.blake2b(identity, digest_size=12, person=kind).digest()
    return Mark(whole[:10], int.from_bytes(whole[10:]) % _BUCKETS)


async def send_durably(
    scripts: Scripts, commands: Sequence[tuple[Argument, ...]], wait: Wait
) -> list[Reply | ResponseError]:
    """The replies of script calls that are on disk, as ``wait`` asks for. Safe to repeat if the scripts are.

    Raises ``QueueUnavailable`` for a connection that stays lost, a server that refuses writes, or too few
    confirmations.
    """
    try:
        async with asyncio.timeout(WITHIN_S):
            for pause_s in (*PAUSES_S, None):
                try:
                    return await _send(scripts, commands, wait)
                except NoScriptError:
                    await scripts.load()
                except LOST as error:
                    if pause_s is None:
                        raise refused(error) from error
                    await asyncio.sleep(pause_s)
    except TimeoutError as error:
        raise QueueUnavailable(f"Redis: no answer within {WITHIN_S:.0f} s") from error
    raise QueueUnavailable("Redis: it forgets its scripts between two calls; is it restarting again and again?")


async def _accept_chunks(
    scripts: Scripts,
    events: Sequence[NewEvent],
    chunks: Sequence[Sequence[int]],
    words: list[Word],
    max_backlog: int,
    wait: Wait,
) -> dict[tuple[int, ...], ResponseError]:
    """Fills in the words of the chunks; answers the chunks whose script failed."""
    if not chunks:
        return {}
    commands = [scripts.command("accept", max_backlog, _packed(events[place] for place in chunk)) for chunk in chunks]
    failed = {}
    for chunk, reply in zip(chunks, await send_durably(scripts, commands, wait), strict=True):
        if isinstance(reply, ResponseError):
            failed[tuple(chunk)] = reply
            continue
        for place, word in zip(chunk, sequence(reply), strict=True):
            words[place] = _word(word)
    return failed


async def _send(scripts: Scripts, commands: Sequence[tuple[Argument, ...]], wait: Wait) -> list[Reply | ResponseError]:
    # One connection, and no MULTI: inside one WAITAOF does not wait.
    async with scripts.redis.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        if wait.command:
            pipe.execute_command(*wait.command)
        replies: list[Reply | ResponseError] = await pipe.execute(raise_on_error=False)
    for reply in replies:
        if isinstance(reply, NoScriptError):
            raise reply
        if isinstance(reply, ResponseError) and is_refusal(reply):
            raise refused(reply) from reply
    if not wait.command:
        return replies
    *answers, waited = replies
    if isinstance(waited, RedisError):
        raise refused(waited) from waited
    if not wait.is_met(waited):
        raise QueueUnavailable(
            f"Redis: a write was not confirmed as durable within {WAIT_MS / 1000:.0f} s; look at its disk and replicas"
        )
    return answers


def _packed(events: Iterable[NewEvent]) -> bytes:
    """All events as one argument: writing six arguments an event would cost more than all else here."""
    flat: list[str | bytes | int] = []
    for event in events:
        mark = mark_of(event.identity)
        flat += (mark.digest, mark.bucket, event.typename, event.id, event.name, event_tail(event))
    packed: bytes = msgpack.packb(flat, use_bin_type=False)  # Lua's reader knows no type of bytes
    return packed


def _is_misfit(event: NewEvent) -> bool:
    problem = misfit(event)
    if problem is not None:
        _log.error("inbox.event_misfit", extra={"fields": {"event_id": event.event_id[:64], "error": problem}})
    return problem is not None


def _about(event: NewEvent) -> dict[str, str]:
    return {"event_id": event.event_id, "typename": event.typename, "id": event.id}


def _word(reply: Reply) -> Word:
    word = text(reply)
    if word not in _WORDS:
        raise TypeError(f"the script accept answered {word!r}")
    return cast("Word", word)
