"""What settings write as text and programs want as values: durations, sizes, addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final, NamedTuple

__all__ = ["Address", "address", "duration", "size"]

_MICROSECONDS: Final = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_BYTES: Final = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_LONGEST: Final = timedelta(days=36_500)
_LONGEST_MICROSECONDS: Final = 36_500 * 86_400_000_000
_LARGEST: Final = 1024**4
_NUMBER: Final = r"(\d{1,15}(?:\.\d{1,6})?)"
_DURATION: Final = re.compile(_NUMBER + r"(ms|s|m|h|d)", re.ASCII)
_SIZE: Final = re.compile(_NUMBER + r"(B|kB|MB|GB|KiB|MiB|GiB)", re.ASCII)
_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})", re.ASCII)


class Address(NamedTuple):
    """Where to listen. ``host`` has no brackets, and is empty for every interface; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def duration(value: object) -> timedelta:
    """``"250ms"``, ``"3s"``, ``"10m"``, ``"1h"``, ``"400d"``, or a timedelta; at least zero. Raises ``ValueError``."""
    if isinstance(value, timedelta):
        length = value
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        microseconds = int(Decimal(match[1]) * _MICROSECONDS[match[2]])
        length = (
            timedelta(microseconds=microseconds)
            if microseconds <= _LONGEST / timedelta(microseconds=1)
            else timedelta.max
        )
    else:
        raise ValueError('expected a duration with its unit: "250ms", "3s", "10m", "1h" or "400d"')
    if not timedelta(0) <= length <= _LONGEST:
        raise ValueError('expected a duration between "0s" and "36500d"')
    return length


def size(value: object) -> int:
    """Bytes of ``"10MiB"`` (1024), ``"10MB"`` (1000) or a whole number. Raises ``ValueError``; at least one byte."""
    if isinstance(value, int) and not isinstance(value, bool):
        count = value
    elif isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        count = int(Decimal(match[1]) * _BYTES[match[2]])
    else:
        raise ValueError('expected a size with its unit, such as "10MiB" or "500kB", or a whole number of bytes')
    if not 1 <= count <= _LARGEST:
        raise ValueError('expected a size between "1B" and "1024GiB"')
    return count


def address(value: object) -> Address:
    """``"0.0.0.0:8080"``, ``"[::]:8080"`` or ``":8080"`` (every interface). Raises ``ValueError``."""
    if isinstance(value, Address):
        return value
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 65_535:
        raise ValueError('expected host:port, such as "0.0.0.0:8080" or "[::]:8080"')
    return Address(match[1].strip("[]"), int(match[2]))
