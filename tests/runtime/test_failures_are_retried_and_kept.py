"""What fails is tried again by policy, then kept as a dead letter with its reason; an outage spends no attempt."""

from __future__ import annotations

import asyncio
from typing import Any

from marketplacer_callback import Answer, Change, errors, outcomes


async def until_later(world: Any, advert: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            state = await world.inbox.look("Advert", advert)
            if (
                state.mailboxes
                and state.mailboxes[0].state == "later"
                and not state.mailboxes[0].handlers[0].is_settling
            ):
                return state.mailboxes[0].handlers[0]
            await asyncio.sleep(0.02)


async def test_give_up_is_a_dead_letter_with_its_reason_at_once(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        raise errors.GiveUp("the catalogue refuses this product")

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        (letter,) = await world.inbox.dead_letter("Advert", advert)
    assert letter.reasons == {"product": "the catalogue refuses this product"}


async def test_a_dead_letter_can_be_replayed_and_goes_when_its_handler_succeeds(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> Answer:
        recorder.note(change)
        return outcomes.dead_letter("first") if len(recorder.changes) == 1 else None

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        assert await world.inbox.replay("slow", "Advert", advert) == "new"
        await recorder.until(lambda changes: len(changes) == 2)
        await world.drained()
        assert await world.inbox.dead_letter("Advert", advert) == []
    assert recorder.changes[1].first


async def test_an_unexpected_exception_is_counted_and_a_retry_with_its_own_time_is_not(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        if change.object["title"] == "busy":
            raise errors.RetryLater("busy", after=3600)
        raise RuntimeError("boom")

    async with world.started():
        counted = world.sandbox.change("Advert", title="broken")
        uncounted = world.sandbox.change("Advert", title="busy")
        await world.sandbox.drained()
        assert (await until_later(world, counted)).failures == 1
        assert (await until_later(world, uncounted)).failures == 0


async def test_a_handler_that_takes_too_long_has_failed(world: Any) -> None:
    world.tables["worker"]["handler_timeout"] = "100ms"

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        await asyncio.sleep(3600)

    async with world.started():
        advert = world.sandbox.change("Advert", title="slow")
        assert (await until_later(world, advert)).failures == 1


async def test_while_the_api_is_down_no_attempt_is_spent_and_then_all_is_handled(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        from marketplacer_callback.sandbox.faults.fault import Fault

        world.sandbox.faults.set(Fault.parse({"status": 503, "requests": 5}))
        adverts = [world.sandbox.change("Advert", title=f"t{n}") for n in range(3)]
        await recorder.until(lambda changes: {change.ref.id for change in changes} >= set(adverts), within_s=40)
        await world.drained()
    # One request may fail, and spend an attempt, before a second and a third show that it was no accident.
    assert {change.attempt for change in recorder.changes if change.ref.id in adverts} <= {1, 2}
    assert (await world.inbox.paused_ms()) == 0


async def test_one_poisoned_object_fails_alone(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        from marketplacer_callback.sandbox.faults.fault import Fault

        adverts = [one["id"] for one in world.sandbox.store.all("Advert")][:20]
        world.sandbox.faults.set(Fault.parse({"poison": [adverts[7]]}))
        for advert in adverts:
            world.sandbox.change("Advert", advert, title="t")
        await recorder.until(lambda changes: {change.ref.id for change in changes} >= set(adverts) - {adverts[7]})
        assert (await until_later(world, adverts[7])).failures >= 1
    assert adverts[7] not in {change.ref.id for change in recorder.changes}


async def test_a_sink_that_fails_is_tried_again_and_its_reason_is_kept(world: Any) -> None:
    (world.output / "Advert.jsonl").mkdir(parents=True)
    world.configure(
        sinks={"archive": {"type": "jsonl", "path": str(world.output / "{typename}.jsonl")}},
        routes=[{"name": "all", "types": ["Advert"], "to": ["archive"]}],
        lanes={"slow": {"attempts": 1}},
    )
    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        (letter,) = await world.inbox.dead_letter("Advert", advert)
    assert "sink 'archive'" in letter.reasons["all.archive"]


async def test_a_sink_that_fails_neither_repeats_nor_holds_up_its_neighbour(world: Any) -> None:
    (world.output / "broken.jsonl").mkdir(parents=True)
    names = ("broken", "good")
    world.configure(
        sinks={name: {"type": "jsonl", "path": str(world.output / f"{name}.jsonl")} for name in names},
        routes=[{"name": "all", "types": ["Advert"], "to": list(names)}],
        lanes={"slow": {"attempts": 1, "cooldown": "20ms"}},
    )
    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        assert len((world.output / "good.jsonl").read_text().splitlines()) == 1
        for _ in range(2):
            (letter,) = await world.inbox.dead_letter("Advert", advert)
            assert set(letter.reasons) == {"all.broken"}
            await world.inbox.replay("slow", "Advert", advert)
            await world.drained()
    assert len((world.output / "good.jsonl").read_text().splitlines()) == 1


async def test_while_the_api_cannot_be_reached_no_attempt_is_spent(world: Any, recorder: Any) -> None:
    world.api_url = "http://127.0.0.1:9/graphql"  # the discard port: nobody listens

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        async with asyncio.timeout(10):
            while not await world.inbox.paused_ms():
                await asyncio.sleep(0.01)
        state = await world.inbox.look("Advert", advert)
    assert state.mailboxes[0].handlers[0].failures == 0


async def test_an_object_that_the_api_chokes_on_counts_its_attempts_and_pauses_nobody(world: Any) -> None:
    from marketplacer_callback.sandbox.faults.fault import Fault

    @world.integration.on("Advert")
    async def product(change: Change) -> None: ...

    async with world.started():
        advert = next(iter(world.sandbox.store.all("Advert")))["id"]
        world.sandbox.faults.set(Fault.parse({"poison": [advert]}))
        await world.integration.refresh("Advert", advert)
        assert (await until_later(world, advert)).failures == 1
        assert await world.inbox.paused_ms() == 0


async def test_a_handler_that_changes_its_object_does_not_change_that_of_the_next(world: Any, recorder: Any) -> None:
    @world.integration.on("Advert")
    async def spoils(change: Change) -> None:
        change.object["title"] = object()

    @world.integration.on("Advert")
    async def reads(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        world.sandbox.change("Advert", title="clean")
        await recorder.until(lambda changes: len(changes) == 1)
        await world.drained()
    assert recorder.changes[0].object["title"] == "clean"


async def test_data_that_is_no_json_fails_its_own_publish_and_not_its_neighbours(world: Any) -> None:
    world.configure(
        sinks={"archive": {"type": "jsonl", "path": str(world.output / "{typename}.jsonl")}},
        lanes={"slow": {"attempts": 1, "cooldown": "20ms"}},
    )
    adverts = [one["id"] for one in world.sandbox.store.all("Advert")][:10]

    @world.integration.on("Advert")
    async def product(change: Change) -> Answer:
        return outcomes.publish("archive", object() if change.ref.id == adverts[3] else {"id": change.ref.id})

    async with world.sandbox:
        world.settle_settings()
        from marketplacer_callback.refreshing import refresh

        await world.inbox.register(world.integration.table.wants())
        await refresh(world.inbox, world.integration.table, "Advert", adverts)
        async with world.integration.worker():
            await world.drained()
        letters = await world.inbox.dead_letters()
    assert [letter.id for letter in letters] == [adverts[3]]
    lines = (world.output / "Advert.jsonl").read_text().splitlines()
    assert len(lines) == 9


async def test_a_handler_whose_awaited_task_was_cancelled_has_failed(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        task.cancel()
        await task

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        handler = await until_later(world, advert)
    assert handler.failures == 1
    assert "CancelledError" in handler.last_reason


async def test_a_model_whose_own_code_fails_fails_its_ref_alone(world: Any, recorder: Any) -> None:
    from pydantic import BaseModel, field_validator

    class Broken(BaseModel):
        title: str

        @field_validator("title")
        @classmethod
        def check(cls, title: str) -> str:
            return {"good": title}[title]

    @world.integration.on("Advert")
    async def product(change: Change[Broken]) -> None:
        recorder.note(change)

    async with world.started():
        bad = world.sandbox.change("Advert", title="bad")
        world.sandbox.change("Advert", title="good")
        await recorder.until(lambda changes: len(changes) == 1)
        assert (await until_later(world, bad)).failures == 1
    assert recorder.changes[0].object.title == "good"


async def test_a_key_that_is_refused_pauses_the_instance_and_spends_no_attempt(world: Any) -> None:
    @world.integration.on("Advert")
    async def product(change: Change) -> None: ...

    async with world.started():
        from marketplacer_callback.sandbox.faults.fault import Fault

        world.sandbox.faults.set(Fault(status=401))
        advert = world.sandbox.change("Advert", title="x")
        async with asyncio.timeout(10):
            while not await world.inbox.paused_ms():
                await asyncio.sleep(0.01)
        state = await world.inbox.look("Advert", advert)
        assert state.mailboxes[0].handlers[0].failures == 0
        world.sandbox.faults.set(Fault())
        await world.drained()


async def test_a_sink_that_is_not_there_is_a_dead_letter_that_names_those_that_are(world: Any) -> None:
    world.configure(sinks={"archive": {"type": "log"}})

    @world.integration.on("Advert")
    async def product(change: Change) -> Answer:
        return outcomes.publish("archve", change.object)

    async with world.started():
        advert = world.sandbox.change("Advert", title="x")
        await world.drained()
        (letter,) = await world.inbox.dead_letter("Advert", advert)
    assert letter.reasons == {"product": "no sink 'archve' in [sinks]; there are: archive"}
