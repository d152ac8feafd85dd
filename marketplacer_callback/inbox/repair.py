"""Mending what an error half-way in a script may have left: Lua does not roll back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from marketplacer_callback.inbox.replies import number, sequence
from marketplacer_callback.inbox.scripts import Scripts

__all__ = ["Repaired", "repair"]

PAGE: Final = 500
"""Keys a script call."""

_GLOB: Final = re.compile(r"([\\*?\[\]])")


@dataclass(frozen=True, slots=True)
class Repaired:
    """``put_back``: mailboxes that nothing would have run; ``removed``: entries without a mailbox; and the number
    of mailboxes as it was believed and as it is.
    """

    put_back: int
    removed: int
    live_before: int
    live: int


async def repair(scripts: Scripts) -> Repaired:
    """Safe while workers run. Reads the names of all keys of the server three times."""
    removed = 0
    async for gens in _names(scripts, "batch:"):
        removed += number(await scripts.call("repair_places", "batch", len(gens), *gens))
    async for lanes in _names(scripts, "later:"):
        for lane in lanes:
            removed += await _waiting(scripts, lane)
    put_back = 0
    async for boxes in _names(scripts, "box:"):
        parts = [part for box in boxes for part in box.split(":", 2)]
        put_back += number(await scripts.call("repair_boxes", len(boxes), *parts))
    before, live = sequence(await scripts.call("recount", f"{_literally(scripts.keys.prefix)}box:*"))
    return Repaired(put_back, removed, number(before), number(live))


async def _waiting(scripts: Scripts, lane: str) -> int:
    removed = 0
    members = [member async for member, _ in scripts.redis.zscan_iter(scripts.keys.later(lane), count=PAGE)]
    for first in range(0, len(members), PAGE):
        page = members[first : first + PAGE]
        removed += number(await scripts.call("repair_places", "later", lane, len(page), *page))
    return removed


async def _names(scripts: Scripts, kind: str) -> AsyncIterator[Sequence[str]]:
    """The keys of one kind without what they start with, a page at a time."""
    start = scripts.keys.prefix + kind
    page: list[str] = []
    async for key in _scan(scripts.redis, f"{_literally(start)}*"):
        page.append(key.decode().removeprefix(start))
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _scan(redis: Redis, pattern: str) -> AsyncIterator[bytes]:
    found: AsyncIterator[bytes] = redis.scan_iter(match=pattern, count=1000)
    return found


def _literally(text: str) -> str:
    return _GLOB.sub(r"\\\1", text)
