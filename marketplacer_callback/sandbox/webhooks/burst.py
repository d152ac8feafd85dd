"""Many writes on a few objects, each with its delivery, at the pace at which the receiver answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.sandbox.webhooks.model import MOST_PARALLEL, Finished, Sent

__all__ = ["BurstReport", "check_burst", "run_burst"]

LARGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class BurstReport:
    """What a burst did: ``count`` writes on ``objects`` objects, whose ids are ``ids``.

    ``delivered`` and ``failed`` count the events of the type that was written to, not those of objects that followed.
    """

    typename: str
    count: int
    objects: int
    delivered: int
    failed: int
    seconds: float
    ids: tuple[str, ...]


def check_burst(*, count: int, objects: int, concurrency: int) -> None:
    """``ValueError`` for a burst that cannot be."""
    if not (0 <= count <= LARGEST and objects >= 1 and 1 <= concurrency <= MOST_PARALLEL):
        raise ValueError(
            f"a burst needs a count from 0 to {LARGEST:,}, objects from 1 and a concurrency from 1 to {MOST_PARALLEL}"
        )


async def run_burst(
    typename: str,
    ids: Sequence[str],
    *,
    count: int,
    concurrency: int,
    seed: int,
    write: Callable[[str, Finished], bool],
) -> BurstReport:
    """Write ``count`` times, each object about as often as the others, in an order by the seed; wait for all answers.

    ``write`` gets an id and what to call when the delivery has ended; it says whether there is a delivery. At most
    twice ``concurrency`` writes are ahead of their answers. ``KeyError`` without ids.
    """
    if not ids:
        raise KeyError(f"the sandbox has no {typename}")
    room = asyncio.Semaphore(2 * concurrency)
    ended: list[Sent] = []

    def finished(sent: Sent) -> None:
        ended.append(sent)
        room.release()

    order = [ids[number % len(ids)] for number in range(count)]
    random.Random(seed).shuffle(order)  # noqa: S311
    start = time.monotonic()
    for id_ in order:
        await room.acquire()
        if not write(id_, finished):
            room.release()
    for _ in range(2 * concurrency):
        await room.acquire()
    delivered = sum(sent.outcome == "delivered" for sent in ended)
    written = tuple(dict.fromkeys(order))
    seconds = time.monotonic() - start
    return BurstReport(typename, count, len(written), delivered, len(ended) - delivered, seconds, written)
