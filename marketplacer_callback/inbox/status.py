"""The state of the whole inbox, for people and for metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from marketplacer_callback.inbox.durability import UNPROMISED, Durability
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.records import Want
from marketplacer_callback.inbox.replies import decoded
from marketplacer_callback.inbox.routes import read_routes
from marketplacer_callback.inbox.scripts import Scripts

__all__ = ["LaneStatus", "Status", "status"]

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """How many mailboxes are queued, running or waiting; ``oldest_ms``: the age of the oldest batch in the queue,
    running or not, ``None`` if it is empty.
    """

    queued: int
    running: int
    later: int
    oldest_ms: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """``live`` mailboxes; ``counts``: events since the inbox began, by word (``new``, ``dup``, …) and what else was
    counted.

    ``unpromised`` says what an accepted event does not survive in this ``durability``, ``None`` if it survives all.
    """

    live: int
    counts: Mapping[str, int]
    lanes: Mapping[str, LaneStatus]
    dead: int
    quarantined: int
    quarantined_bytes: int
    routes: tuple[Want, ...]
    paused_ms: int
    durability: Durability
    unpromised: str | None


async def status(scripts: Scripts, durability: Durability, *, lanes: Iterable[str]) -> Status:
    redis, keys = scripts.redis, scripts.keys
    routes = await read_routes(redis, keys)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.stats)
        pipe.zcard(keys.dead_index)
        pipe.zcard(keys.bad_index)
        pipe.pttl(keys.pause)
        stats, dead, bad, pause_ms = await pipe.execute()
    counts = {name: int(value) for name, value in decoded(stats).items()}
    live, bad_bytes = counts.pop("live", 0), counts.pop("bad_bytes", 0)
    return Status(
        live=live,
        counts=counts,
        lanes=await _lanes(scripts, sorted({*lanes, *(want.lane for want in routes)})),
        dead=dead,
        quarantined=bad,
        quarantined_bytes=bad_bytes,
        routes=routes,
        paused_ms=max(0, pause_ms),
        durability=durability,
        unpromised=UNPROMISED[durability],
    )


async def _lanes(scripts: Scripts, lanes: Iterable[str]) -> dict[str, LaneStatus]:
    redis, keys = scripts.redis, scripts.keys
    queued, running = await _in_batches(redis, keys)
    now = await scripts.now_ms()
    found = {}
    for lane in lanes:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.zcard(keys.later(lane))
            pipe.zrange(keys.queue(lane), 0, 0, withscores=True)
            later, oldest = await pipe.execute()
        oldest_ms = max(0, now - int(oldest[0][1])) if oldest else None
        found[lane] = LaneStatus(queued.get(lane, 0), running.get(lane, 0), later, oldest_ms)
    return found


async def _in_batches(redis: Redis, keys: Keys) -> tuple[dict[str, int], dict[str, int]]:
    """How many mailboxes are in batches that nobody has, and in those that somebody has; by lane."""
    queued: dict[str, int] = {}
    running: dict[str, int] = {}
    gens = [gen.decode() for gen in await redis.zrange(keys.batches, 0, -1)]
    for first in range(0, len(gens), PAGE):
        async with redis.pipeline(transaction=False) as pipe:
            for gen in gens[first : first + PAGE]:
                pipe.hmget(keys.meta(gen), ["lane", "owner"])
                pipe.scard(keys.batch(gen))
            replies = await pipe.execute()
        for (lane, owner), size in zip(replies[::2], replies[1::2], strict=True):
            if lane is not None:
                counted = queued if owner is None else running
                counted[lane.decode()] = counted.get(lane.decode(), 0) + size
    return queued, running
