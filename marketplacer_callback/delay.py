"""Seconds from now, as integrators give them."""

from __future__ import annotations

import math
from numbers import Real

__all__ = ["checked_delay"]


def checked_delay(after: object) -> float | None:
    """``after`` in seconds, or ``None``. Raises ``TypeError`` for what is no number, ``ValueError`` for what is no
    delay.
    """
    if after is None:
        return None
    if isinstance(after, bool) or not isinstance(after, Real):
        raise TypeError(f"after is a {type(after).__name__}; give seconds from now, such as 60 or 0.5")
    seconds = float(after)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"after is {seconds}; give seconds from now, 0 or more")
    return seconds
