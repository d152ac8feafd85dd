"""What can be made to go wrong in the API, for tests of outages, bad objects and lagging replicas."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True, slots=True)
class Fault:
    """How the next requests misbehave. All parts can be combined.

    ``status`` answers with that HTTP status (``retry_after``: seconds, sent as Retry-After); ``latency_ms`` answers
    that much later; ``lag_ms`` reads objects by id as they were so long ago; ``null`` are ids that read as null;
    ``errors`` are ids that read as null with a GraphQL error at their path; ``poison`` are ids that turn the whole
    request into a 500; ``max_ids`` is the largest ``nodes(ids:)`` that is answered, more is an error of the whole
    request; ``requests`` is how many requests this lasts, ``None`` until it is replaced.
    """

    status: int | None = None
    retry_after: float | None = None
    latency_ms: float = 0
    lag_ms: int = 0
    null: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    poison: frozenset[str] = frozenset()
    max_ids: int | None = None
    requests: int | None = None

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Fault:
        """From JSON. ``ValueError`` names what is not a part of a fault."""
        unknown = set(values) - {part.name for part in fields(cls)}
        if unknown:
            raise ValueError(f"not a part of a fault: {', '.join(sorted(unknown))}")
        sets: dict[str, Any] = {
            name: frozenset(values[name]) for name in ("null", "errors", "poison") if name in values
        }
        return cls(**(values | sets))


class Faults:
    """The fault that is in force, and for how many requests more."""

    def __init__(self) -> None:
        self.current = Fault()
        self._left: int | None = None

    def set(self, fault: Fault) -> None:
        """Replace what was in force; ``Fault()`` makes everything well."""
        self.current, self._left = fault, fault.requests

    def take(self) -> Fault:
        """The fault for one request."""
        fault = self.current
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.set(Fault())
        return fault
