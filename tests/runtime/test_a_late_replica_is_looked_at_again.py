"""A read may come from a replica that is behind the event: what looks unchanged is read once more, later."""

from __future__ import annotations

from typing import Any

import pytest

from marketplacer_callback import Change
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.faults.fault import Fault

WITH_STAMP = "query($id: ID!) { node(id: $id) { __typename id ... on Advert { updatedAt } } }"


def requests(world: Any) -> int:
    return sum(call.operation == "Advert" for call in world.sandbox.journal.calls())


async def handled_once(world: Any, recorder: Any) -> str:
    advert: str = world.sandbox.change("Advert", title="before")
    await recorder.until(lambda changes: len(changes) == 1)
    await world.drained()
    return advert


@pytest.mark.parametrize("mode", ["doubtful", "always"])
async def test_a_change_that_the_first_read_missed_is_handled(world: Any, recorder: Any, mode: str) -> None:
    world.tables["worker"]["second_look"] = mode

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = await handled_once(world, recorder)
        world.sandbox.faults.set(Fault(lag_ms=200))
        world.sandbox.change("Advert", advert, title="after")
        await recorder.until(lambda changes: changes[-1].object["title"] == "after")
        await world.drained()
    assert recorder.changes[-1].object["title"] == "after"


async def test_an_event_about_nothing_new_costs_one_more_read_and_no_publish(world: Any) -> None:
    world.configure(
        sinks={"archive": {"type": "jsonl", "path": str(world.output / "{typename}.jsonl")}},
        routes=[{"name": "all", "types": ["Advert"], "to": ["archive"]}],
    )
    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        before = requests(world)
        await world.sandbox.deliver("Advert", advert)
        await world.drained()
        assert requests(world) == before + 2
    assert len((world.output / "Advert.jsonl").read_text().splitlines()) == 1


async def test_a_payload_that_carries_updated_at_saves_the_second_read(world: Any, recorder: Any) -> None:
    world.sandbox = Sandbox(
        adverts=3,
        secret="a-secret-of-the-tests",
        webhook_url=f"http://127.0.0.1:{world.receiver_port}/marketplacer",
        vertical="test",
        webhook_queries={"Advert": WITH_STAMP},
    )

    @world.integration.on("Advert", skip_unchanged=True)
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = await handled_once(world, recorder)
        before = requests(world)
        await world.sandbox.deliver("Advert", advert)
        await world.drained()
        assert requests(world) == before + 1
    assert len(recorder.changes) == 1


async def test_always_looks_twice_and_calls_twice_only_for_news(world: Any, recorder: Any) -> None:
    world.tables["worker"]["second_look"] = "always"

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        await handled_once(world, recorder)
        assert requests(world) == 2
    assert len(recorder.changes) == 1


async def test_never_reads_once(world: Any, recorder: Any) -> None:
    world.tables["worker"]["second_look"] = "never"

    @world.integration.on("Advert", skip_unchanged=True)
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = await handled_once(world, recorder)
        await world.sandbox.deliver("Advert", advert)
        await world.drained()
        assert requests(world) == 2
    assert len(recorder.changes) == 1
