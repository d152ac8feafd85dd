"""Asking for objects to be handled as if a webhook had come for them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketplacer_callback.errors import ConfigurationError, QueueFull, QueueUnavailable
from marketplacer_callback.inbox import misfit
from marketplacer_callback.inbox.records import NewEvent
from marketplacer_callback.registering import register

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox
    from marketplacer_callback.routing import Table

__all__ = ["refresh"]


async def refresh(inbox: Inbox, table: Table, typename: str, ids: Sequence[str]) -> None:
    """One event named ``refresh`` for each id, durable when this returns.

    It goes to what the running fleet wants of the type. Only where no process says that it wants any, as on a fresh
    Redis, ``table`` says so first.

    Raises ``ConfigurationError`` if no handler or route wants the type, ``QueueFull`` if the backlog has no room for
    all.
    """
    if not any(want.typename == typename for want in await inbox.routes()):
        await register([inbox], table)
    words = await inbox.accept(_events(typename, ids))
    if "unwanted" in words:
        raise ConfigurationError(f"nothing handles {typename}: no handler and no route; `status` lists what is handled")
    if "failed" in words:
        raise QueueUnavailable(f"{words.count('failed')} of {len(ids)} could not be stored; Redis refused them")
    full = words.count("full")
    if full:
        raise QueueFull(f"{full} of {len(ids)} did not fit: the backlog is at redis.max_backlog; wait until it drains")


def _events(typename: str, ids: Sequence[str]) -> list[NewEvent]:
    events = [
        NewEvent(identity=token, typename=typename, id=one, name="refresh", event_id=f"refresh-{token.hex()}")
        for one, token in ((one, secrets.token_bytes(8)) for one in ids)
    ]
    misfits = [f"{event.id!r}: {misfit(event)}" for event in events if misfit(event)]
    if misfits:
        raise ConfigurationError(*misfits)
    return events
