"""Running a service until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Literal

__all__ = ["run_until_told"]

Ended = Literal["ended", "terminated", "interrupted"]


def run_until_told(service: Callable[[asyncio.Event], Awaitable[None]], *, attached: bool = False) -> Ended:
    """Run ``service`` until SIGTERM or SIGINT sets its event; how it came to end. A second signal ends it at once.

    ``attached``: the end of stdin is a SIGTERM as well, so that no child outlives a supervisor that was killed. Raises
    what ``service`` raises.
    """
    ended: list[Ended] = ["ended"]

    async def main() -> None:
        stop = asyncio.Event()

        def tell(how: Ended) -> None:
            if stop.is_set() and how != "terminated":
                loop.remove_signal_handler(signal.SIGINT)  # the next Ctrl-C is Python's own
            if not stop.is_set():
                ended[0] = how
                stop.set()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, tell, "terminated")
        loop.add_signal_handler(signal.SIGINT, tell, "interrupted")
        if attached:
            loop.add_reader(sys.stdin.fileno(), _at_end_of_stdin, lambda: tell("terminated"))
        try:
            await service(stop)
        finally:
            if attached:
                loop.remove_reader(sys.stdin.fileno())

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())
    return ended[0]


def _at_end_of_stdin(tell: Callable[[], None]) -> None:
    with contextlib.suppress(BlockingIOError):
        if not os.read(sys.stdin.fileno(), 64):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            tell()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it can be imported."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
