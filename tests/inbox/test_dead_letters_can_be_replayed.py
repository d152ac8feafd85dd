"""What a handler gave up on is kept with its events, and comes back when asked for."""

from __future__ import annotations

import pytest
from inbox_desk import DAY_MS, Desk

from marketplacer_callback.inbox import HandlerResult, Want

INDEX, ARCHIVE = Want("Advert", "slow", "index"), Want("Advert", "slow", "archive")
DEAD = HandlerResult("index", "dead", reason="no such warehouse")
ARCHIVED = HandlerResult("archive", "done")


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.inbox.register([INDEX, ARCHIVE])
    return desk


async def test_a_dead_letter_has_the_reason_and_all_events_and_the_others_go_on(desk: Desk) -> None:
    await desk.accept(name="create")
    await desk.accept(name="update")
    _, words = await desk.run(DEAD, ARCHIVED)
    assert words == ["idle"]
    (letter,) = await desk.inbox.dead_letters()
    assert (letter.lane, letter.typename, letter.id, letter.at_ms) == ("slow", "Advert", "o1", desk.clock.now_ms)
    assert letter.reasons == {"index": "no such warehouse"}
    assert [event.name for event in letter.events] == ["create", "update"]
    assert await desk.inbox.dead_letter("Advert", "o1") == [letter]
    assert await desk.inbox.dead_letter("Advert", "o2") == []


async def test_a_replay_runs_only_what_was_given_up_on(desk: Desk) -> None:
    await desk.accept(name="create")
    await desk.run(DEAD, ARCHIVED)
    assert await desk.inbox.replay("slow", "Advert", "o1") == "new"
    assert await desk.inbox.dead_letters() == []
    _, _, claimed = await desk.take()
    (mailbox,) = claimed.mailboxes
    assert [event.name for event in mailbox.pending_for(INDEX)] == ["create", "replay"]
    assert mailbox.pending_for(ARCHIVE) == ()


async def test_a_replay_into_a_live_mailbox_is_one_run(desk: Desk) -> None:
    await desk.accept(name="create")
    await desk.run(DEAD, ARCHIVED)
    await desk.accept(name="update")
    assert await desk.inbox.replay("slow", "Advert", "o1") == "merged"
    claimed, words = await desk.run(HandlerResult("index", "done"), ARCHIVED)
    assert [event.name for event in claimed.mailboxes[0].events] == ["update", "create", "replay"]
    assert words == ["idle"]


async def test_there_is_nothing_to_replay_twice(desk: Desk) -> None:
    assert await desk.inbox.replay("slow", "Advert", "o1") == "none"


async def test_an_event_of_the_same_name_during_the_run_leaves_the_letter_whole(desk: Desk) -> None:
    await desk.accept()
    gen, token, claimed = await desk.take()
    await desk.accept()
    assert await desk.give_back(gen, token, claimed.mailboxes, [DEAD, ARCHIVED]) == ["queued"]
    (letter,) = await desk.inbox.dead_letters()
    assert [event.name for event in letter.events] == ["update"]


async def test_a_later_run_that_ends_well_resolves_the_letter(desk: Desk) -> None:
    await desk.accept()
    await desk.run(DEAD, HandlerResult("archive", "dead", reason="full"))
    await desk.accept()
    await desk.run(HandlerResult("index", "done"), HandlerResult("archive", "dead", reason="still full"))
    (letter,) = await desk.inbox.dead_letters()
    assert letter.reasons == {"archive": "still full"}
    await desk.accept()
    await desk.run(HandlerResult("index", "done"), ARCHIVED)
    assert await desk.inbox.dead_letters() == []
    assert (await desk.inbox.status()).dead == 0


async def test_without_room_for_a_letter_the_handler_is_asked_again_after_an_hour(desk: Desk) -> None:
    desk.inbox.max_dead_letters = 1
    await desk.inbox.accept([desk.event("o1"), desk.event("o2")])
    _, words = await desk.run(DEAD, ARCHIVED)
    assert words == ["idle", "later"]
    assert (await desk.inbox.tend("slow")).next_due_ms == 3_600_000


async def test_letters_past_their_time_are_pruned(desk: Desk) -> None:
    await desk.accept("o1")
    await desk.run(DEAD, ARCHIVED)
    desk.clock.advance(DAY_MS)
    await desk.inbox.register([INDEX, ARCHIVE])
    await desk.accept("o2")
    await desk.run(DEAD, ARCHIVED)
    desk.clock.advance(89 * DAY_MS)
    await desk.inbox.register([INDEX, ARCHIVE])
    assert [letter.id for letter in await desk.inbox.dead_letters()] == ["o2"]
    assert await desk.inbox.dead_letter("Advert", "o1") == []


async def test_a_letter_can_be_dropped(desk: Desk) -> None:
    await desk.accept()
    await desk.run(DEAD, ARCHIVED)
    assert await desk.inbox.drop_dead_letter("slow", "Advert", "o1")
    assert not await desk.inbox.drop_dead_letter("slow", "Advert", "o1")
    assert await desk.inbox.dead_letters() == []


async def test_the_newest_letters_come_first(desk: Desk) -> None:
    for id in ("o1", "o2", "o3"):
        await desk.accept(id)
        await desk.run(DEAD, ARCHIVED)
        desk.clock.advance(1)
    assert [letter.id for letter in await desk.inbox.dead_letters(limit=2)] == ["o3", "o2"]
