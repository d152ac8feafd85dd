"""Opening an inbox for one command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from marketplacer_callback.cli.given import Given

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox

__all__ = ["with_inbox", "with_inboxes"]

R = TypeVar("R")


def with_inbox(given: Given, do: Callable[[Inbox], Awaitable[R]]) -> R:
    """What ``do`` makes of the inbox of the instance that is meant. Raises ``QueueUnavailable`` if Redis is away."""
    instance = given.one_instance()

    async def one(inboxes: dict[str, Inbox]) -> R:
        return await do(inboxes[instance])

    return with_inboxes(given, one)


def with_inboxes(given: Given, do: Callable[[dict[str, Inbox]], Awaitable[R]]) -> R:
    """What ``do`` makes of the inboxes of ``--instance``, or of all instances."""
    from marketplacer_callback.wiring import opened_inboxes

    async def run() -> R:
        async with opened_inboxes(given.settings) as inboxes:
            return await do({name: inboxes[name] for name in given.instances()})

    return asyncio.run(run())
