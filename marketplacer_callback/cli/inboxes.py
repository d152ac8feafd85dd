"""Opening inboxes for one command, which would rather fail at once than wait for Redis to come back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from marketplacer_callback.cli.given import Given
from marketplacer_callback.errors import QueueUnavailable

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox
    from marketplacer_callback.settings import Settings

__all__ = ["opened_at_once", "reach", "with_inbox", "with_inboxes"]

R = TypeVar("R")

_PATIENCE_S: Final = 5.0


def with_inbox(given: Given, do: Callable[[Inbox], Awaitable[R]]) -> R:
    """What ``do`` makes of the inbox of the instance that is meant. Raises ``QueueUnavailable`` if Redis is away."""
    instance = given.one_instance()

    async def one(inboxes: dict[str, Inbox]) -> R:
        return await do(inboxes[instance])

    return with_inboxes(given, one)


def with_inboxes(given: Given, do: Callable[[dict[str, Inbox]], Awaitable[R]]) -> R:
    """What ``do`` makes of the inboxes of ``--instance``, or of all instances."""

    async def run() -> R:
        async with opened_at_once(given.settings) as inboxes:
            return await do({name: inboxes[name] for name in given.instances()})

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def opened_at_once(settings: Settings) -> AsyncIterator[dict[str, Inbox]]:
    """The inboxes of all instances. Raises ``QueueUnavailable`` without the patience that a service has."""
    from marketplacer_callback.wiring import opened_inboxes

    async with opened_inboxes(settings) as inboxes:
        await reach(settings)
        yield inboxes


async def reach(settings: Settings) -> None:
    """Raises ``QueueUnavailable`` if Redis does not answer on the first try."""
    from redis.exceptions import RedisError

    from marketplacer_callback.inbox import connect

    url = settings.redis.url.get_secret_value() if settings.redis.url is not None else ""
    redis = connect(url, connect_timeout_s=_PATIENCE_S, answer_timeout_s=_PATIENCE_S, patient=False)
    at = redis.connection_pool.connection_kwargs
    place = at.get("path") or f"{at.get('host', 'localhost')}:{at.get('port', 6379)}"
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise QueueUnavailable(f"Redis at {place}: {error}") from error
    finally:
        await redis.aclose()
