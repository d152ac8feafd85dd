"""What a worker does with mailboxes: take jobs, claim, renew, finish, tend, listen to the doorbell, pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgpack
from redis.asyncio import Redis

from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.mailbox import mailbox_of
from marketplacer_callback.inbox.records import Busy, Claimed, Gone, Mailbox, MailboxVerdict, Started, Tended
from marketplacer_callback.inbox.replies import Reply, fields, number, optional_number, sequence, text
from marketplacer_callback.inbox.scripts import Scripts, execute

__all__ = ["claim", "finish", "hear_bell", "pause", "paused_ms", "renew", "start", "tend"]

FLOOR_MS: Final = 5_000
"""A failing object runs at most once in so long, however many events arrive for it."""

CRASHES_TO_SPLIT: Final = 2
"""From so many crashes on, a mailbox is alone in its batch: its neighbours get through."""

GRACE_MS: Final = 30_000
"""Twice the lease: a batch without a sign of life for so long is looked at."""

TEND_AT_A_TIME: Final = 100
"""The most mailboxes and batches that one tend touches: about a millisecond in which the server does nothing else."""

BELL_MAX_S: Final = 5.0
"""Well under the client's socket time-out."""


async def start(scripts: Scripts, lane: str, free: int, gens: Sequence[str], lease_ms: int) -> Started:
    reply = sequence(await scripts.call("start", lane, free, lease_ms, len(gens), *gens))
    taken, left, next_due_ms, pause_ms = reply
    flat = sequence(taken)
    jobs = tuple((text(gen), number(score)) for gen, score in zip(flat[::2], flat[1::2], strict=True))
    return Started(jobs, number(left) == 1, optional_number(next_due_ms), number(pause_ms))


async def claim(scripts: Scripts, gen: str, token: str, lease_ms: int) -> Claimed | Busy | Gone:
    word, *rest = sequence(await scripts.call("claim", gen, token, lease_ms, CRASHES_TO_SPLIT))
    if word == b"gone":
        return Gone()
    if word == b"busy":
        return Busy(number(rest[0]))
    lane, typename, *claimed = rest
    return Claimed(text(lane), text(typename), tuple(_mailbox(entry) for entry in claimed))


async def renew(scripts: Scripts, gen: str, token: str, lease_ms: int) -> bool:
    return number(await scripts.call("renew", gen, token, lease_ms)) == 1


async def finish(
    scripts: Scripts,
    gen: str,
    token: str,
    verdicts: Sequence[MailboxVerdict],
    *,
    cooldown_ms: Mapping[str, int],
    keep_digests_ms: int,
    dead_max: int,
) -> list[str] | None:
    reply = await scripts.call(
        "finish",
        gen,
        token,
        FLOOR_MS,
        dead_max,
        keep_digests_ms,
        msgpack.packb(dict(cooldown_ms)),
        msgpack.packb([_written(verdict) for verdict in verdicts]),
    )
    words = [text(word) for word in sequence(reply)]
    return None if words == ["fenced"] else words


async def tend(scripts: Scripts, lane: str) -> Tended:
    promoted, mended, next_due_ms = sequence(await scripts.call("tend", lane, GRACE_MS, TEND_AT_A_TIME))
    return Tended(number(promoted), number(mended), optional_number(next_due_ms))


async def hear_bell(redis: Redis, keys: Keys, lane: str, timeout_s: float) -> bool:
    rung = await execute(redis, "BLPOP", keys.bell(lane), str(min(timeout_s, BELL_MAX_S)))
    return rung is not None


async def pause(redis: Redis, keys: Keys, ms: int) -> None:
    if ms <= 0:
        await redis.delete(keys.pause)
        return
    # Several workers may find the API down at the same time: the longest pause counts.
    async with redis.pipeline(transaction=True) as pipe:
        pipe.set(keys.pause, 1, px=ms, nx=True)
        pipe.pexpire(keys.pause, ms, gt=True)
        await pipe.execute()


async def paused_ms(redis: Redis, keys: Keys) -> int:
    return max(0, number(await redis.pttl(keys.pause)))


def _mailbox(entry: Reply) -> Mailbox:
    id, box, remembered = sequence(entry)
    return mailbox_of(text(id), fields(box), fields(remembered))


def _written(verdict: MailboxVerdict) -> dict[str, object]:
    return {
        "id": verdict.id,
        "upto": verdict.upto,
        "release": verdict.release,
        "results": [
            {
                "handler": result.handler,
                "verb": result.verb,
                "after": result.after_ms,
                "counted": result.counted,
                # An exception's text may hold half a character, which msgpack refuses; Lua's refuses bytes.
                "reason": result.reason.encode("utf-8", "replace").decode(),
                "digest": result.digest,
                "skipped": result.skipped,
            }
            for result in verdict.results
        ],
    }
