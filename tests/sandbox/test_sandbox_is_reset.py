"""A reset brings back the start, whatever is under way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from sandbox_asking import Hook, ask, data

from marketplacer_callback.sandbox import Choices, Sandbox, SandboxClient, SandboxRefused, run_sandbox


async def test_a_reset_brings_back_the_start(hook: Hook) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        first = sandbox.store.all("Advert")[0]
        id_, title, counts = first["id"], first["title"], sandbox.store.typenames()
        made = await client.create("Advert", title="New")
        await client.change("Advert", id_, title="Changed")
        await client.destroy("Advert", sandbox.store.all("Advert")[1]["id"])
        await client.fail(status=503)
        await client.disturb(drop=True)
        await client.configure(typename="Advert", enabled=False)
        await sandbox.drained()
        status = await client.reset()
        assert status["objects"] == counts
        assert status["journal"] == dict.fromkeys(status["journal"], 0)
        assert (await client.faults(), await client.disturbances(), await client.deliveries()) == ([], [], [])
        assert sandbox.store.get(id_)["title"] == title  # type: ignore[index]
        assert sandbox.store.version("Advert", id_) == 1
        assert sandbox.store.get(made) is None
        assert await client.create("Advert") == made


@pytest.mark.parametrize("scope", ["instance", "webhook", "type"])
async def test_no_event_after_a_reset_has_the_id_or_key_of_one_before(hook: Hook, scope: Any) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url, choices=Choices(sequence=scope)) as sandbox:
        for _ in range(2):
            for title in "ab":
                sandbox.change("Advert", sandbox.store.first("Advert")["id"], title=title)
            await sandbox.drained()
            await sandbox.reset()
    assert [int(one.headers["Marketplacer-Sequence"]) for one in hook.received] == [1, 2, 3, 4]
    assert len({json.loads(one.body)["id"] for one in hook.received}) == 4
    assert len({one.headers["Idempotency-Key"] for one in hook.received}) == 4


async def test_no_event_of_a_process_has_the_id_of_one_of_the_process_before(hook: Hook) -> None:
    for _ in range(2):
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        running = asyncio.create_task(run_sandbox(stop=stop, ready=ready.set_result, adverts=1, webhook_url=hook.url))
        sandbox = await ready
        await sandbox.deliver("Advert", sandbox.store.first("Advert")["id"])
        stop.set()
        await running
    first, second = (int(one.headers["Marketplacer-Sequence"]) for one in hook.received)
    assert first < second
    assert len({json.loads(one.body)["id"] for one in hook.received}) == 2


async def test_a_reset_ends_what_is_under_way(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        await client.fail(hold="before", name="x", requests=1)
        held = asyncio.create_task(ask(sandbox, "{ apiKeyPrincipal { name } }"))
        await client.until_held("x")
        delivering = asyncio.create_task(client.deliver("Advert", sandbox.store.all("Advert")[0]["id"]))
        bursting = asyncio.create_task(client.burst(count=400, objects=4))
        while (await client.status())["burst"] is None or not hook.received:
            await asyncio.sleep(0.01)
        status = await client.reset()
        assert (status["pending"], status["burst"], status["held"]) == (0, None, 0)
        with pytest.raises(aiohttp.ClientError):
            await held
        with pytest.raises(SandboxRefused, match="reset before the delivery had ended"):
            await delivering
        with pytest.raises(SandboxRefused, match="ended before all was delivered"):
            await bursting
        hook.open.set()
        assert (await client.burst(count=3))["delivered"] == 3


async def test_nobody_waits_for_deliveries_that_a_reset_dropped(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox:
        sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        draining = asyncio.create_task(sandbox.drained())
        await hook.arrived.wait()
        assert not draining.done()
        await sandbox.reset()
        async with asyncio.timeout(5):
            await draining
        assert sandbox.webhooks.pending == 0


async def test_nobody_waits_for_a_delivery_of_a_sandbox_that_was_stopped(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox:
        delivering = asyncio.create_task(sandbox.deliver("Advert", sandbox.store.all("Advert")[0]["id"]))
        await hook.arrived.wait()
    with pytest.raises(ValueError, match="stopped before the delivery had ended"):
        await delivering


async def test_a_request_in_flight_at_a_reset_is_answered_from_the_fresh_objects() -> None:
    async with Sandbox(adverts=2, latency_ms=150) as sandbox:
        id_ = sandbox.store.all("Advert")[0]["id"]
        title = sandbox.store.all("Advert")[0]["title"]
        sandbox.change("Advert", id_, title="Before")
        text = "query One($id: ID!) { node(id: $id) { ... on Advert { title } } }"
        asking = asyncio.create_task(data(sandbox, text, {"id": id_}))
        await asyncio.sleep(0.05)
        await sandbox.reset()
        assert await asking == {"node": {"title": title}}
