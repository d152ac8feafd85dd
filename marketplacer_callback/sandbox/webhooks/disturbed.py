"""What can be made to go wrong with deliveries: twice, late, out of order, wrongly signed, never."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

__all__ = ["CALM", "Disturbance", "Disturbing"]


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

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Disturbance:
        """From JSON. ``ValueError`` names what is not a part of a disturbance, and a number that is too small."""
        unknown = set(values) - {part.name for part in fields(cls)}
        if unknown:
            raise ValueError(f"not a part of a disturbance: {', '.join(sorted(unknown))}")
        for name, least in LEAST.items():
            if values.get(name) is not None and not values[name] >= least:
                raise ValueError(f"{name} must be at least {least}")
        sets: dict[str, Any] = {"types": frozenset(values["types"])} if "types" in values else {}
        return cls(**(values | sets))


LEAST: Final = {"duplicate": 0, "delay_ms": 0, "reorder": 0, "count": 1}
CALM: Final = Disturbance()


class Disturbing:
    """The disturbance that is in force, and for how many deliveries more."""

    def __init__(self) -> None:
        self.current = CALM
        self._left: int | None = None

    def set(self, disturbance: Disturbance | None) -> None:
        """Replace what was in force; ``None`` makes everything well."""
        self.current = disturbance or CALM
        self._left = self.current.count

    def take(self, typename: str) -> Disturbance:
        """The disturbance for one delivery about an object of the type."""
        current = self.current
        if current is CALM or (current.types and typename not in current.types):
            return CALM
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.set(None)
        return current
