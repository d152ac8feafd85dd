"""look and status: what a person asks first."""

from __future__ import annotations

import pytest
from inbox_desk import Clock, Desk, make_inbox
from redis.asyncio import Redis

from marketplacer_callback.inbox import HandlerResult, HandlerState, Remembered, Want

COOLDOWN_MS = 60_000


@pytest.fixture
async def desk(redis: Redis, clock: Clock) -> Desk:
    inbox = make_inbox(redis, clock, cooldown_ms={"fast": 0, "slow": COOLDOWN_MS})
    await inbox.register(
        [
            Want("Advert", "slow", "index"),
            Want("Advert", "slow", "archive"),
            Want("Advert", "fast", "stock", ("update",)),
        ]
    )
    return Desk(inbox, clock)


async def test_an_unknown_object_is_not_known(desk: Desk) -> None:
    assert not (await desk.inbox.look("Advert", "o1")).is_known


async def test_a_look_tells_the_mailboxes_of_all_lanes_and_each_handlers_state(desk: Desk) -> None:
    await desk.accept()
    _, _, _ = await desk.take("fast")
    await desk.run(
        HandlerResult("index", "done", digest="d1"), HandlerResult("archive", "retry", after_ms=9_000, counted=True)
    )
    state = await desk.inbox.look("Advert", "o1")
    fast, slow = state.mailboxes
    assert (fast.lane, fast.state, fast.due_ms) == ("fast", "running", None)
    assert fast.handlers == (HandlerState("stock", pending=True, done_upto=0, failures=0, is_settling=False),)
    assert (slow.lane, slow.state, slow.due_ms) == ("slow", "later", desk.clock.now_ms + 9_000)
    assert slow.handlers == (
        HandlerState("archive", pending=True, done_upto=0, failures=1, is_settling=False),
        HandlerState("index", pending=False, done_upto=1, failures=0, is_settling=False),
    )
    assert [event.event_id for event in slow.events] == ["event-1"]
    assert state.remembered == {"index": Remembered(done=True, digest="d1")}
    assert state.is_known


async def test_a_look_tells_dead_letters_and_the_cool_down(desk: Desk) -> None:
    await desk.accept(name="create")
    await desk.run(HandlerResult("index", "dead", reason="no"), HandlerResult("archive", "settle", after_ms=1))
    (slow,) = (await desk.inbox.look("Advert", "o1")).mailboxes
    assert slow.handlers[0].is_settling
    desk.clock.advance(1)
    await desk.inbox.tend("slow")
    await desk.run(HandlerResult("archive", "done"))
    state = await desk.inbox.look("Advert", "o1")
    assert state.mailboxes == ()
    assert [letter.reasons for letter in state.dead_letters] == [{"index": "no"}]
    assert state.rests_until_ms == {"slow": desk.clock.now_ms + COOLDOWN_MS}


async def test_status_counts_by_lane_and_word(desk: Desk) -> None:
    await desk.inbox.accept([desk.event(f"o{i}") for i in range(60)])
    await desk.accept("o1", name="create")
    await desk.take("fast")
    await desk.run(HandlerResult("index", "done"), HandlerResult("archive", "retry", after_ms=9_000))
    desk.clock.advance(400)
    status = await desk.inbox.status()
    fast, slow = status.lanes["fast"], status.lanes["slow"]
    assert (fast.queued, fast.running, fast.later, fast.oldest_ms) == (10, 50, 0, 400)
    assert (slow.queued, slow.running, slow.later, slow.oldest_ms) == (10, 0, 50, 400)
    assert status.live == 120
    assert status.counts == {"new": 60, "coalesced": 1}
    assert len(status.routes) == 3
    assert (status.dead, status.quarantined, status.paused_ms) == (0, 0, 0)
    assert (status.durability, status.unpromised) == ("always", None)


async def test_a_look_tells_why_a_handler_failed_last(desk: Desk) -> None:
    await desk.accept(name="create")
    retry = HandlerResult("index", "retry", after_ms=1_000, counted=True, reason="gateway \ud83d timed out")
    await desk.run(retry, HandlerResult("archive", "done"))
    (slow,) = (await desk.inbox.look("Advert", "o1")).mailboxes
    assert slow.handlers[1].last_reason == "gateway ? timed out"
    desk.clock.advance(1_000)
    await desk.inbox.tend("slow")
    await desk.run(HandlerResult("index", "done"))
    assert not (await desk.inbox.look("Advert", "o1")).mailboxes
