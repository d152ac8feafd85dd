"""Ending tasks for sure."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

__all__ = ["end"]

logger = logging.getLogger("marketplacer_callback.runtime")


async def end(
    tasks: Iterable[asyncio.Task[Any]], *, again_after_s: float = 1.0, at_most_s: float | None = None
) -> None:
    """Cancel ``tasks`` and return when all are done, or after ``at_most_s``.

    Once is not enough: on Python 3.11 ``asyncio.wait_for``, through which the Redis client sends, may swallow a
    cancellation that arrives at the very moment at which it ends (python/cpython#86296).
    """
    pending = {task for task in tasks if not task.done()}
    began = time.monotonic()
    while pending and (at_most_s is None or time.monotonic() - began < at_most_s):
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=again_after_s)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.info("task.ended", extra={"fields": {"error": type(error).__name__}})
