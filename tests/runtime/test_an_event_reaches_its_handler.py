"""The main road: a signed webhook with an object id comes in, the full object reaches the handler."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel

from marketplacer_callback import Answer, Change, outcomes
from marketplacer_callback.inbox.records import Want


async def test_the_full_object_reaches_the_handler(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = world.sandbox.change("Advert", title="A blue chair")
        await recorder.until(lambda changes: any(one.ref.id == advert for one in changes))
        await world.drained()
    change = next(one for one in recorder.changes if one.ref.id == advert)
    assert str(change.ref) == f"test/Advert/{advert}"
    assert change.object["title"] == "A blue chair"
    assert (change.first, change.deleted, change.source, change.attempt, change.lane) == (
        True,
        False,
        "webhook",
        1,
        "slow",
    )
    assert change.document == "Advert"
    assert len(change.document_digest) == 16
    assert {event.name for event in change.events} <= {"create", "update"}
    assert all(event.id and event.sequence is not None for event in change.events)


async def test_a_typed_handler_gets_its_model_and_a_plain_function_runs_in_a_thread(world: Any, recorder: Any) -> None:
    class Product(BaseModel):
        id: str
        title: str

    @world.integration.on("Advert")
    def typed(change: Change[Product]) -> None:
        import threading

        assert threading.current_thread() is not threading.main_thread()
        loop.call_soon_threadsafe(recorder.note, change)

    loop = asyncio.get_running_loop()
    async with world.started():
        world.sandbox.change("Advert", title="typed")
        await recorder.until(lambda changes: len(changes) > 0)
        await world.drained()
    assert isinstance(recorder.changes[0].object, Product)
    assert recorder.changes[0].object.title == "typed"


async def test_an_object_that_does_not_fit_its_model_is_dead_lettered_alone(world: Any, recorder: Any) -> None:
    class Strict(BaseModel):
        title: int

    @world.integration.on("Advert")
    async def strict(change: Change[Strict]) -> None: ...

    @world.integration.on("Advert")
    async def relaxed(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = world.sandbox.change("Advert", title="not a number")
        await recorder.until(lambda changes: len(changes) > 0)
        await world.drained()
        letters = await world.inbox.dead_letter("Advert", advert)
    assert [list(letter.reasons) for letter in letters] == [["strict"]]
    reason = letters[0].reasons["strict"]
    assert "/title" in reason
    assert "not a number" not in reason


async def test_first_stays_true_until_the_handler_ended_done(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> Answer:
        recorder.note(change)
        return outcomes.skip("not yet") if len(recorder.changes) == 1 else None

    async with world.started():
        advert = world.sandbox.change("Advert", title="1")
        await recorder.until(lambda changes: len(changes) == 1)
        for title in ("2", "3"):
            await world.drained()
            world.sandbox.change("Advert", advert, title=title)
            await recorder.until(lambda changes, title=title: changes[-1].object["title"] == title)
        await world.drained()
    firsts = {change.object["title"]: change.first for change in recorder.changes}
    assert firsts == {"1": True, "2": True, "3": False}


async def test_a_burst_on_one_object_costs_a_few_fetches(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        report = await world.sandbox.burst(count=300, objects=3)
        await world.drained()
        last = world.sandbox.journal.last_answered()
    assert report.delivered == 300
    assert len(recorder.changes) < 150
    for (typename, id), (_, updated_at) in last.items():
        if typename == "Advert":
            seen = [change.object["updatedAt"] for change in recorder.changes if change.ref.id == id]
            assert seen[-1] == updated_at


async def test_fifty_objects_are_fetched_in_one_request(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.sandbox:
        world.settle_settings()
        ids = [one["id"] for one in world.sandbox.store.all("Advert")][:50]
        await world.inbox.register(world.integration.table.wants())
        from marketplacer_callback.refreshing import refresh

        await refresh(world.inbox, world.integration.table, "Advert", ids)
        async with world.integration.worker():
            await recorder.until(lambda changes: len(changes) == 50)
            await world.drained()
        calls = [call for call in world.sandbox.journal.calls() if call.operation == "Advert"]
    assert [call.ids for call in calls] == [50]
    assert {change.source for change in recorder.changes} == {"manual"}


async def test_asking_for_an_object_leaves_what_the_fleet_wants_alone(world: Any) -> None:
    """Somebody's checkout has other handlers than the fleet: its own must not get mailboxes that nobody works on."""

    @world.integration.on("Advert")
    async def of_this_checkout(change: Change) -> None: ...

    world.api_url = "http://127.0.0.1:9/graphql"
    world.settle_settings()
    of_the_fleet = Want("Advert", "slow", "product")
    await world.inbox.register([of_the_fleet])
    await world.integration.refresh("Advert", "A1")
    assert await world.inbox.routes() == (of_the_fleet,)
    [mailbox] = (await world.inbox.look("Advert", "A1")).mailboxes
    assert mailbox.lane == "slow"


async def test_on_a_fresh_redis_asking_for_an_object_says_who_wants_it(world: Any) -> None:
    @world.integration.on("Seller")
    async def vendor(change: Change) -> None: ...

    world.api_url = "http://127.0.0.1:9/graphql"
    world.settle_settings()
    await world.integration.refresh("Seller", "S1")
    assert "vendor" in {want.handler for want in await world.inbox.routes()}
    assert len((await world.inbox.look("Seller", "S1")).mailboxes) == 1


async def test_handlers_run_in_order_and_one_failure_does_not_stop_the_next(world: Any, recorder: Any) -> None:
    order: list[str] = []

    @world.integration.on("Advert")
    async def fails(change: Change) -> None:
        order.append("fails")
        raise RuntimeError("boom")

    @world.integration.on("Advert")
    async def works(change: Change) -> None:
        order.append("works")
        recorder.note(change)

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await recorder.until(lambda changes: len(changes) == 1)
        async with asyncio.timeout(5):
            while (state := await world.inbox.look("Advert", advert)).mailboxes[0].state != "later":
                await asyncio.sleep(0.02)
    assert order[:2] == ["fails", "works"]
    failing = {handler.handler: handler for handler in state.mailboxes[0].handlers}
    assert failing["fails"].failures == 1


async def test_a_route_publishes_what_passes_and_nothing_twice(world: Any) -> None:
    world.configure(
        sinks={"archive": {"type": "jsonl", "path": str(world.output / "{typename}.jsonl")}},
        routes=[{"name": "chairs", "types": ["Advert"], "where": {"/title": "chair"}, "to": ["archive"]}],
    )
    async with world.started():
        chair = world.sandbox.change("Advert", title="chair")
        world.sandbox.change("Advert", title="table")
        await world.drained()
        await world.sandbox.deliver("Advert", chair)
        await world.drained()
    import json

    lines = [json.loads(line) for line in (world.output / "Advert.jsonl").read_text().splitlines()]
    assert [(line["subject"], line["data"]["title"]) for line in lines] == [(f"test/Advert/{chair}", "chair")]
