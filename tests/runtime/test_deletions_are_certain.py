"""A handler hears of a deletion when it is certain, and never because of a late replica."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from marketplacer_callback import Change, errors


async def test_a_destroy_is_a_deletion(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        world.sandbox.destroy("Advert", advert)
        await recorder.until(lambda changes: changes[-1].ref.id == advert and changes[-1].deleted)
        await world.drained()
    with pytest.raises(errors.ObjectDeleted, match="ask change.deleted"):
        recorder.changes[-1].object  # noqa: B018


async def test_a_null_is_looked_at_again_and_is_no_deletion_if_the_replica_was_late(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        from marketplacer_callback.sandbox.faults.fault import Fault

        advert = next(iter(world.sandbox.store.all("Advert")))["id"]
        world.sandbox.faults.set(Fault.parse({"null": [advert], "requests": 1}))
        world.sandbox.change("Advert", advert, title="late")
        await recorder.until(lambda changes: any(change.ref.id == advert for change in changes))
        await world.drained()
    assert [change.deleted for change in recorder.changes if change.ref.id == advert] == [False]


async def test_a_null_twice_is_a_deletion(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        await world.integration.refresh("Advert", "QWR2ZXJ0LTk5OTk5OQ==")
        await recorder.until(lambda changes: len(changes) == 1)
        await world.drained()
    assert recorder.changes[0].deleted
    calls = [call for call in world.sandbox.journal.calls() if call.operation == "Advert"]
    assert len(calls) == 2


async def test_deleted_code_that_reads_the_object_makes_a_dead_letter_never_silence(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        change.object["title"]

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        world.sandbox.destroy("Advert", advert)
        await world.drained()
        (letter,) = await world.inbox.dead_letter("Advert", advert)
    assert "ObjectDeleted" in letter.reasons["product"]


async def test_a_destroy_without_an_id_is_a_dead_letter_that_says_so(world: Any) -> None:
    import json

    import aiohttp

    from marketplacer_callback.testing import sign

    @world.integration.on("Advert")
    async def product(change: Change) -> None: ...

    async with world.started(), aiohttp.ClientSession() as session:
        body = json.dumps({"id": "e1", "event_name": "destroy", "payload": {"data": {"node": None}}}).encode()
        url = f"http://127.0.0.1:{world.receiver_port}/marketplacer/Advert"
        headers = {"Marketplacer-Hmac-256": sign(body, "a-secret-of-the-tests")}
        async with session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
        async with asyncio.timeout(5):
            while not (letters := await world.inbox.dead_letters()):
                await asyncio.sleep(0.02)
    assert "id_unknown" in next(iter(letters[0].reasons.values()))
