"""Those who wait for the end of a delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from marketplacer_callback.sandbox.webhooks.model import Finished, Sent

__all__ = ["Waiting"]


class Waiting:
    """Lets callers wait for deliveries, and tells them when those will never end."""

    def __init__(self) -> None:
        self._futures: set[asyncio.Future[Sent]] = set()

    async def sent(self, announce: Callable[[Finished], int]) -> Sent | None:
        """How the delivery ended that ``announce`` makes; ``None`` if it made none.

        ``ValueError`` if it was given up on meanwhile.
        """
        done: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

        def finished(sent: Sent) -> None:
            if not done.done():
                done.set_result(sent)

        if not announce(finished):
            return None
        self._futures.add(done)
        done.add_done_callback(self._futures.discard)
        return await done

    def give_up(self, why: str) -> None:
        """Let everybody go who waits, with a ``ValueError``."""
        for done in [one for one in self._futures if not one.done()]:
            done.set_exception(ValueError(why))
