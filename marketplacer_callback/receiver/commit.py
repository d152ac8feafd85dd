"""Group commit: the requests of one loop tick share one call of the inbox, and so one write to disk.

While the calls in flight are at their limit, newcomers gather for the next one. So the busier the receiver, the larger
the groups, and a request waits for at most one call besides its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox.records import NewEvent, Word

__all__ = ["Accepts", "GroupCommit"]

log = logging.getLogger("marketplacer_callback.receiver")

CALLS_IN_FLIGHT: Final = 2
"""One call's round trip and fsync overlaps with the gathering and sending of the next."""

EVENTS_IN_CALL: Final = 1024
"""Keeps one call's round trips (of 128 events each) well within the time that a request may wait."""


class Accepts(Protocol):
    async def accept(self, events: Sequence[NewEvent]) -> list[Word]: ...


_Waiting = tuple[NewEvent, "asyncio.Future[Word | QueueUnavailable]"]


class GroupCommit:
    """Accepts the events of many requests in few calls. Used from one event loop."""

    def __init__(self, inbox: Accepts, *, calls_in_flight: int = CALLS_IN_FLIGHT) -> None:
        self._inbox = inbox
        self._limit = calls_in_flight
        self._waiting: list[_Waiting] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._armed = False
        self._closed = False

    async def accept(self, event: NewEvent) -> Word:
        """This event's own word, once it is as durable as the inbox promises. Raises ``QueueUnavailable``.

        Cancelling the wait leaves the others alone, and the event may still be accepted.
        """
        if self._closed:
            raise QueueUnavailable("the receiver is stopping")
        outcome: asyncio.Future[Word | QueueUnavailable] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, outcome))
        self._arm()
        word = await outcome
        if isinstance(word, QueueUnavailable):
            raise QueueUnavailable(str(word)) from word
        return word

    async def close(self) -> None:
        """Takes nothing more, and returns when every event it took has its word."""
        self._closed = True
        while self._armed or self._calls:
            await asyncio.wait(self._calls) if self._calls else await asyncio.sleep(0)

    def _arm(self) -> None:
        """The call starts at the next tick, when all that this tick brings has been added."""
        if self._waiting and not self._armed and len(self._calls) < self._limit:
            self._armed = True
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        self._armed = False
        group, self._waiting = self._waiting[:EVENTS_IN_CALL], self._waiting[EVENTS_IN_CALL:]
        group = [waiting for waiting in group if not waiting[1].done()]
        if group:
            call = asyncio.create_task(self._call(group))
            self._calls.add(call)
            call.add_done_callback(self._ended)
        self._arm()

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._arm()

    async def _call(self, group: list[_Waiting]) -> None:
        words: Sequence[Word | QueueUnavailable] = [QueueUnavailable("the call was broken off")] * len(group)
        try:
            words = await self._inbox.accept([event for event, _ in group])
        except QueueUnavailable as error:
            words = [error] * len(group)
        except Exception:
            log.exception("receiver.accept_failed", extra={"fields": {"events": len(group)}})
        finally:
            for (_, outcome), word in zip(group, words, strict=True):
                if not outcome.done():
                    outcome.set_result(word)
