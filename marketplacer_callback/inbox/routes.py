"""Who wants what: the table in Redis by which the accept chooses lanes. Workers and receivers with the code keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from redis.asyncio import Redis

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.records import Want
from marketplacer_callback.inbox.replies import decoded
from marketplacer_callback.inbox.scripts import Scripts
from marketplacer_callback.typenames import is_typename

__all__ = ["read_routes", "register"]

_WORD: Final = re.compile(r"[A-Za-z0-9_.-]+\Z")
_EVENT_NAME: Final = re.compile(r"(?:[a-z_]{1,32}|\*)\Z")
_ROUTE: Final = re.compile(r"([^ /]+)/([^ =]+)=([^ ]+)")


async def register(scripts: Scripts, wants: Sequence[Want], *, keep_dead_ms: int) -> None:
    entries = [f"{want.typename} {want.lane} {want.handler} {name}" for want in wants for name in _checked(want).names]
    await scripts.call("register", keep_dead_ms, len(entries), *entries)


async def read_routes(redis: Redis, keys: Keys) -> tuple[Want, ...]:
    """The table as it is now, sorted."""
    table = decoded(await redis.hgetall(keys.routes))  # type: ignore[misc]
    return tuple(want for typename in sorted(table) for want in _wants(typename, table[typename]))


def _wants(typename: str, routes: str) -> Iterable[Want]:
    for lane, handler, names in _ROUTE.findall(routes):
        yield Want(typename, lane, handler, tuple(names.split(",")))


def _checked(want: Want) -> Want:
    """The names become parts of keys and of lines of words. Raises ``ConfigurationError``."""
    fits = (
        is_typename(want.typename)
        and _WORD.match(want.lane)
        and _WORD.match(want.handler)
        and want.names
        and all(_EVENT_NAME.match(name) for name in want.names)
    )
    if not fits:
        raise ConfigurationError(
            f"handler {want.handler!r} of {want.typename!r} in lane {want.lane!r}: "
            "handler and lane names are of letters, digits, '_', '.' and '-'; event names of a-z and '_'"
        )
    return want
