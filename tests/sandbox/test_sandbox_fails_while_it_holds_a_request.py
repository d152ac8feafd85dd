"""A request can be held just before or just after it acts, so that its client can be killed exactly there."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sandbox_posting import NAME, advert, post, upsert, values

from marketplacer_callback.sandbox import Fault, Sandbox, SandboxClient, SandboxRefused

CLIENT = Path(__file__).with_name("sandbox_killed_client.py")


async def client_process(sandbox: Sandbox, body: dict[str, Any]) -> asyncio.subprocess.Process:
    told = json.dumps({"url": sandbox.url, "body": body})
    return await asyncio.create_subprocess_exec(sys.executable, str(CLIENT), told, stdout=asyncio.subprocess.PIPE)


async def until_answered(sandbox: Sandbox, count: int) -> None:
    began = time.monotonic()
    while len(sandbox.journal.calls()) < count:
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.01)


async def test_a_client_killed_before_its_request_acted_finds_it_done_once_after_the_release(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    before = sandbox.store.version("Advert", id_)
    sandbox.faults.set(Fault(hold="before", name="pay", operation="externalIdUpsert", requests=1))
    process = await client_process(sandbox, upsert(id_, "paid"))
    async with asyncio.timeout(20):
        [held] = await sandbox.faults.until_held("pay")
    assert (held.name, held.operation, held.where) == ("pay", "Upsert", "before")
    assert abs(time.time() - held.since) < 20
    process.kill()
    assert await process.wait() == -9
    assert (values(sandbox, id_), sandbox.store.version("Advert", id_)) == ([], before)
    assert sandbox.faults.release("pay") == 1
    await until_answered(sandbox, 1)
    assert (values(sandbox, id_), sandbox.store.version("Advert", id_)) == (["paid"], before + 1)
    assert (await post(sandbox, upsert(id_, "paid")))[0] == 200
    assert (values(sandbox, id_), sandbox.store.version("Advert", id_)) == (["paid"], before + 1)


async def test_a_client_killed_after_its_request_acted_has_acted_once(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    before = sandbox.store.version("Advert", id_)
    sandbox.faults.set(Fault(hold="after", name="pay", requests=1))
    process = await client_process(sandbox, upsert(id_, "paid"))
    async with asyncio.timeout(20):
        [held] = await sandbox.faults.until_held("pay")
    assert (held.where, values(sandbox, id_)) == ("after", ["paid"])
    process.kill()
    await process.wait()
    assert sandbox.faults.release(held.id) == 1
    await until_answered(sandbox, 1)
    assert (values(sandbox, id_), sandbox.store.version("Advert", id_)) == (["paid"], before + 1)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_client_that_stays_gets_its_answer_after_the_release(sandbox: Sandbox, where: Any) -> None:
    sandbox.faults.set(Fault(hold=where, name="x"))
    asking = asyncio.create_task(post(sandbox, {"query": NAME}))
    await sandbox.faults.until_held("x")
    assert not asking.done()
    sandbox.faults.release()
    assert await asking == (200, {"data": {"apiKeyPrincipal": {"name": "Sandbox operator"}}})
    assert sandbox.faults.held() == []


async def test_a_hold_ends_by_itself_after_hold_ms(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(hold="before", hold_ms=40))
    assert (await post(sandbox, {"query": NAME}))[0] == 200
    assert sandbox.journal.calls()[0].ms >= 40
    assert sandbox.faults.held() == []


async def test_each_name_is_released_for_itself(sandbox: Sandbox) -> None:
    sandbox.faults.replace(
        [
            Fault(hold="before", name="first", requests=1),
            Fault(hold="before", name="second", requests=2),
        ]
    )
    asking = [asyncio.create_task(post(sandbox, {"query": NAME})) for _ in range(3)]
    await sandbox.faults.until_held(count=3)
    assert [held.name for held in sandbox.faults.held()] == ["first", "second", "second"]
    assert sandbox.faults.release("second") == 2
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    assert [held.name for held in sandbox.faults.held()] == ["first"]
    assert sandbox.faults.release("second") == 0
    assert sandbox.faults.release() == 1
    assert [status for status, _ in await asyncio.gather(*asking)] == [200, 200, 200]


async def test_what_is_held_stays_so_when_the_faults_are_replaced(sandbox: Sandbox) -> None:
    sandbox.faults.set(Fault(hold="before", name="x"))
    asking = asyncio.create_task(post(sandbox, {"query": NAME}))
    await sandbox.faults.until_held("x")
    sandbox.faults.set(Fault())
    assert len(sandbox.faults.held("x")) == 1
    assert (await post(sandbox, {"query": NAME}))[0] == 200
    sandbox.faults.release("x")
    assert (await asking)[0] == 200


async def test_stopping_the_sandbox_releases_all_without_acting() -> None:
    async with Sandbox(adverts=1) as sandbox:
        id_ = advert(sandbox)
        sandbox.faults.set(Fault(hold="before"))
        asking = asyncio.create_task(post(sandbox, upsert(id_, "never")))
        await sandbox.faults.until_held()
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert values(sandbox, id_) == []


async def test_other_processes_see_and_release_what_is_held(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    async with SandboxClient(sandbox.url) as client:
        await client.fail(hold="before", name="pay")
        assert await client.held() == []
        waiting = asyncio.create_task(client.until_held("pay", 2, timeout_s=10))
        asking = [asyncio.create_task(post(sandbox, upsert(id_, value))) for value in ("a", "b")]
        held = await waiting
        assert [(one["name"], one["operation"], one["where"]) for one in held] == [("pay", "Upsert", "before")] * 2
        assert (await client.status())["held"] == 2
        assert await client.release(held[0]["id"]) == 1
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert len(values(sandbox, id_)) == 1
        assert await client.release("pay") == 1
        await asyncio.gather(*asking)
        assert sorted(values(sandbox, id_)) == ["a", "b"]
        assert await client.release() == 0


async def test_waiting_for_a_held_request_ends_in_time(sandbox: Sandbox) -> None:
    async with SandboxClient(sandbox.url) as client:
        with pytest.raises(TimeoutError, match="holds 0 requests after 0.05 s, not 1"):
            await client.until_held("nothing", timeout_s=0.05)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"id": 77}, 404, "the sandbox holds no request number 77"),
        ({"id": "77"}, 400, "the name of held requests is a text, an id a whole number"),
        ({"name": 1}, 400, "the name of held requests is a text, an id a whole number"),
        ({"nam": "pay"}, 400, "'nam' is not read here; did you mean 'name'?"),
        ({"name": "pay", "id": 1}, 400, "give the name or the id of what to release, not both"),
    ],
)
async def test_a_release_that_cannot_be_is_refused(
    sandbox: Sandbox, body: dict[str, object], status: int, error: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/sandbox/release", json=body) as answer,
    ):
        assert (answer.status, await answer.json()) == (status, {"error": error})


async def test_a_number_that_is_not_held_is_an_error(sandbox: Sandbox) -> None:
    async with SandboxClient(sandbox.url) as client:
        with pytest.raises(SandboxRefused, match="no request number 5"):
            await client.release(5)
