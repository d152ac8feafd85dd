"""Bodies that were signed but could not be understood: kept raw, with the reason, for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox.accept import mark_of, send_durably
from marketplacer_callback.inbox.durability import Wait
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.replies import number
from marketplacer_callback.inbox.scripts import Scripts

__all__ = ["Quarantined", "drop_quarantined", "quarantine", "quarantined", "quarantined_body"]

QUARANTINE_MAX_BYTES: Final = 256 * 2**20
"""All bodies together. Over it the receiver answers 503, so that the platform keeps them."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A quarantined body, without it. ``bytes`` is its size with headers and reason; ``digest`` asks for it."""

    digest: str
    at_ms: int
    reason: str
    headers: Mapping[str, str]
    bytes: int


async def quarantine(
    scripts: Scripts,
    body: bytes,
    reason: str,
    *,
    headers: Mapping[str, str],
    remember: bytes | None,
    wait: Wait,
    max_bytes: int = QUARANTINE_MAX_BYTES,
) -> bool:
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    # Never the mark of an event: a good redelivery of the same event must not count as a duplicate of this.
    mark = mark_of(remember, kind=b"quarantine") if remember is not None else None
    command = scripts.command(
        "quarantine",
        digest,
        max_bytes,
        mark.bucket if mark else "",
        mark.digest if mark else b"",
        reason,
        json.dumps(dict(headers)),
        body,
    )
    (reply,) = await send_durably(scripts, [command], wait)
    if isinstance(reply, Exception):
        raise QueueUnavailable(f"Redis: a body could not be quarantined: {reply}") from reply
    return number(reply) == 1


async def quarantined(redis: Redis, keys: Keys, limit: int) -> list[Quarantined]:
    """The newest first. Two round trips."""
    digests = [digest.decode() for digest in await redis.zrevrange(keys.bad_index, 0, limit - 1)]
    async with redis.pipeline(transaction=False) as pipe:
        for digest in digests:
            pipe.hmget(keys.bad(digest), ["at", "reason", "headers", "bytes"])
        rows = await pipe.execute()
    return [
        Quarantined(digest, number(at), reason.decode(), json.loads(headers), number(size))
        for digest, (at, reason, headers, size) in zip(digests, rows, strict=True)
        if at is not None
    ]


async def quarantined_body(redis: Redis, keys: Keys, digest: str) -> bytes | None:
    body: bytes | None = await redis.hget(keys.bad(digest), "body")  # type: ignore[misc]
    return body


async def drop_quarantined(scripts: Scripts, digest: str) -> bool:
    return number(await scripts.call("drop", "bad", digest)) == 1
