"""START: due jobs go to workers with room, each to one; a pause stops them all; the bell wakes one."""

from __future__ import annotations

import asyncio

from inbox_desk import LEASE_MS, Desk

from marketplacer_callback.inbox import Started, Want


async def test_a_job_goes_to_one_worker_and_only_as_many_as_there_is_room_for(desk: Desk) -> None:
    await desk.inbox.accept([desk.event(f"o{i}") for i in range(150)])
    gens = await desk.gens()
    first = await desk.inbox.start("slow", 2, gens, LEASE_MS)
    assert [gen for gen, _ in first.jobs] == gens[:2]
    assert first.has_more
    second = await desk.inbox.start("slow", 2, gens, LEASE_MS)
    assert [gen for gen, _ in second.jobs] == gens[2:]
    assert not second.has_more
    assert (await desk.inbox.start("slow", 2, [*gens, "unknown"], LEASE_MS)).jobs == ()


async def test_a_job_that_is_not_due_is_left_and_its_time_is_told(desk: Desk) -> None:
    await desk.accept()
    (gen,) = await desk.gens()
    await desk.inbox.redis.zadd(desk.inbox.keys.queue("slow"), {gen: desk.clock.now_ms + 700})
    assert await desk.inbox.start("slow", 5, [gen], LEASE_MS) == Started((), False, 700, 0)


async def test_a_pause_stops_all_lanes_and_a_shorter_one_does_not_end_it(desk: Desk) -> None:
    await desk.accept()
    await desk.inbox.pause(60_000)
    await desk.inbox.pause(1_000)
    started = await desk.inbox.start("slow", 5, await desk.gens(), LEASE_MS)
    assert started.jobs == ()
    assert 58_000 < started.paused_ms <= 60_000
    assert 58_000 < await desk.inbox.paused_ms() <= 60_000
    await desk.inbox.pause(90_000)
    assert await desk.inbox.paused_ms() > 88_000
    assert (await desk.inbox.status()).paused_ms > 88_000
    await desk.inbox.pause(0)
    assert await desk.inbox.paused_ms() == 0
    assert len((await desk.inbox.start("slow", 5, await desk.gens(), LEASE_MS)).jobs) == 1


async def test_renewing_keeps_the_claim_and_arqs_lease(desk: Desk) -> None:
    await desk.accept()
    gen, token, _ = await desk.take()
    desk.clock.advance(LEASE_MS - 1)
    assert await desk.inbox.renew(gen, token, 2 * LEASE_MS)
    assert await desk.inbox.redis.pttl(f"arq:in-progress:{gen}") > LEASE_MS
    desk.clock.advance(LEASE_MS)
    assert await desk.inbox.renew(gen, token, LEASE_MS)


async def test_the_bell_rings_when_a_batch_is_made(desk: Desk) -> None:
    assert await desk.inbox.bell("slow", 0.01) is False
    waiting = asyncio.create_task(desk.inbox.bell("slow", 5.0))
    await asyncio.sleep(0)
    await desk.accept()
    assert await waiting is True


async def test_a_bell_that_nobody_hears_does_not_pile_up(desk: Desk) -> None:
    await desk.inbox.register([Want("Advert", "slow", "index")])
    await desk.inbox.accept([desk.event(f"o{i}") for i in range(50 * 20)])
    assert await desk.inbox.redis.llen(desk.inbox.keys.bell("slow")) == 16  # type: ignore[misc]
