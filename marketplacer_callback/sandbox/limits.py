"""The documented rate limits: how many requests within a sliding window, by address, by key and in all."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["DOCUMENTED", "RateLimits", "Traffic"]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How many requests may come within ``window_s`` seconds: from one source address, with one key, and with all keys
    of the operator.

    The three are independent of each other (documented, with these numbers). ``ValueError`` for a limit below 1.
    """

    per_ip: int = 600
    per_key: int = 750
    per_operator: int = 1200
    window_s: float = 10.0

    def __post_init__(self) -> None:
        if min(self.per_ip, self.per_key, self.per_operator) < 1 or self.window_s <= 0:
            raise ValueError("a rate limit is at least 1, and its window longer than 0 s")


DOCUMENTED: Final = RateLimits()


@dataclass(slots=True)
class _Window:
    what: str
    limit: int
    times: deque[float] = field(default_factory=deque)


class Traffic:
    """Counts requests against the limits; with ``None`` nothing is limited.

    That the window slides, and that a refused request does not count, are guesses. ``clock`` is in seconds.
    """

    def __init__(self, limits: RateLimits | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.refused = 0
        self._clock = clock
        self._ips: dict[str, _Window] = {}
        self._keys: dict[str, _Window] = {}
        self._operator = _Window("all API keys together", limits.per_operator if limits else 0)

    def admit(self, ip: str, key: str | None) -> tuple[str, int] | None:
        """Count a request, or refuse it: why, and after how many whole seconds there is room again.

        ``key`` stands for the API key in ``counts``, so it must not be the secret; ``None``: the request had no valid
        one, and only its address counts.
        """
        if self.limits is None:
            return None
        now = self._clock()
        windows = [self._ips.setdefault(ip, _Window("one IP address", self.limits.per_ip))]
        if key is not None:
            windows += [self._keys.setdefault(key, _Window("one API key", self.limits.per_key)), self._operator]
        for window in windows:
            self._slide(window, now)
        full = [window for window in windows if len(window.times) >= window.limit]
        if not full:
            for window in windows:
                window.times.append(now)
            return None
        self.refused += 1
        wait = max(window.times[0] for window in full) + self.limits.window_s - now
        first = full[0]
        why = f"Rate limit exceeded: more than {first.limit} requests in {self.limits.window_s:g} s from {first.what}"
        return why, max(1, math.ceil(wait))

    def counts(self) -> dict[str, object] | None:
        """The requests within the window, and those refused since the start, as JSON; ``None`` without limits."""
        if self.limits is None:
            return None
        now = self._clock()
        for window in (*self._ips.values(), *self._keys.values(), self._operator):
            self._slide(window, now)
        return {
            "per_ip": {ip: len(window.times) for ip, window in self._ips.items()},
            "per_key": {key: len(window.times) for key, window in self._keys.items()},
            "per_operator": len(self._operator.times),
            "refused": self.refused,
        }

    def _slide(self, window: _Window, now: float) -> None:
        assert self.limits is not None  # noqa: S101 - asked by its callers
        while window.times and window.times[0] <= now - self.limits.window_s:
            window.times.popleft()
