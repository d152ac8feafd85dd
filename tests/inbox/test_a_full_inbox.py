"""What is full refuses what needs room, and nothing else."""

from __future__ import annotations

import pytest
from inbox_desk import Desk, make_inbox, server

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import HandlerResult, NewEvent, Want, connect

DONE = HandlerResult("index", "done")


async def test_at_the_cap_only_events_that_need_a_new_mailbox_are_refused(desk: Desk) -> None:
    desk.inbox.max_backlog = 2
    first = desk.event("o1")
    assert await desk.inbox.accept([first, desk.event("o2"), desk.event("o3")]) == ["new", "new", "full"]
    assert await desk.inbox.accept([desk.event("o1"), first, desk.event("o4")]) == ["coalesced", "dup", "full"]
    await desk.run(DONE)
    assert await desk.accept("o4") == "new"


async def test_an_event_for_two_lanes_needs_room_for_two(desk: Desk) -> None:
    await desk.inbox.register([Want("Advert", "fast", "stock")])
    desk.inbox.max_backlog = 3
    assert await desk.inbox.accept([desk.event("o1"), desk.event("o2")]) == ["new", "full"]


async def test_an_emptied_server_accepts_nothing_until_a_worker_registers(desk: Desk) -> None:
    await desk.inbox.redis.flushall()
    with pytest.raises(QueueUnavailable, match="no worker has registered"):
        await desk.accept()
    await desk.inbox.register([Want("Advert", "slow", "index")])
    assert await desk.accept() == "new"


async def test_full_memory_refuses_an_accept_whole_and_lets_work_drain() -> None:
    with server() as (url, _):
        redis = connect(url)
        desk = Desk(make_inbox(redis, durability="memory"), clock=None)  # type: ignore[arg-type]
        await desk.inbox.register([Want("Advert", "slow", "index")])
        await desk.accept("o1")
        await redis.config_set("maxmemory", 1)
        before = await redis.dbsize()
        with pytest.raises(QueueUnavailable, match="memory is full"):
            await desk.inbox.accept([NewEvent(b"%d" % i, "Advert", f"x{i}", "update") for i in range(5)])
        with pytest.raises(QueueUnavailable, match="memory is full"):
            await desk.inbox.quarantine(b"{", "not JSON", headers={})
        assert await redis.dbsize() == before
        _, words = await desk.run(DONE)
        assert words == ["idle"]
        await redis.config_set("maxmemory", 0)
        assert await desk.accept("x0") == "new"
        await redis.aclose()
