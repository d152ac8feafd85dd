"""The parts of a fault: which there are, and which values they take."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from marketplacer_callback.settings.problems import suggestion
from marketplacer_callback.typenames import WEBHOOK_TYPES

__all__ = ["DISTURBED", "Expected", "Misfit", "checked", "given_parts", "known_parts"]

Expected = tuple[str, Callable[[Any], bool]]
"""What a part may be, in words, and whether a value is that."""


class Misfit(ValueError):
    """``part`` is at fault, ``what`` says how; never with the value."""

    def __init__(self, part: str, what: str) -> None:
        super().__init__(f"{part}: {what}")
        self.part = part
        self.what = what


def given_parts(parts: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Of ``(value, default)`` by name those that differ, as JSON has them: sets as lists."""
    given = {name: value for name, (value, default) in parts.items() if value != default}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in given.items()}


def known_parts(values: Mapping[str, Any], known: Collection[str], *, of: str = "a fault") -> dict[str, Any]:
    """The parts as JSON or TOML has them, lists of texts as sets. ``Misfit`` names the one that there is not."""
    parts = dict(values)
    for name, value in values.items():
        if name not in known:
            raise Misfit(name, f"not a part of {of}; {suggestion(name, known)}")
        if name in LISTS:
            if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in value):
                raise Misfit(name, f"expected {LISTS[name]}")
            parts[name] = frozenset(value)
    return parts


def checked(parts: Mapping[str, Any], table: Mapping[str, Expected] | None = None) -> None:
    """``Misfit`` for the first part whose value it cannot have; by the parts of a fault without a ``table``."""
    for name, value in parts.items():
        expected, fits = (EXPECTED if table is None else table)[name]
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


MILLISECONDS: Final[Expected] = ("milliseconds, from 0", _number)
A_LIST: Final[Expected] = ("a list of ids", _ids)
IDS: Final = ("null", "errors", "poison")
A_LIST_OF_TYPES: Final[Expected] = (
    "a list of types that webhooks are for, such as Advert",
    lambda value: isinstance(value, frozenset) and value <= frozenset(WEBHOOK_TYPES),
)
LISTS: Final = {**dict.fromkeys(IDS, A_LIST[0]), "types": A_LIST_OF_TYPES[0]}
EXPECTED: Final[Mapping[str, Expected]] = {
    "status": ("an HTTP status from 200 to 599", _none_or(lambda value: _whole(value) and 200 <= value <= 599)),
    "retry_after": ("seconds, from 0", _none_or(_number)),
    "latency_ms": MILLISECONDS,
    "lag_ms": ("whole milliseconds, from 0", _whole),
    **dict.fromkeys(IDS, A_LIST),
    "max_ids": ("a whole number from 0", _none_or(_whole)),
    "requests": ("a whole number from 1", _none_or(lambda value: _whole(value, 1))),
    "jitter_ms": MILLISECONDS,
    "reset": ("true, false, 'before' or 'after'", lambda value: type(value) is bool or value in ("before", "after")),
    "half": ("true or false", lambda value: isinstance(value, bool)),
    "hold": ("'before' or 'after'", lambda value: value in (None, "before", "after")),
    "hold_ms": ("milliseconds, from 0", _none_or(_number)),
    "name": ("a text", lambda value: isinstance(value, str)),
    "operation": ("a glob, such as 'refundRequest*'", lambda value: isinstance(value, str) and bool(value)),
    "skip": ("a whole number from 0", _whole),
    "rate": ("a number from 0 to 1", lambda value: _number(value) and value <= 1),
}
DISTURBED: Final[Mapping[str, Expected]] = {
    "duplicate": ("a whole number from 0 to 1000", lambda value: _whole(value) and value <= 1000),
    "delay_ms": MILLISECONDS,
    "reorder": ("a whole number from 0", _whole),
    "wrong_signature": ("true or false", lambda value: isinstance(value, bool)),
    "drop": ("true or false", lambda value: isinstance(value, bool)),
    "count": ("a whole number from 1", _none_or(lambda value: _whole(value, 1))),
    "types": A_LIST_OF_TYPES,
}
"""The parts of a disturbance of deliveries."""
