"""Plain functions as handlers: they wait for a thread outside their time-out, and their slips are told."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from marketplacer_callback import Change
from marketplacer_callback.registration import read_signature
from marketplacer_callback.runtime.threads import Threads


async def test_a_call_that_waits_for_a_thread_has_not_begun() -> None:
    threads = Threads(1)
    gate = threading.Event()
    await threads.free()
    first = asyncio.create_task(threads.call(lambda _: gate.wait(5), None))
    waiting = asyncio.create_task(threads.free())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    assert await first is True
    await asyncio.wait_for(waiting, 5)
    threads.close()


async def test_a_thread_whose_call_was_given_up_on_is_not_given_to_another() -> None:
    threads = Threads(1)
    gate = threading.Event()
    await threads.free()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await threads.call(lambda _: gate.wait(5), None)
    waiting = asyncio.create_task(threads.free())
    await asyncio.sleep(0.01)
    assert (waiting.done(), threads.running) == (False, 1)
    gate.set()
    await asyncio.wait_for(waiting, 5)
    threads.close()


async def test_a_stop_iteration_is_an_error_and_not_a_wait_for_ever() -> None:
    threads = Threads(1)
    await threads.free()
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(threads.call(lambda _: next(iter([])), None), 5)
    threads.close()


def waits(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def test_a_decorator_that_makes_a_coroutine_makes_an_async_handler() -> None:
    @waits
    def handler(change: Change) -> None: ...

    assert read_signature(handler, name=None, model=None, frame=None).is_async


async def test_many_slow_plain_handlers_do_not_fail_for_want_of_a_thread(world: Any, recorder: Any) -> None:
    world.tables["worker"]["handler_timeout"] = "1s"
    loop = asyncio.get_running_loop()

    @world.integration.on("Advert")
    def product(change: Change) -> None:
        time.sleep(0.4)
        loop.call_soon_threadsafe(recorder.note, change)

    async with world.sandbox:
        world.settle_settings()
        from marketplacer_callback.refreshing import refresh

        ids = [one["id"] for one in world.sandbox.store.all("Advert")]
        await world.inbox.register(world.integration.table.wants())
        await refresh(world.inbox, world.integration.table, "Advert", ids * 2)
        async with world.integration.worker():
            await recorder.until(lambda changes: len({change.ref.id for change in changes}) == len(ids))
            await world.drained()
    assert {change.attempt for change in recorder.changes} == {1}
