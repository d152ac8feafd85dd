"""Settings that are designed and not built yet: refused, never ignored."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplacer_callback.settings.problems import Key, Problem

__all__ = ["LATER_TABLES", "take_out_later"]

LATER_TABLES: Final[tuple[Key, ...]] = (
    ("effects",),
    ("webhooks",),
    ("sweeps",),
    ("keep", "effects"),
    ("worker", "metrics"),
)
"""Keys, and all below them, that variables of the environment may spell and that are refused then."""

_EVERYWHERE: Final[tuple[Key, ...]] = (*LATER_TABLES, ("instances", "*", "currency"), ("routes", "*", "changed"))
_SINK_TYPES: Final = ("log", "jsonl")
_LATER_SINK_TYPES: Final = ("http", "redis-stream", "nats", "rabbitmq")


def take_out_later(tables: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The tables without what is refused, and a problem for each."""
    kept = copy.deepcopy(dict(tables))
    problems = [
        Problem(key, "not available yet; take it out") for pattern in _EVERYWHERE for key in _take(kept, pattern, ())
    ]
    sinks = kept.get("sinks")
    if isinstance(sinks, dict):
        for name in [name for name, sink in sinks.items() if _is_later(sink)]:
            kind = sinks.pop(name)["type"]
            named = f'"{kind}"' if kind in _LATER_SINK_TYPES else "a class of your own"
            problems.append(Problem(("sinks", name, "type"), f"{named} is not available yet; there are: log, jsonl"))
    return kept, problems


def _is_later(sink: object) -> bool:
    kind = sink.get("type") if isinstance(sink, dict) else None
    return isinstance(kind, str) and kind not in _SINK_TYPES and (kind in _LATER_SINK_TYPES or ":" in kind)


def _take(value: Any, pattern: Key, at: Key) -> Iterator[Key]:
    """Remove what the pattern means, and tell where it was."""
    names: list[Any] = []
    if isinstance(value, dict):
        names = [name for name in value if pattern[0] in (name, "*")]
    elif isinstance(value, list) and pattern[0] == "*":
        names = list(range(len(value)))
    for name in names:
        if len(pattern) == 1:
            del value[name]
            yield (*at, name)
        else:
            yield from _take(value[name], pattern[1:], (*at, name))
