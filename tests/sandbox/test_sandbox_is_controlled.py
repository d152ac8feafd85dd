"""Other processes control the sandbox over HTTP, make it fail, and read its journal."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sandbox_asking import Hook, ask, data

from marketplacer_callback.sandbox import Sandbox, SandboxClient, SandboxRefused, run_sandbox

NODES = "query Many($ids: [ID!]!) { nodes(ids: $ids) { id } }"


async def test_writes_and_deliveries_over_http(hook: Hook) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        [first, *_] = await client.objects("Advert")
        assert first == {"id": sandbox.store.all("Advert")[0]["id"], "version": 1, "updated_at": first["updated_at"]}
        assert await client.change("Advert", first["id"], title="By wire") == first["id"]
        assert sandbox.store.get(first["id"])["title"] == "By wire"  # type: ignore[index]
        seller = await client.create("Seller", businessName="Wired")
        assert (await client.deliver("Seller", seller))["outcome"] == "delivered"
        await client.destroy("Advert", first["id"])
        await sandbox.drained()
        journal = await client.journal(kind="attempt", typename="Advert")
        assert [entry["event_name"] for entry in journal["entries"]] == ["update", "destroy"]
        assert journal["summary"]["deliveries"] == 4
        assert [answered["version"] for answered in journal["last_answered"]] == [3]


async def test_a_burst_that_is_waited_for_answers_its_report(hook: Hook) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.base_url) as client:
        report = await client.burst(count=40, objects=4, concurrency=5)
        assert (report["running"], report["delivered"], len(report["ids"])) == (False, 40, 4)


async def test_a_burst_that_is_not_waited_for_shows_its_progress(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.base_url) as client:
        started = await client.burst(count=40, objects=4, concurrency=5, wait=False)
        assert started["running"]
        with pytest.raises(SandboxRefused, match="under way"):
            await client.burst(count=1)
        hook.open.set()
        while (burst := (await client.status())["burst"])["running"]:
            assert burst["count"] == 40
        assert burst["delivered"] == 40


async def test_a_burst_that_cannot_be_is_refused_and_the_next_one_runs(hook: Hook) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.base_url) as client:
        with pytest.raises(SandboxRefused, match="has no Dragon"):
            await client.burst(count=1, typename="Dragon")
        with pytest.raises(SandboxRefused, match="concurrency"):
            await client.burst(count=1, concurrency=201)
        assert (await client.status())["burst"]["running"] is False
        assert (await client.burst(count=1))["delivered"] == 1


async def test_leaving_in_the_middle_of_a_burst_ends_it(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.base_url) as client:
        await client.burst(count=400, objects=4, concurrency=5, wait=False)
        await hook.arrived.wait()
    assert sandbox.journal.deliveries == 0


@pytest.mark.parametrize(
    ("name", "body", "status", "named"),
    [
        ("change", {"typename": "Advert", "id": "nobody"}, 404, "nobody"),
        ("change", {"typename": "Advert", "fields": {"titel": 1}}, 400, "titel"),
        ("change", {}, 400, "typename"),
        ("deliver", {"typename": "Advert", "id": "x"}, 400, "webhook URL"),
        ("deliver", [1], 400, "object"),
        ("change", {"typename": ["Advert"]}, 400, "'typename': expected a text"),
        ("change", {"typename": "Advert", "id": 5}, 400, "'id': expected a text"),
        ("change", {"typename": "Advert", "fields": "title"}, 400, "'fields': expected a JSON object"),
        ("change", {"typename": "Advert", "fields": {"typename": "x"}}, 400, "'fields': 'typename' cannot be written"),
        ("create", {"typename": "Advert", "fields": [1]}, 400, "'fields': expected a JSON object"),
        ("destroy", {"typename": "Advert", "id": []}, 400, "'id': expected a text"),
        ("create", {"typename": "Variant", "fields": {"advert": 5}}, 400, "Variant.advert refers to an object"),
        (
            "create",
            {"typename": "RemittanceAdvice", "fields": {"seller": {"a": 1}}},
            400,
            "RemittanceAdvice.seller refers to an",
        ),
        ("create", {"typename": "Variant", "fields": {"advert": []}}, 400, "Variant.advert takes one id"),
        ("create", {"typename": "Advert", "fields": {"images": "x"}}, 400, "Advert.images takes a list of ids"),
        (
            "create",
            {"typename": "Shipment", "fields": {"invoice": "QWR2ZXJ0LTE="}},
            400,
            "Shipment.invoice refers to no Advert, which 'QWR2ZXJ0LTE=' is",
        ),
        ("story", {"name": ["refund"]}, 400, "'name': expected a text"),
        ("trigger", {"typename": {}}, 400, "'typename': expected a text"),
        ("trigger", {"typename": "Advert", "event_name": 1}, 400, "'event_name': expected a text"),
        ("chnge", {}, 404, "no such control: 'chnge'; did you mean 'change'?"),
        ("status", {}, 405, "'status' is not for POST; use GET"),
        ("burst", {"count": 1}, 400, "webhook URL"),
        ("fail", {"stat": 500}, 400, "stat"),
        ("change", [], 400, "object"),
        ("change", {"typename": "Advert", "feilds": {}}, 400, "did you mean 'fields'"),
        ("create", {"typename": "Advert", "id": "x"}, 400, "'id' is not read here"),
        ("reset", {"hard": True}, 400, "'hard' is not read here"),
    ],
)
async def test_a_mistake_is_a_4xx_that_names_it(
    sandbox: Sandbox, name: str, body: object, status: int, named: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/sandbox/{name}", json=body) as answer,
    ):
        assert answer.status == status
        assert named in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"[" * 20_000, "nested too deeply"),
        (b'"' + b"x" * (16 * 1024 * 1024) + b'"', "too large"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_400(sandbox: Sandbox, body: bytes, named: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/sandbox/change", data=io.BytesIO(body)) as answer,
    ):
        assert answer.status == 400
        assert named in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("objects?typename=Advrt", 404, "no type 'Advrt'"),
        ("webhooks?typename=Advrt", 404, "no type 'Advrt'"),
        ("journal?limit=1000000000000000000000000000000", 200, None),
        ("deliveries?limit=1000000000000000000000000000000", 200, None),
        ("burst", 405, "'burst' is not for GET; use POST"),
        ("", 404, "no such control: ''"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_why(
    sandbox: Sandbox, path: str, status: int, named: str | None
) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.base_url}/sandbox/{path}") as answer:
        assert answer.status == status
        error = (await answer.json()).get("error")
        assert (error is None) if named is None else (named in error)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"count": "5"}, "'count': expected a whole number"),
        ({"count": 10**12}, "a count from 0 to 10,000,000"),
        ({"count": 1, "typename": 7}, "'typename': expected a text"),
        ({"count": 1, "objects": None}, "'objects': expected a whole number"),
        ({"count": 1, "wait": "no"}, "'wait': expected true or false"),
    ],
)
async def test_a_burst_of_another_kind_is_refused(hook: Hook, asked: dict[str, Any], named: str) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        with pytest.raises(SandboxRefused, match=named):
            await client.burst(**asked)
        with pytest.raises(SandboxRefused, match="no such event: 'moved'; one of create, update, destroy"):
            await client.deliver("Advert", sandbox.store.first("Advert")["id"], "moved")


async def test_a_control_that_breaks_answers_all_the_same_and_logs_where(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    del sandbox.traffic
    async with SandboxClient(sandbox.url) as client:
        with pytest.raises(SandboxRefused, match="status: the sandbox failed at this; its log says where"):
            await client.status()
    [record] = [
        one for one in caplog.records if one.name == "marketplacer_callback.sandbox" and one.levelname == "ERROR"
    ]
    assert (record.message, record.exc_info is not None) == ("sandbox.control_failed", True)


async def test_an_outage_lasts_as_many_requests_as_it_was_told_to(sandbox: Sandbox) -> None:
    async with SandboxClient(sandbox.base_url) as client:
        await client.fail(status=503, retry_after=2, requests=2)
        assert [(await ask(sandbox, "{ apiKeyPrincipal { name } }"))[0] for _ in range(3)] == [503, 503, 200]
        await client.fail(status=429)
        assert [(await ask(sandbox, "{ apiKeyPrincipal { name } }"))[0] for _ in range(3)] == [429] * 3
        await client.fail()
        assert (await ask(sandbox, "{ apiKeyPrincipal { name } }"))[0] == 200
    assert [call.status for call in sandbox.journal.calls()] == [503, 503, 200, 429, 429, 429, 200]


async def test_objects_can_be_hidden_broken_or_poisonous(sandbox: Sandbox) -> None:
    ids = [advert["id"] for advert in sandbox.store.all("Advert")[:4]]
    async with SandboxClient(sandbox.base_url) as client:
        await client.fail(null=[ids[0]], errors=[ids[1]])
        _, answer = await ask(sandbox, NODES, {"ids": ids})
        assert answer["data"]["nodes"] == [None, None, {"id": ids[2]}, {"id": ids[3]}]
        assert [error["path"] for error in answer["errors"]] == [["nodes", 1]]
        await client.fail(poison=[ids[2]])
        assert (await ask(sandbox, NODES, {"ids": ids}))[0] == 500
        assert (await ask(sandbox, NODES, {"ids": ids[:2]}))[0] == 200
        await client.fail(max_ids=3)
        _, answer = await ask(sandbox, NODES, {"ids": ids})
        assert answer["data"] is None
        assert "complexity" in answer["errors"][0]["message"]
        assert len((await data(sandbox, NODES, {"ids": ids[:3]}))["nodes"]) == 3


async def test_a_lag_hides_what_was_just_made(sandbox: Sandbox) -> None:
    id_ = sandbox.create("Seller")
    async with SandboxClient(sandbox.base_url) as client:
        await client.fail(lag_ms=60_000)
        assert await data(sandbox, NODES, {"ids": [id_]}) == {"nodes": [None]}
        await client.fail()
        assert await data(sandbox, NODES, {"ids": [id_]}) == {"nodes": [{"id": id_}]}


async def test_latency_is_waited_out() -> None:
    async with Sandbox(adverts=1, latency_ms=40) as sandbox:
        await ask(sandbox, "{ apiKeyPrincipal { name } }")
        assert sandbox.journal.calls()[0].ms >= 40


async def test_the_journal_is_a_file_of_json_lines(tmp_path: Path, hook: Hook) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    async with Sandbox(adverts=2, webhook_url=hook.url, journal_path=path) as sandbox:
        sandbox.create("Seller")
        await sandbox.drained()
        await ask(sandbox, "mutation { webhookUpdate(input: {}) { status } }")
    kinds = [json.loads(line)["kind"] for line in path.read_text().splitlines()]
    assert kinds == ["attempt", "webhook_call", "call"]


async def test_as_a_process_it_tells_its_port_and_stops_when_told_to() -> None:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.create_task(run_sandbox(stop=stop, ready=ready.set_result, adverts=1))
    sandbox = await ready
    assert (await ask(sandbox, "{ apiKeyPrincipal { name } }"))[0] == 200
    stop.set()
    await running
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(sandbox, "{ apiKeyPrincipal { name } }")


async def test_a_port_in_use_is_an_os_error_and_leaves_nothing_open(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match=str(port)):
        await run_sandbox(stop=asyncio.Event(), port=port, adverts=1)
