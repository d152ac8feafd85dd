"""The platform delivers at least once; the inbox accepts once."""

from __future__ import annotations

from inbox_desk import DAY_MS, Desk

from marketplacer_callback.inbox import HandlerResult, NewEvent


async def test_the_same_event_in_one_call_and_in_the_next_is_a_duplicate(desk: Desk) -> None:
    event = desk.event()
    assert await desk.inbox.accept([event, event]) == ["new", "dup"]
    await desk.run(HandlerResult("index", "done"))
    assert await desk.inbox.accept([event]) == ["dup"]


async def test_an_event_is_remembered_for_five_days_and_not_for_eight(desk: Desk) -> None:
    event = desk.event()
    await desk.inbox.accept([event])
    desk.clock.advance(5 * DAY_MS - 1)
    assert await desk.inbox.accept([event]) == ["dup"]
    desk.clock.advance(3 * DAY_MS)
    assert await desk.inbox.accept([event]) == ["coalesced"]


async def test_what_remembers_events_expires(desk: Desk) -> None:
    await desk.accept()
    redis = desk.inbox.redis
    (marker,) = await redis.keys("*:seen:*")
    assert 7 * DAY_MS < await redis.pttl(marker) <= 7.5 * DAY_MS


async def test_an_event_that_was_not_taken_is_not_remembered(desk: Desk) -> None:
    desk.inbox.max_backlog = 1
    await desk.accept("o1")
    refused, unwanted = desk.event("o2"), desk.event(typename="Taxon")
    assert await desk.inbox.accept([refused, unwanted]) == ["full", "unwanted"]
    desk.inbox.max_backlog = 2
    assert await desk.inbox.accept([refused, unwanted]) == ["new", "unwanted"]


async def test_accepting_nothing_is_fine(desk: Desk) -> None:
    assert await desk.inbox.accept([]) == []


async def test_many_events_go_in_chunks_and_keep_their_order(desk: Desk) -> None:
    events = [NewEvent(b"%d" % (i % 200), "Advert", f"o{i % 200}", "update") for i in range(400)]
    assert await desk.inbox.accept(events) == ["new"] * 200 + ["dup"] * 200
