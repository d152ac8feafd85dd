"""Events are folded into one mailbox an object, and batched."""

from __future__ import annotations

from inbox_desk import Desk

from marketplacer_callback.inbox import Gone, HandlerResult, NewEvent, Remembered, Want

DONE = HandlerResult("index", "done", digest="abc")


async def test_an_event_reaches_a_claim_with_everything_it_said(desk: Desk) -> None:
    event = NewEvent(b"e1", "Advert", "QWR2ZXJ0LTE=:/", "create", "an id", sequence=7, updated_ms=1_600_000_000_000)
    assert await desk.inbox.accept([event]) == ["new"]
    _, _, claimed = await desk.take()
    assert (claimed.lane, claimed.typename) == ("slow", "Advert")
    (mailbox,) = claimed.mailboxes
    (told,) = mailbox.events
    assert mailbox.id == "QWR2ZXJ0LTE=:/"
    assert (told.name, told.event_id, told.sequence, told.updated_ms) == ("create", "an id", 7, 1_600_000_000_000)
    assert told.at_ms == desk.clock.now_ms
    assert mailbox.upto == told.number == 1


async def test_events_of_one_name_are_folded_and_the_newest_stands_for_all(desk: Desk) -> None:
    assert [await desk.accept() for _ in range(3)] == ["new", "coalesced", "coalesced"]
    assert await desk.accept(name="create") == "coalesced"
    claimed, words = await desk.run(DONE)
    assert [(event.name, event.number) for event in claimed.mailboxes[0].events] == [("update", 3), ("create", 4)]
    assert words == ["idle"]


async def test_fifty_objects_of_a_type_share_a_job(desk: Desk) -> None:
    assert await desk.inbox.accept([desk.event(f"o{i}") for i in range(120)]) == ["new"] * 120
    sizes = []
    while await desk.gens():
        claimed, _ = await desk.run(DONE)
        sizes.append(len(claimed.mailboxes))
    assert sizes == [50, 50, 20]


async def test_an_event_that_arrives_during_the_run_causes_another_run(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take()
    assert await desk.accept() == "coalesced"
    assert await desk.give_back(gen, token, claimed.mailboxes, [DONE]) == ["queued"]
    claimed, words = await desk.run(DONE)
    assert [event.number for event in claimed.mailboxes[0].events] == [2]
    assert words == ["idle"]


async def test_an_event_goes_to_every_lane_in_which_a_handler_wants_it(desk: Desk) -> None:
    await desk.inbox.register([Want("Advert", "fast", "stock", ("update",)), Want("Advert", "slow", "index")])
    await desk.accept(name="update")
    assert len(await desk.gens("fast")) == len(await desk.gens("slow")) == 1
    await desk.accept(id="o2", name="create")
    _, _, fast = await desk.take("fast")
    _, _, slow = await desk.take("slow")
    assert [mailbox.id for mailbox in fast.mailboxes] == ["o1"]
    assert [mailbox.id for mailbox in slow.mailboxes] == ["o1", "o2"]


async def test_an_event_that_no_handler_wants_is_counted_and_not_kept(desk: Desk) -> None:
    assert await desk.accept(typename="Taxon") == "unwanted"
    status = await desk.inbox.status()
    assert (status.live, status.counts) == (0, {"unwanted": 1})


async def test_a_batch_that_is_finished_is_gone_and_leaves_nothing(desk: Desk) -> None:
    await desk.accept()
    gen = (await desk.gens())[0]
    await desk.run(DONE)
    assert isinstance(await desk.inbox.claim(gen, "late", 1000), Gone)
    left = {key.decode() for key in await desk.inbox.redis.keys("*")}
    allowed = ("seen:", "done:", "routes", "stats", "bell:")
    assert [key for key in left if not key.removeprefix(desk.inbox.keys.prefix).startswith(allowed)] == []


async def test_what_a_handler_saw_last_is_told_at_the_next_claim(desk: Desk) -> None:
    await desk.accept()
    claimed, _ = await desk.run(HandlerResult("index", "done", digest="d1", skipped=True))
    assert claimed.mailboxes[0].remembered == {}
    await desk.accept()
    claimed, _ = await desk.run(HandlerResult("index", "done", digest="d2"))
    assert claimed.mailboxes[0].remembered["index"] == Remembered(done=False, digest="d1")
    await desk.accept()
    claimed, _ = await desk.run(HandlerResult("index", "done", digest="d3", skipped=True))
    assert claimed.mailboxes[0].remembered["index"] == Remembered(done=True, digest="d2")
    await desk.accept()
    claimed, _ = await desk.run(DONE)
    assert claimed.mailboxes[0].remembered["index"] == Remembered(done=True, digest="d3")
