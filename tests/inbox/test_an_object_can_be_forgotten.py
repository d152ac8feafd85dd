"""Erasure: of an object that is forgotten, the inbox holds nothing more, and the rest goes on."""

from __future__ import annotations

import pytest
from inbox_contents import read
from inbox_desk import Desk

from marketplacer_callback.inbox import HandlerResult, Want

INDEX, FAST = Want("Advert", "slow", "index"), Want("Advert", "fast", "stock")
DONE = HandlerResult("index", "done", digest="d1")
DEAD = HandlerResult("index", "dead", reason="no such warehouse")


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.inbox.register([INDEX, FAST])
    return desk


async def named(desk: Desk, id: str) -> list[str]:
    """Every key or member of Redis that has the id."""
    contents = await read(desk.inbox.redis, desk.inbox.keys)
    places = [*contents.names, *contents.batch_index]
    places += [
        f"{name}={member}" for name, members in (contents.batches | contents.later).items() for member in members
    ]
    places += [member.decode() for member in await desk.inbox.redis.zrange(desk.inbox.keys.dead_index, 0, -1)]
    return sorted(place for place in places if id in place)


async def test_nothing_with_its_id_is_left_and_its_neighbour_is_whole(desk: Desk) -> None:
    for id in ("gone", "stays"):
        await desk.accept(id)
    await desk.run(DEAD)
    for id in ("gone", "stays"):
        await desk.accept(id)
    await desk.run(DONE)
    for id in ("gone", "stays"):
        await desk.accept(id)
    await desk.inbox.quarantine(b'{"id": "gone"', "not JSON", headers={})
    await desk.inbox.quarantine(b'{"id": "stays"', "not JSON", headers={})
    before = sorted(place.replace("stays", "gone") for place in await named(desk, "stays"))
    assert await named(desk, "gone") == before

    forgotten = await desk.inbox.forget("Advert", "gone")

    assert forgotten
    assert (forgotten.mailboxes, forgotten.running, forgotten.remembered, forgotten.quarantined) == (2, 0, True, 1)
    assert await named(desk, "gone") == []
    assert len(await named(desk, "stays")) == len(before)
    assert (await desk.inbox.status()).live == 2
    assert (await desk.inbox.status()).quarantined == 1
    repaired = await desk.inbox.repair()
    assert (repaired.put_back, repaired.live) == (0, 2)


async def test_its_dead_letter_goes_with_it(desk: Desk) -> None:
    await desk.accept("gone")
    await desk.run(DEAD)
    forgotten = await desk.inbox.forget("Advert", "gone")
    assert forgotten.dead_letters == 1
    assert await desk.inbox.dead_letters() == []
    assert (await desk.inbox.status()).dead == 0


async def test_a_run_that_is_under_way_leaves_nothing_behind(desk: Desk) -> None:
    await desk.accept("gone")
    gen, token, claimed = await desk.take()
    assert (await desk.inbox.forget("Advert", "gone")).running == 1
    assert await desk.give_back(gen, token, claimed.mailboxes, [DONE]) == ["skip"]
    assert [place for place in await named(desk, "gone") if "fast" not in place] == []


async def test_of_an_unknown_object_there_is_nothing_to_forget(desk: Desk) -> None:
    assert not await desk.inbox.forget("Advert", "nobody")


async def test_what_comes_later_is_as_of_an_object_never_seen(desk: Desk) -> None:
    await desk.accept("gone")
    await desk.run(DONE)
    await desk.inbox.forget("Advert", "gone")
    assert await desk.accept("gone") == "new"
    assert (await desk.inbox.look("Advert", "gone")).remembered == {}
