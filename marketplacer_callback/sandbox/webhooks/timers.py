"""What is to happen later, so that all of it can be called off at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

__all__ = ["Timers"]


class Timers:
    """Calls that are due at some time, in the running event loop."""

    def __init__(self) -> None:
        self._handles: dict[int, asyncio.TimerHandle] = {}
        self._numbers = count()

    def later(self, seconds: float, do: Callable[..., object], *arguments: Any) -> None:
        """Call ``do(*arguments)`` in so many seconds."""
        number = next(self._numbers)

        def fire() -> None:
            del self._handles[number]
            do(*arguments)

        self._handles[number] = asyncio.get_running_loop().call_later(max(seconds, 0.0), fire)

    def cancel(self) -> None:
        """Call everything off."""
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
