"""Erasure: everything that is held of one object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

import msgpack
from redis.asyncio import Redis

from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.quarantine import drop_quarantined
from marketplacer_callback.inbox.routes import read_routes
from marketplacer_callback.inbox.scripts import Scripts

__all__ = ["Forgotten", "forget"]

_CHUNK: Final = 20
"""Quarantined bodies read at once; each may have 10 MiB."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What there was: ``mailboxes``, of which ``running`` were in a handler's hands, ``dead_letters``, whether
    handlers' digests were ``remembered``, and how many quarantined bodies named the object.
    """

    mailboxes: int
    running: int
    dead_letters: int
    remembered: bool
    quarantined: int

    def __bool__(self) -> bool:
        return bool(self.mailboxes or self.dead_letters or self.remembered or self.quarantined)


async def forget(scripts: Scripts, keys: Keys, typename: str, id: str, *, lanes: Iterable[str]) -> Forgotten:
    wants = await read_routes(scripts.redis, keys)
    all_lanes = sorted({*lanes, *(want.lane for want in wants)})
    reply = await scripts.call("forget", typename, id, msgpack.packb(all_lanes))
    boxes, running, letters, remembered = cast("list[int]", reply)
    return Forgotten(boxes, running, letters, bool(remembered), await _forget_bodies(scripts, keys, id))


async def _forget_bodies(scripts: Scripts, keys: Keys, id: str) -> int:
    digests = [digest.decode() for digest in await scripts.redis.zrange(keys.bad_index, 0, -1)]
    dropped = 0
    for start in range(0, len(digests), _CHUNK):
        chunk = digests[start : start + _CHUNK]
        for digest, body in zip(chunk, await _bodies(scripts.redis, keys, chunk), strict=True):
            if body is not None and id.encode() in body:
                dropped += await drop_quarantined(scripts, digest)
    return dropped


async def _bodies(redis: Redis, keys: Keys, digests: list[str]) -> list[bytes | None]:
    async with redis.pipeline(transaction=False) as pipe:
        for digest in digests:
            pipe.hget(keys.bad(digest), "body")
        return await pipe.execute()
