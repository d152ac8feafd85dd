"""Dates as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

__all__ = ["EPOCH_MS", "iso"]

EPOCH_MS: Final = 1_704_067_200_000
"""Seeded objects are dated from here on: the same seed gives the same dates."""


def iso(ms: int) -> str:
    """Milliseconds since 1970 as an ISO 8601 date-time in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
