"""Routes: handlers that the settings describe, without any code of the integrator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jsonpointer

from marketplacer_callback import outcomes
from marketplacer_callback.change import Change
from marketplacer_callback.outcomes import Answer
from marketplacer_callback.routing import Handler
from marketplacer_callback.settings import RouteSettings, Settings

__all__ = ["handlers_of_routes", "passes"]


def handlers_of_routes(settings: Settings) -> list[Handler]:
    """One handler for each type and sink of each ``[[routes]]`` entry, in the order of the file.

    It is called ``<route>.<sink>``, so that each sink has its own verdicts, retries and ``change.first``: one that
    fails neither repeats nor holds up its neighbour, and a sink that is added later leaves the others as they are.
    """
    return [
        Handler(
            name=f"{route.name}.{sink}",
            typename=typename,
            lane=route.lane or settings.lane_of(typename),
            document=route.document or typename,
            function=_function(route, sink),
            is_async=True,
            where=f"route {route.name!r}",
            skip_unchanged=route.skip_unchanged,
        )
        for route in settings.routes
        for typename in dict.fromkeys(route.types)
        for sink in dict.fromkeys(route.to)
    ]


def passes(where: dict[str, Any], value: object) -> str | None:
    """``None`` if ``value`` passes, else the pointer (RFC 6901) of the first condition that it does not meet.

    A condition is met where the value equals the wanted one, is one of the wanted list, or is a list that has it.
    """
    for pointer, wanted in where.items():
        found = jsonpointer.resolve_pointer(value, pointer, None)
        if not _meets(found, wanted):
            return pointer
    return None


def _meets(found: object, wanted: object) -> bool:
    accepted: Sequence[object] = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    offered: Sequence[object] = found if isinstance(found, list) else [found]
    return any(_equal(one, other) for one in offered for other in accepted)


def _equal(one: object, other: object) -> bool:
    """As JSON has it: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _function(route: RouteSettings, sink: str) -> Callable[[Change[Any]], Any]:
    async def send(change: Change[Any]) -> Answer:
        if change.deleted:
            if route.deletions == "ignore":
                return outcomes.skip("deletions are ignored")
            return outcomes.publish(sink, {"deleted": True, "ref": str(change.ref)})
        missed = passes(route.where, change.object)
        if missed is not None:
            return outcomes.skip(f"{missed} is not what the route asks for")
        if route.only == "first" and not change.first:
            return outcomes.skip("sent before")
        return outcomes.publish(sink, change.object)

    return send
