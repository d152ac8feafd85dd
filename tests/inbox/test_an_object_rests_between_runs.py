"""The first event of an idle object runs at once; after a run the object rests; a failing object runs at most
once in 5 s.
"""

from __future__ import annotations

import pytest
from inbox_desk import Clock, Desk, make_inbox
from redis.asyncio import Redis

from marketplacer_callback.inbox import HandlerResult, Want

DONE = HandlerResult("index", "done")
COOLDOWN_MS = 60_000  # long, for it expires by the server's own clock


@pytest.fixture
async def desk(redis: Redis, clock: Clock) -> Desk:
    inbox = make_inbox(redis, clock, cooldown_ms={"slow": COOLDOWN_MS})
    await inbox.register([Want("Advert", "slow", "index"), Want("Advert", "fast", "stock")])
    return Desk(inbox, clock)


async def test_an_idle_object_rests_after_its_run(desk: Desk) -> None:
    await desk.accept()
    await desk.run(DONE)
    assert await desk.accept() == "new"
    assert await desk.gens() == []
    assert (await desk.inbox.tend("slow")).next_due_ms == COOLDOWN_MS
    desk.clock.advance(COOLDOWN_MS)
    assert (await desk.inbox.tend("slow")).promoted == 1
    _, words = await desk.run(DONE)
    assert words == ["idle"]


async def test_an_object_with_newer_events_rests_too(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take()
    await desk.accept()
    assert await desk.give_back(gen, token, claimed.mailboxes, [DONE]) == ["later"]
    assert await desk.accept() == "coalesced"
    assert (await desk.inbox.tend("slow")).promoted == 0
    desk.clock.advance(COOLDOWN_MS)
    assert (await desk.inbox.tend("slow")).promoted == 1


async def test_a_lane_without_a_cool_down_runs_again_at_once(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take("fast")
    await desk.accept()
    assert await desk.give_back(gen, token, claimed.mailboxes, [HandlerResult("stock", "done")]) == ["queued"]


async def test_a_retry_waits_for_its_time(desk: Desk) -> None:
    await desk.accept()
    _, words = await desk.run(HandlerResult("index", "retry", after_ms=40_000, counted=True))
    assert words == ["later"]
    assert (await desk.inbox.tend("slow")).next_due_ms == 40_000
    desk.clock.advance(40_000)
    await desk.inbox.tend("slow")
    claimed, _ = await desk.run(DONE)
    assert claimed.mailboxes[0].failures == {"index": 1}


async def test_events_pull_a_retry_forward_but_attempts_keep_their_pace(desk: Desk) -> None:
    await desk.accept()
    retry = HandlerResult("index", "retry", after_ms=60_000, counted=True)
    await desk.run(retry)
    failures = []
    for _ in range(4):
        assert await desk.accept() == "coalesced"
        assert (await desk.inbox.tend("slow")).next_due_ms == 5_000
        desk.clock.advance(5_000)
        await desk.inbox.tend("slow")
        claimed, _ = await desk.run(retry)
        failures.append(claimed.mailboxes[0].failures["index"])
    assert failures == [1, 1, 1, 1]
    desk.clock.advance(60_000)
    await desk.inbox.tend("slow")
    await desk.run(retry)
    desk.clock.advance(60_000)
    await desk.inbox.tend("slow")
    claimed, _ = await desk.run(retry)
    assert claimed.mailboxes[0].failures == {"index": 2}


async def test_a_second_look_is_asked_for_once_and_spends_no_attempt(desk: Desk) -> None:
    await desk.accept()
    await desk.run(HandlerResult("index", "settle", after_ms=3_000))
    desk.clock.advance(3_000)
    await desk.inbox.tend("slow")
    claimed, _ = await desk.run(DONE)
    (mailbox,) = claimed.mailboxes
    assert mailbox.settled_at == {"index": mailbox.upto}
    assert mailbox.failures == {}


async def test_a_handler_that_is_done_does_not_run_again_with_one_that_failed(desk: Desk) -> None:
    await desk.inbox.register([Want("Advert", "slow", "archive")])
    await desk.accept()
    await desk.run(DONE, HandlerResult("archive", "retry", after_ms=1_000, counted=True))
    desk.clock.advance(1_000)
    await desk.inbox.tend("slow")
    _, _, claimed = await desk.take()
    (mailbox,) = claimed.mailboxes
    assert mailbox.pending_for(Want("Advert", "slow", "index")) == ()
    assert len(mailbox.pending_for(Want("Advert", "slow", "archive"))) == 1


async def test_an_event_ends_the_wait_for_a_second_look_after_the_rest(redis: Redis, clock: Clock) -> None:
    inbox = make_inbox(redis, clock, cooldown_ms={"slow": 250})
    await inbox.register([Want("Advert", "slow", "index")])
    desk = Desk(inbox, clock)
    await desk.accept()
    await desk.run(HandlerResult("index", "settle", after_ms=60_000))
    await desk.accept()
    assert (await inbox.tend("slow")).next_due_ms == 250
