"""What can be made to go wrong with deliveries: twice, late, out of order, wrongly signed, never."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.faults.parts import DISTURBED, checked, given_parts, known_parts

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.webhooks.model import Event
    from marketplacer_callback.sandbox.webhooks.timers import Timers

__all__ = ["CALM", "Disturbance", "Disturbing", "Reordering"]

PATIENCE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Disturbance:
    """How the next deliveries misbehave. All parts can be combined; a delivery is an event on its way to a webhook.

    ``duplicate`` sends a delivery so many times more, with the same key and body; ``delay_ms`` sends it that much
    later; ``reorder`` holds so many back and sends them in reverse (fewer, if no more come for 100 ms);
    ``wrong_signature`` signs its first try with another key; ``drop`` never sends it. ``count`` is how many
    deliveries this lasts, ``None`` until it is replaced; ``types`` are the only types it touches, all if empty.
    """

    duplicate: int = 0
    delay_ms: float = 0
    reorder: int = 0
    wrong_signature: bool = False
    drop: bool = False
    count: int | None = None
    types: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        checked({part.name: getattr(self, part.name) for part in fields(self)}, DISTURBED)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Disturbance:
        """From JSON or TOML. ``Misfit``, a ``ValueError``, names what is not a part of a disturbance, or not a value
        of it.
        """
        return cls(**known_parts(values, DISTURBED.keys(), of="a disturbance"))

    def as_json(self) -> dict[str, Any]:
        """The parts that are not left at their defaults."""
        return given_parts({part.name: (getattr(self, part.name), part.default) for part in fields(self)})


CALM: Final = Disturbance()


class Disturbing:
    """The disturbances that are in force, and for how many deliveries more."""

    def __init__(self) -> None:
        self._in_force: list[tuple[Disturbance, int | None]] = []

    def set(self, disturbances: Iterable[Disturbance | None]) -> None:
        """Replace what was in force."""
        self._in_force = [(one, one.count) for one in disturbances if one is not None]

    def in_force(self) -> list[tuple[Disturbance, int | None]]:
        """Each disturbance with the number of deliveries that it lasts; ``None`` without an end."""
        return list(self._in_force)

    def take(self, typename: str) -> Disturbance:
        """The disturbance for one delivery about an object of the type: the first that is for it."""
        for place, (disturbance, left) in enumerate(self._in_force):
            if disturbance.types and typename not in disturbance.types:
                continue
            if left is not None:
                self._in_force[place : place + 1] = [(disturbance, left - 1)] if left > 1 else []
            return disturbance
        return CALM


class Reordering:
    """Holds deliveries back until there are enough of them, and lets them go in reverse."""

    def __init__(self, timers: Timers, release: Callable[[Event], None]) -> None:
        self._timers = timers
        self._release = release
        self._held: list[Event] = []

    def put(self, event: Event, size: int) -> None:
        """Hold a delivery until there are ``size``, or until none came for ``PATIENCE_S``."""
        self._held.append(event)
        if len(self._held) >= size:
            self.flush()
        else:
            self._timers.later(PATIENCE_S, self._give_up, event)

    def flush(self) -> None:
        """Let go of what is held."""
        held, self._held = self._held, []
        for event in reversed(held):
            self._release(event)

    def _give_up(self, latest: Event) -> None:
        if self._held and self._held[-1] is latest:
            self.flush()
