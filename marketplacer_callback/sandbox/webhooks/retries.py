"""When a delivery is tried again, and when the platform gives up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

__all__ = ["RECORD_KEPT_S", "Retries", "platform_gap_s"]

SHORTEST_GAP_S: Final = 60
LONGEST_GAP_S: Final = 4 * 86_400
EVENT_LASTS_S: Final = 30 * 86_400
"""Documented: everything ends 30 days after the event, whatever the number of retries."""
RECORD_KEPT_S: Final = 3 * 86_400
"""Documented: records of events are kept for 3 days."""


def platform_gap_s(attempt: int) -> int:
    """Seconds on the platform from the failure of try ``attempt`` (from 1) to the next.

    That gaps grow exponentially from a minute is documented; ``attempt ** 4``, and four days at most, is reported.
    """
    return min(max(attempt**4, SHORTEST_GAP_S), LONGEST_GAP_S)


@dataclass(frozen=True, slots=True)
class Retries:
    """The platform's times, ``time_scale`` times as fast: 3600 makes an hour a second.

    ``timeout_s`` is how long a receiver may take to answer, and is not scaled: documented as 30 s.
    """

    time_scale: float = 300.0
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if not (self.time_scale > 0 and self.timeout_s > 0):
            raise ValueError("time_scale and timeout_s must be more than 0")

    def scaled(self, seconds: float) -> float:
        """Seconds here for seconds of the platform."""
        return seconds / self.time_scale

    def is_over(self, created_at: float) -> bool:
        """Whether an event of that time is too old to be sent."""
        return time.time() > created_at + self.scaled(EVENT_LASTS_S)

    def next_try_at(self, *, attempt: int, retries: int, created_at: float, failed_at: float) -> float | None:
        """When the try after ``attempt`` is due, in seconds since 1970; ``None``: never again.

        ``retries`` is the webhook's ``maxRetries``; the event came about at ``created_at``.
        """
        if attempt > retries:
            return None
        at = failed_at + self.scaled(platform_gap_s(attempt))
        return at if at <= created_at + self.scaled(EVENT_LASTS_S) else None
