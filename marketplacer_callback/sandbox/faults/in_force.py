"""The faults that are in force at once, each with its own counters."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.faults.holding import Held, Holds

__all__ = ["Faults", "InForce"]


@dataclass(slots=True)
class InForce:
    """A fault and its counters: ``seen`` matching requests that no earlier fault took, of which it took ``hit``."""

    fault: Fault
    random: random.Random
    seen: int = 0
    hit: int = 0

    @property
    def left(self) -> int | None:
        """How many requests it lasts; ``None`` without an end."""
        return None if self.fault.requests is None else self.fault.requests - self.hit

    def take(self) -> bool:
        """Count a matching request; whether the fault applies to it."""
        self.seen += 1
        if self.seen <= self.fault.skip or (self.fault.rate < 1 and self.random.random() >= self.fault.rate):
            return False
        self.hit += 1
        return True

    def drawn(self) -> Fault:
        """The fault with its jitter drawn."""
        if not self.fault.jitter_ms:
            return self.fault
        late = self.fault.latency_ms + self.random.random() * self.fault.jitter_ms
        return replace(self.fault, latency_ms=late, jitter_ms=0)

    def as_json(self) -> dict[str, Any]:
        """For the control surface."""
        return {"fault": self.fault.as_json(), "seen": self.seen, "hit": self.hit, "left": self.left}


class Faults:
    """Several faults at once. A request gets the first that matches it and applies; the later ones do not see it.

    The draws of each (``rate``, ``jitter_ms``) follow from the seed, its place in the list and the order of the
    requests. Requests that are held stay so when the faults are replaced.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 1) -> None:
        self._seed = seed
        self._in_force: list[InForce] = []
        self._holds = Holds()
        self.replace(faults)

    def set(self, fault: Fault) -> None:
        """Replace all by one; ``Fault()`` makes everything well."""
        self.replace(() if fault == Fault() else (fault,))

    def replace(self, faults: Iterable[Fault], *, seed: int | None = None) -> None:
        """Replace all by these, with fresh counters; by none: everything is well."""
        self._seed = self._seed if seed is None else seed
        self._in_force = [
            InForce(fault, random.Random(f"{self._seed}/{place}"))  # noqa: S311
            for place, fault in enumerate(faults)
        ]

    def in_force(self) -> list[InForce]:
        """The faults in their order, those that have come to their end too."""
        return list(self._in_force)

    def take(self, operation: str = "", roots: Collection[str] = ()) -> Fault:
        """The fault for one request, by its operation's name and root fields; ``Fault()`` for none."""
        for one in self._in_force:
            if one.left != 0 and one.fault.matches(operation, roots) and one.take():
                return one.drawn()
        return Fault()

    async def hold(self, fault: Fault, operation: str) -> bool:
        """Hold the caller as the fault says; ``False``: it shall end without acting and without an answer."""
        assert fault.hold is not None  # noqa: S101 - asked by its caller
        return await self._holds.hold(fault.name, operation, fault.hold, fault.hold_ms)

    def held(self, name: str | None = None) -> list[Held]:
        """The requests that are held, oldest first; only those of faults of a name if given."""
        return self._holds.held(name)

    def release(self, which: str | int | None = None) -> int:
        """Let the held requests of a name, the one with a number, or all go on; how many.

        One that is held before it acts then acts, even if its client is gone: the platform got the request.
        ``LookupError`` for a number that is not held.
        """
        return self._holds.release(which)

    async def until_held(self, name: str | None = None, count: int = 1) -> list[Held]:
        """Wait until at least ``count`` requests are held, by faults of that name if given; answers them."""
        return await self._holds.until_held(name, count)

    def drop_held(self) -> None:
        """Cut off all requests that are held; those that have not acted never will."""
        self._holds.drop()
