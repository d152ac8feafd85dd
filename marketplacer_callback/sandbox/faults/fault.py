"""What can be made to go wrong in the API, for tests of outages, crashes, bad objects and lagging replicas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal

from marketplacer_callback.sandbox.faults.parts import Misfit, checked, given_parts, known_parts

__all__ = ["Fault", "Where"]

Where = Literal["before", "after"]
"""Just before a request acts, or just after it acted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How requests misbehave. All parts can be combined, save those that contradict each other (``Misfit``).

    ``status`` answers with that HTTP status and does not act (``retry_after``: seconds, sent as Retry-After);
    ``latency_ms`` answers that much later, ``jitter_ms`` up to so much later again; ``lag_ms`` reads objects by id as
    they were so long ago; ``null`` are ids that read as null; ``errors`` are ids that read as null with a GraphQL error
    at their path; ``poison`` are ids that turn the whole request into a 500; ``max_ids`` is the largest
    ``nodes(ids:)`` that is answered, more is an error of the whole request.

    ``reset`` resets the connection instead of answering: ``before`` (or ``True``) without having acted, ``after``
    having acted. ``half`` sends half of the body and cuts the connection. ``hold`` keeps the request just before it
    acts, or just after it acted and before it is answered, until it is released by its ``name`` or number, or
    ``hold_ms`` have passed.

    Which requests: ``operation`` is a glob for the operation's name or one of its root fields; the first ``skip`` of
    those are let pass; ``rate`` is the share that it then applies to, 0 to 1, drawn by the seed; ``requests`` is how
    many it applies to in all, ``None``: until it is replaced.
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
    jitter_ms: float = 0
    reset: bool | Where = False
    half: bool = False
    hold: Where | None = None
    hold_ms: float | None = None
    name: str = ""
    operation: str = "*"
    skip: int = 0
    rate: float = 1.0

    def __post_init__(self) -> None:
        checked({part.name: getattr(self, part.name) for part in fields(self)})
        if self.hold == "after" and self.status not in (None, 200):
            raise Misfit("hold", "a request that is answered by status does not act; hold it before, or leave one out")
        if self.reset_at == "after" and self.status not in (None, 200):
            raise Misfit(
                "reset", "a request that is answered by status does not act; reset it before, or leave one out"
            )
        if self.reset_at == "before" and (self.half or self.hold == "after"):
            raise Misfit("reset", "a request that is reset before it acts has no answer; write reset = 'after'")
        if self.reset_at and self.half:
            raise Misfit("half", "a connection is reset instead of an answer or after half of it; leave one out")

    @property
    def reset_at(self) -> Where | None:
        """Where the connection is reset, if it is."""
        if isinstance(self.reset, bool):
            return "before" if self.reset else None
        return self.reset

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Fault:
        """From JSON or TOML. ``Misfit``, a ``ValueError``, names what is not a part of a fault, or not a value of
        it.
        """
        return cls(**known_parts(values, {part.name for part in fields(cls)}))

    def matches(self, operation: str, roots: Collection[str]) -> bool:
        """Whether ``operation`` is a glob for this name or one of the root fields."""
        return self.operation == "*" or any(fnmatchcase(name, self.operation) for name in (operation, *roots))

    def as_json(self) -> dict[str, Any]:
        """The parts that are not left at their defaults."""
        return given_parts({part.name: (getattr(self, part.name), part.default) for part in fields(self)})
