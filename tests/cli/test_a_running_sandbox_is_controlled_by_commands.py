"""The commands below ``sandbox``, and ``trigger``, against a sandbox whose webhooks go to a receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cli_desk import Run, free_port

from marketplacer_callback.sandbox import Retries, Sandbox
from marketplacer_callback.testing.background import Background, Entered


class Hook:
    """A receiver that answers what it is told, and keeps what came."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[dict[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.received.append(await request.json())
        return web.Response(status=self.status, text=f"said {self.status}")

    async def serve(self) -> str:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/{{typename}}"


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def running(background: Background, hook: Hook) -> Iterator[Sandbox]:
    url = background.call(hook.serve())
    made = background.do(lambda: Sandbox(adverts=3, webhook_url=url, retries=Retries(time_scale=6000)))
    with Entered(background, made) as sandbox:
        yield sandbox
    background.call(hook.runner.cleanup())


@pytest.fixture
def control(mc: Run, running: Sandbox) -> Run:
    """``control("reset")``: a command below ``sandbox``, in JSON."""
    return lambda *arguments: mc("sandbox", *arguments, "--url", running.base_url, "--json")


def answered(run: Run, *arguments: object) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_the_api_fails_as_told_and_is_well_again(control: Run, mc: Run, running: Sandbox) -> None:
    [fault] = answered(control, "fail", "status=503", "requests=2", "operation=Advert*")["faults"]
    assert (fault["fault"]["status"], fault["fault"]["requests"], fault["left"]) == (503, 2, 2)
    shown = mc("sandbox", "faults", "--url", running.base_url).stdout
    assert "requests    status=503" in shown
    assert "left=2" in shown
    assert answered(control, "fail")["faults"] == []
    assert mc("sandbox", "faults", "--url", running.base_url).stdout == "all is well\n"


def test_deliveries_misbehave_as_told(control: Run, mc: Run, running: Sandbox, hook: Hook) -> None:
    [one] = answered(control, "disturb", "duplicate=1", 'types=["Seller"]')["deliveries"]
    assert one["disturbance"]["duplicate"] == 1
    assert "deliveries  duplicate=1" in mc("sandbox", "faults", "--url", running.base_url).stdout
    mc("trigger", "Seller", "--sandbox", running.base_url)
    assert [one["event_name"] for one in hook.received] == ["update", "update"]


def test_a_plan_is_followed_and_cleared(control: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"fault": [{"latency_ms": 5}], "delivery": [{"drop": true}]}')
    found = answered(control, "faults", "--plan", "plan.json")
    assert [one["fault"]["latency_ms"] for one in found["faults"]] == [5]
    assert [one["disturbance"]["drop"] for one in found["deliveries"]] == [True]
    assert answered(control, "faults", "--clear") == {"faults": [], "deliveries": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fail", "status"), "'status': expected NAME=VALUE"),
        (("fail", "weather=bad"), "weather"),
        (("disturb", "weather=bad"), "weather: not a part of a disturbance"),
        (("faults", "--plan", "nowhere.toml"), "'nowhere.toml' does not exist"),
        (("faults", "--plan", "bad.toml"), "bad.toml:2: "),
        (("faults", "--plan", "bad.toml", "--clear"), "exclude each other"),
        (("webhooks", "GoldenProduct", "--disable"), "no webhook for GoldenProduct"),
        (("objects",), "Missing argument 'TYPE'"),
    ],
)
def test_a_wrong_control_is_told(control: Run, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "bad.toml").write_text("[[fault]]\nstatus = 'high'\n")
    result = control(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_held_requests_are_listed_and_released(control: Run, mc: Run, running: Sandbox, background: Background) -> None:
    import aiohttp

    answered(control, "fail", "hold=before", "name=here", "operation=Held")

    async def ask() -> int:
        asked = {"query": "query Held { taxons(first: 1) { nodes { id } } }"}
        async with aiohttp.ClientSession() as session:
            headers = {"MARKETPLACER-API-KEY": "sandbox-key"}
            async with session.post(running.url, json=asked, headers=headers) as answer:
                return answer.status

    async def begin() -> Any:
        import asyncio

        task = asyncio.create_task(ask())
        await running.faults.until_held("here", 1)
        return task

    async def end(task: Any) -> Any:
        return await task

    asking = background.call(begin())
    [held] = answered(control, "held", "here")
    assert (held["name"], held["where"]) == ("here", "before")
    assert "here" in mc("sandbox", "held", "--url", running.base_url).stdout
    assert answered(control, "release", "here") == {"released": 1}
    assert background.call(end(asking), 10) == 200
    assert mc("sandbox", "release", "--url", running.base_url).stdout == "0\n"


# -- what was written down ---------------------------------------------------------------------------------------------


def test_deliveries_show_what_the_receiver_answered(control: Run, mc: Run, running: Sandbox, hook: Hook) -> None:
    hook.status = 404
    mc("trigger", "Seller", "--sandbox", running.base_url)
    [event] = answered(control, "deliveries", "Seller")
    assert [(one["status"], one["body"]) for one in event["attempts"]] == [(404, "said 404")]
    table = mc("sandbox", "deliveries", "--url", running.base_url).stdout
    assert table.splitlines()[1].split()[:2] == ["update", "Seller"]
    assert "404" in table
    assert "said 404" in table
    assert answered(control, "deliveries", "Advert") == []


def test_webhooks_are_listed_and_switched_on_again(control: Run, mc: Run, running: Sandbox, hook: Hook) -> None:
    hook.status = 404
    mc("trigger", "Seller", "--sandbox", running.base_url)
    assert [one["enabled"] for one in answered(control, "webhooks", "Seller")] == [False]
    assert [one["enabled"] for one in answered(control, "webhooks", "Seller", "--enable")] == [True]
    assert [one["enabled"] for one in answered(control, "webhooks", "Advert", "--disable")] == [False]
    lines = mc("sandbox", "webhooks", "--url", running.base_url).stdout.splitlines()
    assert len(lines) == 17
    assert [line.split()[:2] for line in lines if line.startswith("Advert ")] == [["Advert", "False"]]


def test_the_journal_shows_calls_and_deliveries(control: Run, mc: Run, running: Sandbox) -> None:
    mc("trigger", "Seller", "--sandbox", running.base_url)
    assert [one["kind"] for one in answered(control, "journal")] == ["attempt"]
    assert answered(control, "journal", "--kind", "call") == []
    assert "sent     update Seller" in mc("sandbox", "journal", "--url", running.base_url).stdout


def test_reset_goes_back_to_the_start(control: Run, mc: Run, running: Sandbox) -> None:
    mc("trigger", "Seller.create", "--sandbox", running.base_url)
    before = len(answered(control, "objects", "Seller"))
    assert mc("sandbox", "reset", "--url", running.base_url).stdout == "as at the start\n"
    assert len(answered(control, "objects", "Seller")) == before - 1
    assert answered(control, "journal") == []
    assert answered(control, "reset")["pending"] == 0


# -- trigger -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["Seller.destroy", "SELLER.DESTROY", "Seller --event destroy"])
def test_an_event_is_made_and_its_answer_is_printed(mc: Run, running: Sandbox, hook: Hook, what: str) -> None:
    result = mc("trigger", *what.split(), "--sandbox", running.base_url)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.startswith("destroy Seller ")
    assert second == f"     {first}: 200, delivered"
    assert [one["event_name"] for one in hook.received] == ["destroy"]


def test_an_event_of_a_named_object_is_made_on_the_sandbox(mc: Run, running: Sandbox, hook: Hook) -> None:
    seller = running.store.all("Seller")[1]["id"]
    done = json.loads(mc("trigger", "Seller", seller, "--sandbox", running.base_url, "--json").stdout)
    assert (done["id"], [one["id"] for one in done["deliveries"]]) == (seller, [seller])
    assert hook.received[0]["payload"]["data"]["node"] == {"id": seller, "__typename": "Seller"}


def test_a_receiver_that_refuses_is_3(mc: Run, running: Sandbox, hook: Hook) -> None:
    hook.status = 404
    result = mc("trigger", "Seller", "--sandbox", running.base_url)
    assert result.exit_code == 3
    assert "the receiver took 0 of 1 deliveries" in result.stderr
    assert "it answered 404" in result.stderr


def test_a_story_is_printed_step_by_step(mc: Run, running: Sandbox, hook: Hook) -> None:
    result = mc("trigger", "--story", "refund", "--sandbox", running.base_url)
    assert result.exit_code == 0, result.output
    assert "3. a shopper orders one: orderCreate → 200 Order " in result.stdout
    assert "8. pay the shopper back: refundRequestRefund → 200 RefundRequest " in result.stdout
    assert " REFUNDED\n     update " in result.stdout
    assert {"RefundRequest", "Invoice", "Shipment"} <= {
        one["payload"]["data"]["node"]["__typename"] for one in hook.received
    }


def test_a_story_as_json_has_its_steps(mc: Run, running: Sandbox) -> None:
    told = json.loads(mc("trigger", "--story", "seller", "--sandbox", running.base_url, "--json").stdout)
    assert told["complete"]
    assert [one["root"] for one in told["steps"]] == ["sellerCreate", "sellerUpdate", "externalIdUpsert"]


def test_a_story_that_is_refused_is_1(mc: Run, running: Sandbox, background: Background) -> None:
    for variant in list(running.store.all("Variant")):
        background.do(lambda id_=variant["id"]: running.destroy("Variant", id_))  # type: ignore[misc]
    result = mc("trigger", "--story", "inventory", "--sandbox", running.base_url)
    assert result.exit_code == 1
    assert "error: the sandbox refused variantUpdate: Variant can't be blank" in result.stderr


def test_without_a_webhook_it_is_said_that_none_went_out(mc: Run, running: Sandbox) -> None:
    result = mc("trigger", "GoldenProduct.create", "--sandbox", running.base_url)
    assert result.exit_code == 0
    assert "no webhook went out" in result.stderr


def test_what_the_sandbox_skips_is_not_missing(mc: Run, running: Sandbox) -> None:
    for webhook in running.webhooks.all():
        webhook.allow_skip = True
    for _ in range(2):
        result = mc("trigger", "Seller", "--sandbox", running.base_url)
        assert (result.exit_code, result.stderr) == (0, "")
    assert "not sent, skipped" in result.stdout


def test_what_came_twice_has_come(mc: Run, running: Sandbox, control: Run) -> None:
    control("disturb", "duplicate=2")
    result = mc("trigger", "Seller", "--sandbox", running.base_url)
    assert (result.exit_code, result.stderr) == (0, "")


def test_what_a_disabled_webhook_does_not_send_is_not_the_receivers(mc: Run, running: Sandbox, control: Run) -> None:
    control("webhooks", "Seller", "--disable")
    result = mc("trigger", "Seller", "--sandbox", running.base_url)
    assert result.exit_code == 3
    assert "it was not sent: `marketplacer-callback sandbox webhooks" in result.stderr
    assert "does it run" not in result.stderr


def test_everything_that_can_be_triggered_is_listed(mc: Run) -> None:
    text = mc("trigger", "--list").stdout
    assert "RefundRequest.create  RefundRequest.update  RefundRequest.destroy" in text
    assert "refund-denied  A refund is asked for and denied" in text
    listed = json.loads(mc("trigger", "--list", "--json").stdout)
    assert (len(listed["events"]), listed["events"][0]) == (54, "Advert.create")
    assert list(listed["stories"]) == [
        "product",
        "inventory",
        "order",
        "refund",
        "refund-denied",
        "remittance",
        "seller",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a TYPE, or --story NAME"),
        (("Advert.create", "--event", "update"), "are two events; give one"),
        (("Advert", "--story", "refund"), "leave TYPE, ID and --event out"),
        (("Advert", "--url", "http://127.0.0.1:9"), "--url and --event-id are for a delivery"),
        (("--story", "romance", "--sandbox", "{url}"), "no such story: 'romance'"),
        (("Dragon", "--sandbox", "{url}"), "the schema has no object type 'Dragon'"),
        (("Advert.explode", "--sandbox", "{url}"), "no such event: 'explode'"),
        (("Advert", "nobody", "--sandbox", "{url}"), "has no Advert 'nobody'"),
        (("Advert", "--sandbox", "not a url"), "--sandbox not a url: not a URL"),
    ],
)
def test_a_wrong_trigger_is_told(mc: Run, running: Sandbox, arguments: tuple[str, ...], said: str) -> None:
    result = mc("trigger", *(one.format(url=running.base_url) for one in arguments))
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_sandbox_that_does_not_run_is_3(mc: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for arguments in (("trigger", "Advert", "--sandbox", url), ("sandbox", "reset", "--url", url)):
        result = mc(*arguments)
        assert result.exit_code == 3
        assert f"error: {url}: out of reach: " in result.stderr
