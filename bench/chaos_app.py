"""What the workers of ``chaos.py`` run: handlers that append what they saw, and when, to one file that all share.

``CHAOS_OLDER`` leaves a handler out, as a worker of an older version would. ``CHAOS_LEASE_MS`` shortens the lease, for
which there is no setting.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import time

from marketplacer_callback.inbox import work
from marketplacer_callback.runtime import policy

LEASE_MS = int(os.environ.get("CHAOS_LEASE_MS", policy.LEASE_MS))
policy.LEASE_MS = LEASE_MS  # type: ignore[misc]
work.GRACE_MS = 2 * LEASE_MS  # type: ignore[misc]

from marketplacer_callback import Change, Integration  # noqa: E402

integration = Integration()
log = os.open(os.environ.get("CHAOS_LOG", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
poison = os.environ.get("CHAOS_POISON", "")
numbers = itertools.count()


def note(what: str, handler: str, change: Change, number: int) -> None:
    """One line, in one write: ``what`` is start, end or cancelled."""
    line = [
        what,
        f"{os.getpid()}-{number}",
        handler,
        change.ref.typename,
        change.ref.id,
        None if change.deleted else change.object["updatedAt"],
        time.monotonic(),
    ]
    os.write(log, json.dumps(line).encode() + b"\n")


async def handle(handler: str, change: Change) -> None:
    number = next(numbers)
    note("start", handler, change, number)
    if change.ref.id == poison:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        await asyncio.sleep(random.random() * 0.04)
    except asyncio.CancelledError:
        note("cancelled", handler, change, number)
        raise
    note("end", handler, change, number)


@integration.on("Advert", name="shop")
async def shop(change: Change) -> None:
    await handle("shop", change)


if not os.environ.get("CHAOS_OLDER"):

    @integration.on("Advert", name="search")
    async def search(change: Change) -> None:
        await handle("search", change)


@integration.on("Seller", name="sellers", lane="fast")
async def sellers(change: Change) -> None:
    await handle("sellers", change)
