"""Requests that are held at a point until they are released: for killing a client exactly there."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from marketplacer_callback.sandbox.faults.fault import Where

__all__ = ["Held", "Holds"]


@dataclass(frozen=True, slots=True)
class Held:
    """A request that is held. ``name`` is its fault's, ``where`` whether it is about to act or has acted, ``since`` in
    seconds since 1970.
    """

    id: int
    name: str
    operation: str
    where: Where
    since: float
    _go_on: asyncio.Future[bool] = field(repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """For the control surface."""
        return {name: getattr(self, name) for name in ("id", "name", "operation", "where", "since")}


class Holds:
    """The requests that are held, oldest first."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._count = 0
        self._arrived = asyncio.Event()

    async def hold(self, name: str, operation: str, where: Where, hold_ms: float | None) -> bool:
        """Keep the caller here until it is released or ``hold_ms`` have passed; ``False`` if it was dropped."""
        self._count += 1
        held = Held(self._count, name, operation, where, time.time(), asyncio.get_running_loop().create_future())
        self._held[held.id] = held
        self._arrived.set()
        self._arrived = asyncio.Event()
        try:
            async with asyncio.timeout(None if hold_ms is None else hold_ms / 1000):
                return await held._go_on
        except TimeoutError:
            return True
        finally:
            self._held.pop(held.id, None)

    def held(self, name: str | None = None) -> list[Held]:
        """Those that are held, oldest first; only those of a name if given."""
        return [held for held in self._held.values() if name in (None, held.name)]

    def release(self, which: str | int | None = None) -> int:
        """Let those of a name, the one with a number, or all go on; how many. ``LookupError``: nothing is held by that
        number.
        """
        if isinstance(which, int) and which not in self._held:
            raise LookupError(f"the sandbox holds no request number {which}")
        found = [self._held[which]] if isinstance(which, int) else self.held(which)
        self._end(found, going_on=True)
        return len(found)

    def drop(self) -> None:
        """Let go of all without their acting or being answered."""
        self._end(self.held(), going_on=False)

    async def until_held(self, name: str | None = None, count: int = 1) -> list[Held]:
        """Wait until at least ``count`` requests are held; they are answered, oldest first."""
        while len(found := self.held(name)) < count:
            await self._arrived.wait()
        return found

    def _end(self, found: list[Held], *, going_on: bool) -> None:
        for held in found:
            self._held.pop(held.id, None)
            if not held._go_on.done():
                held._go_on.set_result(going_on)
