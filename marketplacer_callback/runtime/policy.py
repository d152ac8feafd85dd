"""The numbers of the worker, and when a failing change is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "LEASE_MS",
    "LEAST_RETRY_MS",
    "MAX_AGE_MS",
    "MAX_CRASHES",
    "OUTAGE_AFTER",
    "LanePolicy",
    "SecondLook",
    "backoff_ms",
    "pause_ms",
]

LEASE_MS: Final = 15_000
"""How long a claimed batch is ours without a renewal: a worker that died is taken over after this."""
MAX_CRASHES: Final = 4
"""A ref whose worker died this often while holding it is a dead letter instead of another crash."""
MAX_AGE_MS: Final = 30 * 24 * 3600 * 1000
"""The platform itself stops retrying after 30 days; a mailbox that is older is not retried either."""
LEAST_RETRY_MS: Final = 1_000
"""A handler that asks for a retry at once gets one in a second: each costs a read of the platform."""
OUTAGE_AFTER: Final = 3
"""Requests in a row that must fail before the API counts as down."""

_FIRST_MS: Final = 5_000
_LONGEST_MS: Final = 3_600_000

SecondLook = Literal["doubtful", "always", "never"]


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """How the worker treats the changes of one lane."""

    lane: str
    attempts: int
    handler_timeout_s: float
    settle_ms: int
    second_look: SecondLook


def backoff_ms(failures: int, *, chance: Callable[[], float] = random.random) -> int:
    """Wait after the ``failures``-th counted failure (0 = none before): 5 s doubling to 1 h, 20 % either way.

    The spread keeps objects that failed together from coming back together.
    """
    natural = min(_FIRST_MS * 2 ** min(failures, 20), _LONGEST_MS)
    return int(natural * (0.8 + 0.4 * chance()))


def pause_ms(outages: int) -> int:
    """How long an instance rests after its API was found down ``outages`` times in a row: 1 s doubling to 60 s."""
    return int(min(1000 * 2 ** min(outages, 10), 60_000))
