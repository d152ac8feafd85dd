"""``status --repair`` puts right what no script would leave, but an error half-way could."""

from __future__ import annotations

import pytest
from inbox_desk import Desk

from marketplacer_callback.inbox import HandlerResult, Repaired

DONE = HandlerResult("index", "done")


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.inbox.accept([desk.event("o1"), desk.event("o2")])
    return desk


async def test_a_healthy_inbox_is_left_as_it_is(desk: Desk) -> None:
    await desk.run(DONE, HandlerResult("index", "retry", after_ms=1_000))
    await desk.accept("o3")
    before = {key: await desk.inbox.redis.dump(key) for key in await desk.inbox.redis.keys("*")}
    assert await desk.inbox.repair() == Repaired(put_back=0, removed=0, live_before=3, live=3)
    assert {key: await desk.inbox.redis.dump(key) for key in await desk.inbox.redis.keys("*")} == before


async def test_a_mailbox_that_no_batch_holds_is_queued(desk: Desk) -> None:
    (gen,) = await desk.gens()
    await desk.inbox.redis.srem(desk.inbox.keys.batch(gen), "o1")  # type: ignore[misc]
    assert (await desk.inbox.repair()).put_back == 1
    claimed, words = await desk.run(DONE)
    assert [mailbox.id for mailbox in claimed.mailboxes] == ["o1", "o2"]
    assert words == ["idle", "idle"]


async def test_a_batch_that_lost_its_meta_gives_its_mailboxes_away(desk: Desk) -> None:
    (gen,) = await desk.gens()
    await desk.inbox.redis.delete(desk.inbox.keys.meta(gen))
    repaired = await desk.inbox.repair()
    assert (repaired.put_back, repaired.removed) == (2, 1)
    await desk.end_job(gen)
    _, words = await desk.run(DONE)
    assert words == ["idle", "idle"]


async def test_entries_without_a_mailbox_are_removed(desk: Desk) -> None:
    await desk.inbox.redis.delete(desk.inbox.keys.box("slow", "Advert", "o1"))
    await desk.inbox.redis.zadd(desk.inbox.keys.later("slow"), {"Advert:ghost": 1})
    repaired = await desk.inbox.repair()
    assert repaired == Repaired(put_back=0, removed=2, live_before=2, live=1)
    claimed, words = await desk.run(DONE)
    assert [mailbox.id for mailbox in claimed.mailboxes] == ["o2"]
    assert words == ["idle"]
    assert (await desk.inbox.status()).live == 0


async def test_a_mailbox_without_an_event_is_removed(desk: Desk) -> None:
    await desk.inbox.redis.hset(desk.inbox.keys.box("slow", "Advert", "half"), "n", "1")  # type: ignore[misc]
    assert await desk.inbox.repair() == Repaired(put_back=1, removed=0, live_before=2, live=2)


async def test_a_batch_that_left_the_index_is_looked_after_again(desk: Desk) -> None:
    (gen,) = await desk.gens()
    await desk.inbox.redis.zrem(desk.inbox.keys.batches, gen)
    await desk.inbox.repair()
    assert await desk.inbox.redis.zscore(desk.inbox.keys.batches, gen) == desk.clock.now_ms
