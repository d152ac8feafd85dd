"""The parts of a fault: which there are, and which values they take."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

__all__ = ["Misfit", "checked", "known_parts"]


class Misfit(ValueError):
    """``part`` is at fault, ``what`` says how; never with the value."""

    def __init__(self, part: str, what: str) -> None:
        super().__init__(f"{part}: {what}")
        self.part = part
        self.what = what


def known_parts(values: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The parts of a fault as JSON or TOML has them, lists of ids as sets. ``Misfit`` names the one that there is
    not.
    """
    parts = dict(values)
    for name, value in values.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
            raise Misfit(name, f"not a part of a fault; {hint}")
        if name in IDS:
            if not isinstance(value, list | tuple | set | frozenset):
                raise Misfit(name, "expected a list of ids")
            parts[name] = frozenset(value)
    return parts


def checked(parts: Mapping[str, Any]) -> None:
    """``Misfit`` for the first part whose value it cannot have."""
    for name, value in parts.items():
        expected, fits = EXPECTED[name]
        if not fits(value):
            raise Misfit(name, f"expected {expected}")


def _whole(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _none_or(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _ids(value: Any) -> bool:
    return isinstance(value, frozenset) and all(isinstance(id_, str) for id_ in value)


Expected = tuple[str, Callable[[Any], bool]]
MILLISECONDS: Final[Expected] = ("milliseconds, from 0", _number)
A_LIST: Final[Expected] = ("a list of ids", _ids)
IDS: Final = ("null", "errors", "poison")
EXPECTED: Final[Mapping[str, Expected]] = {
    "status": ("an HTTP status from 200 to 599", _none_or(lambda value: _whole(value) and 200 <= value <= 599)),
    "retry_after": ("seconds, from 0", _none_or(_number)),
    "latency_ms": MILLISECONDS,
    "lag_ms": ("whole milliseconds, from 0", _whole),
    **dict.fromkeys(IDS, A_LIST),
    "max_ids": ("a whole number from 0", _none_or(_whole)),
    "requests": ("a whole number from 1", _none_or(lambda value: _whole(value, 1))),
    "jitter_ms": MILLISECONDS,
    "reset": ("true, false, 'before' or 'after'", lambda value: value in (True, False, "before", "after")),
    "half": ("true or false", lambda value: isinstance(value, bool)),
    "hold": ("'before' or 'after'", lambda value: value in (None, "before", "after")),
    "hold_ms": ("milliseconds, from 0", _none_or(_number)),
    "name": ("a text", lambda value: isinstance(value, str)),
    "operation": ("a glob, such as 'refundRequest*'", lambda value: isinstance(value, str) and bool(value)),
    "skip": ("a whole number from 0", _whole),
    "rate": ("a number from 0 to 1", lambda value: _number(value) and value <= 1),
}
