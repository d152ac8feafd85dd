"""The events that the platform can still show: those that wait, and those of the last three days."""

from __future__ import annotations

import time
from collections import OrderedDict

from marketplacer_callback.sandbox.webhooks.model import Event, Webhook

__all__ = ["Records"]


class Records:
    """Events in the order of their last change. Ended ones go after ``kept_s``, or when there are ``most`` of them.

    Three days are documented; the number is the sandbox's own, so that its memory stays bounded.
    """

    def __init__(self, kept_s: float, most: int = 50_000) -> None:
        self._kept_s = kept_s
        self._most = most
        self._waiting: dict[int, Event] = {}
        self._ended: OrderedDict[int, Event] = OrderedDict()  # unlike a dict's, its first entry is found at once

    def note(self, event: Event) -> None:
        """Take in an event, or that it has changed."""
        event.updated_at = time.time()
        self._waiting.pop(event.number, None)
        if event.processed_at is None:
            self._waiting[event.number] = event
            return
        self._ended[event.number] = event
        self._expire()

    def forget(self, event: Event) -> None:
        """Let go of an event."""
        self._waiting.pop(event.number, None)
        self._ended.pop(event.number, None)

    def waits(self, number: int) -> bool:
        """Whether the event with that number is neither delivered nor given up on."""
        return number in self._waiting

    def get(self, number: int) -> Event | None:
        """The event with that number, while it is kept."""
        self._expire()
        return self._waiting.get(number) or self._ended.get(number)

    def all(self, webhook: Webhook | None = None) -> list[Event]:
        """The events, of one webhook if given, those first that have been unchanged the longest."""
        self._expire()
        events = [*self._ended.values(), *self._waiting.values()]
        if webhook is not None:
            events = [event for event in events if event.webhook is webhook]
        return sorted(events, key=lambda event: (event.updated_at, event.number))

    def newest(self, limit: int) -> list[Event]:
        """The events that changed last, the latest of them first."""
        return self.all()[::-1][: max(limit, 0)]

    def _expire(self) -> None:
        oldest = time.time() - self._kept_s
        while self._ended:
            number = next(iter(self._ended))
            if len(self._ended) <= self._most and self._ended[number].updated_at >= oldest:
                return
            del self._ended[number]
