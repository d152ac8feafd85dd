"""Telling the inbox, again and again, what this code wants: an entry leaves with the last process that knows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.routing import Table

__all__ = ["keep_registered", "register"]

logger = logging.getLogger("marketplacer_callback.inbox")

_EVERY_S: Final = 60.0
_AGAIN_S: Final = 1.0


async def register(inboxes: Iterable[Inbox], table: Table) -> None:
    """Say once what all handlers want. Code without any handler says nothing: a receiver may run without it."""
    if table:
        for inbox in inboxes:
            await inbox.register(table.wants())


async def keep_registered(inboxes: Iterable[Inbox], table: Table) -> None:
    """Register every minute, and a second after a failure, until cancelled."""
    wait = _EVERY_S
    while True:
        await asyncio.sleep(wait)
        try:
            await register(inboxes, table)
            wait = _EVERY_S
        except QueueUnavailable as error:
            logger.warning("register.failed", extra={"fields": {"error": str(error)}})
            wait = _AGAIN_S
