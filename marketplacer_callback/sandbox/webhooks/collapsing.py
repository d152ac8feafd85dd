"""A burst of updates of one object, told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from marketplacer_callback.sandbox.data.store import Written
from marketplacer_callback.sandbox.webhooks.model import Finished, Webhook
from marketplacer_callback.sandbox.webhooks.payloads import Rendered
from marketplacer_callback.sandbox.webhooks.timers import Timers

__all__ = ["Collapsing", "Notice"]


@dataclass(slots=True, eq=False)
class Notice:
    """What a webhook is to tell of. ``finished`` are called when its event has ended."""

    webhook: Webhook
    written: Written
    rendered: Rendered
    finished: list[Finished]


class Collapsing:
    """Holds notices back for a while, one for each webhook and object.

    That a burst collapses into the last update is documented, not how: here the first write opens a window of
    ``choices.collapse_ms``, each later one takes its place, and a create that is followed by updates stays a create.
    A destroy ends the window: what was held is told first, then the destroy.
    """

    def __init__(self, timers: Timers, tell: Callable[[Notice], None]) -> None:
        self._timers = timers
        self._tell = tell
        self._held: dict[tuple[int, str], Notice] = {}

    def put(self, notice: Notice, window_ms: float) -> bool:
        """Take a notice; whether it went into one that was held already."""
        key = (notice.webhook.number, notice.written.id)
        held = self._held.get(key)
        if notice.written.event_name == "destroy":
            if held:
                self._end(key, held)
            self._tell(notice)
            return False
        if held is None:
            self._held[key] = notice
            self._timers.later(window_ms / 1000, self._end, key, notice)
            return False
        held.written = replace(notice.written, event_name=held.written.event_name)
        held.rendered = notice.rendered
        held.finished += notice.finished
        return True

    def _end(self, key: tuple[int, str], notice: Notice) -> None:
        if self._held.get(key) is notice:
            del self._held[key]
            self._tell(notice)
