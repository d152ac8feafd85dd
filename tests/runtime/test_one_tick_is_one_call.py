"""What is asked for in one tick is done in one call, and every caller gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from marketplacer_callback.grouped import Grouped


async def test_one_tick_is_one_call() -> None:
    calls: list[list[int]] = []

    async def flush(items: Sequence[int]) -> Sequence[int]:
        calls.append(list(items))
        return [item * 10 for item in items]

    grouped = Grouped(flush)
    assert await asyncio.gather(*(grouped.add(number) for number in range(5))) == [0, 10, 20, 30, 40]
    assert calls == [[0, 1, 2, 3, 4]]


async def test_newcomers_gather_while_a_call_is_under_way() -> None:
    gate, calls = asyncio.Event(), []

    async def flush(items: Sequence[int]) -> Sequence[int]:
        calls.append(list(items))
        await gate.wait()
        return items

    grouped = Grouped(flush)
    first = asyncio.create_task(grouped.add(1))
    while not calls:
        await asyncio.sleep(0)
    rest = [asyncio.create_task(grouped.add(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *rest)
    assert calls == [[1], [2, 3, 4]]


async def test_a_call_holds_at_most_its_size() -> None:
    calls: list[int] = []

    async def flush(items: Sequence[int]) -> Sequence[int]:
        calls.append(len(items))
        return items

    grouped = Grouped(flush, size=2)
    await asyncio.gather(*(grouped.add(number) for number in range(5)))
    assert calls == [2, 2, 1]


async def test_a_failure_reaches_everyone_in_the_call_and_no_one_else() -> None:
    async def flush(items: Sequence[int]) -> Sequence[int]:
        if 1 in items:
            raise OSError("full")
        return items

    grouped = Grouped(flush)
    failed = await asyncio.gather(grouped.add(1), grouped.add(2), return_exceptions=True)
    assert [type(one) for one in failed] == [OSError, OSError]
    assert await grouped.add(3) == 3


async def test_a_caller_that_is_cancelled_does_not_disturb_the_others() -> None:
    gate = asyncio.Event()

    async def flush(items: Sequence[int]) -> Sequence[int]:
        await gate.wait()
        return items

    grouped = Grouped(flush)
    leaving, staying = asyncio.create_task(grouped.add(1)), asyncio.create_task(grouped.add(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()
    assert await staying == 2
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await grouped.idle()


async def test_who_no_longer_waits_is_not_worked_for() -> None:
    gate, calls = asyncio.Event(), []

    async def flush(items: Sequence[int]) -> Sequence[int]:
        calls.append(list(items))
        await gate.wait()
        return items

    grouped = Grouped(flush)
    first = asyncio.create_task(grouped.add(1))
    while not calls:
        await asyncio.sleep(0)
    gone, stays = asyncio.create_task(grouped.add(2)), asyncio.create_task(grouped.add(3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, stays)
    assert calls == [[1], [3]]
