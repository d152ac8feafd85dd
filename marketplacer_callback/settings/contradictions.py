"""What is wrong between settings that are each fine by themselves. On raw tables, so that all is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marketplacer_callback.settings.problems import Problem, suggestion

__all__ = ["contradictions"]


def contradictions(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Routes to unknown sinks, two routes of one name, one type in both lanes, a reserve that nobody could use."""
    routes = _tables(tables.get("routes"))
    yield from _unknown_sinks(routes, _names(tables.get("sinks")))
    yield from _twice(routes)
    yield from _lanes(tables.get("lanes"))


def _unknown_sinks(routes: Sequence[tuple[int, Mapping[str, Any]]], sinks: Sequence[str]) -> Iterator[Problem]:
    for index, route in routes:
        for sink in _texts(route.get("to")):
            if sink not in sinks:
                yield Problem(("routes", index, "to"), f"no sink is called {sink!r}; {suggestion(sink, sinks)}")


def _twice(routes: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for index, route in routes:
        name = route.get("name")
        if isinstance(name, str):
            seen[name] += 1
            if seen[name] > 1:
                yield Problem(("routes", index, "name"), f"{name!r} is taken by a route above; each has its own")


def _lanes(lanes: object) -> Iterator[Problem]:
    if not isinstance(lanes, Mapping):
        return
    fast, slow = lanes.get("fast"), lanes.get("slow")
    both = [one for one in _texts(_get(slow, "types")) if one in _texts(_get(fast, "types"))]
    if both:
        yield Problem(("lanes", "slow", "types"), f"{', '.join(both)}: in lane fast as well; a type is in one lane")
    if _get(slow, "reserve"):
        yield Problem(("lanes", "slow", "reserve"), "only lane fast has a reserve; take it out")


def _get(table: object, name: str) -> object:
    return table.get(name) if isinstance(table, Mapping) else None


def _names(table: object) -> list[str]:
    return list(table) if isinstance(table, Mapping) else []


def _tables(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    items = value if isinstance(value, list | tuple) else ()
    return [(index, one) for index, one in enumerate(items) if isinstance(one, Mapping)]


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
