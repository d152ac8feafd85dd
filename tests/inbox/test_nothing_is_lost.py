"""An event that was accepted reaches a handler, whatever is killed, restarted or confused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from inbox_desk import LEASE_MS, Desk, make_inbox, server
from redis.asyncio import Redis

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Busy, Claimed, HandlerResult, MailboxVerdict, NewEvent, Want, connect

DONE = HandlerResult("index", "done", digest="abc")


async def test_accepted_events_survive_a_kill_of_the_server(tmp_path: Path) -> None:
    events = [NewEvent(b"%d" % i, "Advert", f"o{i}", "update") for i in range(200)]
    with server(tmp_path, kill=True) as (url, port):
        redis = connect(url)
        inbox = make_inbox(redis)
        await inbox.probe()
        await inbox.register([Want("Advert", "slow", "index")])
        assert set(await inbox.accept(events)) == {"new"}
    with server(tmp_path, port=port):
        assert set(await inbox.accept(events)) == {"dup"}
        desk = Desk(inbox, clock=None)  # type: ignore[arg-type]
        handled = set()
        while await desk.gens():
            claimed, _ = await desk.run(DONE)
            handled |= {mailbox.id for mailbox in claimed.mailboxes}
        assert handled == {event.id for event in events}
        await redis.aclose()


async def test_an_accept_outlives_a_restart_of_the_server(tmp_path: Path) -> None:
    with server(tmp_path, kill=True) as (url, port):
        redis = Redis.from_url(url)  # without the client's own retries
        inbox = make_inbox(redis)
        await inbox.register([Want("Advert", "slow", "index")])
    accepting = asyncio.create_task(inbox.accept([NewEvent(b"e1", "Advert", "o1", "update")]))
    await asyncio.sleep(0)
    with server(tmp_path, port=port):
        assert await accepting == ["new"]
        await redis.aclose()


async def test_a_server_that_stays_away_is_an_error_for_people(tmp_path: Path) -> None:
    with server() as (url, _):
        redis = Redis.from_url(url)
        inbox = make_inbox(redis, durability="memory")
        await inbox.register([Want("Advert", "slow", "index")])
    with pytest.raises(QueueUnavailable, match="out of reach"):
        await inbox.accept([NewEvent(b"e1", "Advert", "o1", "update")])
    with pytest.raises(QueueUnavailable, match="out of reach"):
        await inbox.status()
    await redis.aclose()


async def test_scripts_that_the_server_forgot_are_sent_again(desk: Desk) -> None:
    await desk.inbox.redis.script_flush()
    assert await desk.accept() == "new"
    await desk.inbox.redis.script_flush()
    _, words = await desk.run(DONE)
    assert words == ["idle"]


async def test_an_error_in_one_event_does_not_fail_its_neighbours(desk: Desk) -> None:
    await desk.inbox.redis.set(desk.inbox.keys.box("slow", "Advert", "bad"), "not a mailbox")
    events = [desk.event("o1"), desk.event("bad"), desk.event("o2"), desk.event("\ud800"), desk.event("o3")]
    # What stood before the bad one was stored by the call that failed.
    assert await desk.inbox.accept(events) == ["dup", "failed", "new", "failed", "new"]
    claimed, _ = await desk.run(DONE)
    assert [mailbox.id for mailbox in claimed.mailboxes] == ["o1", "o2", "o3"]
    assert await desk.inbox.accept(events) == ["dup", "failed", "dup", "failed", "dup"]


async def test_an_error_half_way_is_healed_by_the_next_event(desk: Desk) -> None:
    await desk.inbox.redis.hset(desk.inbox.keys.open("slow", "Advert"), "not", "a string")  # type: ignore[misc]
    assert await desk.accept() == "failed"
    await desk.inbox.redis.delete(desk.inbox.keys.open("slow", "Advert"))
    assert await desk.accept() == "new"
    claimed, words = await desk.run(DONE)
    assert [mailbox.id for mailbox in claimed.mailboxes] == ["o1"]
    assert words == ["idle"]
    assert (await desk.inbox.status()).live == 0


async def test_a_dead_workers_batch_is_taken_over_after_its_lease(desk: Desk) -> None:
    await desk.accept()
    gen, dead_token, claimed = await desk.take()
    assert await desk.inbox.claim(gen, "another", LEASE_MS) == Busy(LEASE_MS)
    desk.clock.advance(LEASE_MS)
    taken = await desk.inbox.claim(gen, "another", LEASE_MS)
    assert isinstance(taken, Claimed)
    assert taken.mailboxes[0].crashes == 1
    verdict = MailboxVerdict("o1", claimed.mailboxes[0].upto, (DONE,))
    assert await desk.inbox.finish(gen, dead_token, [verdict]) is None
    assert await desk.inbox.renew(gen, dead_token, LEASE_MS) is False
    assert await desk.inbox.finish(gen, "another", [verdict]) == ["idle"]


async def test_a_late_finish_is_good_if_nobody_came(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take()
    desk.clock.advance(10 * LEASE_MS)
    assert await desk.give_back(gen, token, claimed.mailboxes, [DONE]) == ["idle"]


async def test_an_object_that_kills_its_workers_is_alone_from_the_second_crash_on(desk: Desk) -> None:
    await desk.inbox.accept([desk.event("good"), desk.event("killer")])
    gen, _, _ = await desk.take()
    for crash in (1, 2):
        desk.clock.advance(LEASE_MS)
        taken = await desk.inbox.claim(gen, f"worker {crash}", LEASE_MS)
        if crash == 1:
            assert isinstance(taken, Claimed)
    gens = [other for other in await desk.gens() if other != gen]
    assert len(gens) == 2
    for other in gens:
        alone = await desk.inbox.claim(other, f"worker of {other}", LEASE_MS)
        assert isinstance(alone, Claimed)
        assert [mailbox.crashes for mailbox in alone.mailboxes] == [2]


async def test_a_job_that_arq_dropped_is_written_again(desk: Desk) -> None:
    await desk.accept()
    (gen,) = await desk.gens()
    await desk.end_job(gen)
    desk.clock.advance(31_000)
    assert (await desk.inbox.tend("slow")).mended == 1
    _, words = await desk.run(DONE)
    assert words == ["idle"]


async def test_what_a_worker_hands_back_is_queued_at_once_and_spends_nothing(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take()
    assert await desk.inbox.finish(gen, token, [MailboxVerdict("o1", 1, release=True)]) == ["queued"]
    await desk.end_job(gen)
    _, _, again = await desk.take()
    assert again.mailboxes == claimed.mailboxes
