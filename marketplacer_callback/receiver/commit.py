"""Group commit: the requests of one loop tick share one call of the inbox, and so one write to disk.

While the calls in flight are at their limit, newcomers gather for the next one. So the busier the receiver, the larger
the groups, and a request waits for at most one call besides its own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.grouped import Grouped
from marketplacer_callback.inbox.records import NewEvent, Word

__all__ = ["Accepts", "GroupCommit"]

log = logging.getLogger("marketplacer_callback.receiver")

CALLS_IN_FLIGHT: Final = 2
"""One call's round trip and fsync overlaps with the gathering and sending of the next."""

EVENTS_IN_CALL: Final = 1024
"""Keeps one call's round trips (of 128 events each) well within the time that a request may wait."""


class Accepts(Protocol):
    async def accept(self, events: Sequence[NewEvent]) -> list[Word]: ...


class GroupCommit:
    """Accepts the events of many requests in few calls. Used from one event loop."""

    def __init__(self, inbox: Accepts, *, calls_in_flight: int = CALLS_IN_FLIGHT) -> None:
        self._inbox = inbox
        self._grouped = Grouped(self._accept, flights=calls_in_flight, size=EVENTS_IN_CALL)
        self._closed = False

    async def accept(self, event: NewEvent) -> Word:
        """This event's own word, once it is as durable as the inbox promises. Raises ``QueueUnavailable``.

        Cancelling the wait leaves the others alone, and the event may still be accepted.
        """
        if self._closed:
            raise QueueUnavailable("the receiver is stopping")
        word = await self._grouped.add(event)
        if isinstance(word, QueueUnavailable):
            raise QueueUnavailable(str(word)) from word
        return word

    async def close(self) -> None:
        """Takes nothing more, and returns when every event it took has its word."""
        self._closed = True
        await self._grouped.idle()

    async def _accept(self, events: Sequence[NewEvent]) -> Sequence[Word | QueueUnavailable]:
        try:
            return await self._inbox.accept(events)
        except QueueUnavailable as error:
            return [error] * len(events)
        except Exception:
            log.exception("receiver.accept_failed", extra={"fields": {"events": len(events)}})
            return [QueueUnavailable("the call was broken off")] * len(events)
