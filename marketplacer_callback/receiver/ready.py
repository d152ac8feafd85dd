"""Whether deliveries can be taken, and what became of those that came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from marketplacer_callback.errors import QueueUnavailable

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox

__all__ = ["Readiness"]

FRESH_S: Final = 1.0
"""Asked more often, the same answer stands: anybody may ask, and each look writes to disk."""

LOOK_WITHIN_S: Final = 5.0
"""Above the 3 s that the inbox itself waits for the disk."""


class Readiness:
    """Looks at the inboxes of a receiver: in reach, as durable as promised, and with routes."""

    def __init__(self, inboxes: Mapping[str, Inbox], counted: Mapping[str, Mapping[str, int]]) -> None:
        self._inboxes = inboxes
        self._counted = counted
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._problems: dict[str, str | None] = {}

    async def look(self) -> tuple[bool, dict[str, object]]:
        """``(ready, facts)``: ready if every instance's inbox is. Facts name instances, modes, counts and problems."""
        async with self._looking:
            if time.monotonic() - self._looked_at > FRESH_S:
                self._problems = {instance: await _problem(inbox) for instance, inbox in self._inboxes.items()}
                self._looked_at = time.monotonic()
        ready = bool(self._problems) and not any(self._problems.values())
        instances = {
            instance: {
                "ready": problem is None,
                "durability": self._inboxes[instance].durability,
                "problem": problem,
                "deliveries": dict(self._counted[instance]),
            }
            for instance, problem in self._problems.items()
        }
        return ready, {"ready": ready, "instances": instances}


async def _problem(inbox: Inbox) -> str | None:
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            routes = await inbox.routes()
            await inbox.probe()
    except TimeoutError:
        return f"Redis gave no answer within {LOOK_WITHIN_S:g} s"
    except QueueUnavailable as error:
        return str(error)
    return None if routes else "no routes are registered; start a worker, which registers what its handlers want"
