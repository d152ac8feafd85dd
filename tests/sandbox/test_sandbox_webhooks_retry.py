"""What a receiver's answer leads to: delivered, tried again at the documented times, or the end of the webhook."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sandbox_asking import Hook
from sandbox_hooking import advert, changed, events, made

from marketplacer_callback.sandbox import Choices, Retries, Sandbox
from marketplacer_callback.sandbox.webhooks.retries import platform_gap_s

FAST = Retries(time_scale=6000)  # a minute is 10 ms
DAY = 86_400


@pytest.mark.parametrize(
    ("attempt", "gap"),
    [(1, 60), (2, 60), (3, 81), (4, 256), (10, 10_000), (24, 331_776), (25, 4 * DAY), (50, 4 * DAY)],
)
def test_gaps_are_the_fourth_power_from_a_minute_to_four_days(attempt: int, gap: int) -> None:
    assert platform_gap_s(attempt) == gap


def test_the_25th_retry_comes_after_24_days_and_the_30_days_cut_in_after_the_26th() -> None:
    retries, at, attempt = Retries(time_scale=1), 0.0, 1
    times = []
    while (following := retries.next_try_at(attempt=attempt, retries=50, created_at=0, failed_at=at)) is not None:
        times.append(following)
        at, attempt = following, attempt + 1
    assert times[24] / DAY == pytest.approx(24.4, abs=0.05)
    assert len(times) == 26


def test_a_time_scale_of_3600_makes_an_hour_a_second() -> None:
    retries = Retries(time_scale=3600)
    assert retries.next_try_at(attempt=10, retries=25, created_at=0, failed_at=0) == pytest.approx(10_000 / 3600)
    assert retries.next_try_at(attempt=26, retries=25, created_at=0, failed_at=0) is None
    assert Retries().time_scale == 300
    with pytest.raises(ValueError, match="more than 0"):
        Retries(time_scale=0)


async def test_a_500_then_a_200_is_retried_after_the_scaled_minute(hook: Hook) -> None:
    hook.answers = [500]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=Retries(time_scale=300)) as sandbox:
        sandbox.change("Advert", advert(sandbox), title="x")
        await sandbox.drained()
        first, second = sandbox.journal.sent()
        assert (first.status, first.outcome, second.status, second.outcome) == (500, "retry", 200, "delivered")
        assert 0.195 <= second.sent_at - first.answered_at < 0.6  # 60 s / 300
        [event] = events(sandbox)
        assert (event["status"], event["retryAfter"]) == ("Sent", None)
        assert [one["status"] for one in event["responses"]] == [500, 200]
    same = ("Idempotency-Key", "Marketplacer-Sequence", "traceparent", "tracestate", "Marketplacer-Hmac-256")
    one, two = ([delivery.headers[name] for name in same] for delivery in hook.received)
    assert one == two


async def test_while_it_is_retried_an_event_says_when(hook: Hook) -> None:
    hook.status = 503
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=Retries(time_scale=1)) as sandbox:
        before = time.time()
        sandbox.change("Advert", advert(sandbox), title="x")
        while not events(sandbox)[0]["retryAfter"]:
            await asyncio.sleep(0.01)
        [delivery] = sandbox.webhooks.deliveries()
        assert 60 <= delivery["next_try_at"] - before < 65
        assert (delivery["status"], delivery["outcome"]) == ("Rejected", "retry")
        assert [one["status"] for one in delivery["attempts"]] == [503]
        assert events(sandbox)[0]["status"] == "Rejected"


async def test_retries_end_at_the_webhooks_number_and_leave_it_enabled(hook: Hook) -> None:
    hook.status = 500
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        webhook = sandbox.webhooks.webhook("Advert")
        sandbox.webhooks.update(webhook, max_retries=1)
        assert (await sandbox.deliver("Advert", advert(sandbox))).attempts == 2
        sandbox.webhooks.update(webhook, max_retries=0)
        assert (await sandbox.deliver("Advert", advert(sandbox))).attempts == 1
        assert webhook.enabled
        assert [one["status"] for one in events(sandbox)] == ["Failed", "Failed"]


async def test_a_receiver_that_takes_too_long_is_tried_again(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=Retries(time_scale=6000, timeout_s=0.05)) as sandbox:
        sandbox.change("Advert", advert(sandbox), title="x")
        while len(hook.received) < 2:
            await asyncio.sleep(0.01)
        hook.open.set()
        await sandbox.drained()
        assert sandbox.journal.sent()[0].status is None
        assert sandbox.journal.deliveries == 1
    assert Retries().timeout_s == 30


async def test_a_retry_goes_where_the_webhook_now_points_with_its_headers(hook: Hook) -> None:
    hook.answers = [500]
    async with Sandbox(adverts=2, webhook_url=f"{hook.url}/old", retries=Retries(time_scale=600)) as sandbox:
        webhook = sandbox.webhooks.webhook("Advert")
        sandbox.change("Advert", advert(sandbox), title="x")
        while not sandbox.journal.attempts:
            await asyncio.sleep(0.005)
        changed(sandbox, webhook.id, url=f"{hook.url}/new", headers={"x-own": "1"})
        await sandbox.drained()
    assert [one.path for one in hook.received] == ["/hook/old", "/hook/new"]
    assert hook.received[1].headers["x-own"] == "1"
    assert hook.received[0].body == hook.received[1].body


async def test_a_404_disables_the_webhook_and_what_comes_then_is_lost(hook: Hook) -> None:
    hook.answers = [404]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        webhook = sandbox.webhooks.webhook("Advert")
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "failed"
        assert not webhook.enabled
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "lost"
        changed(sandbox, webhook.id, enabled=True)
        await sandbox.drained()
        assert len(hook.received) == 1
        assert [one["status"] for one in events(sandbox)] == ["Failed"]


async def test_with_queued_the_events_of_a_disabled_webhook_come_once_it_is_enabled(hook: Hook) -> None:
    hook.answers = [404]
    async with Sandbox(
        adverts=2, webhook_url=hook.url, retries=FAST, choices=Choices(while_disabled="queued")
    ) as sandbox:
        webhook = sandbox.webhooks.webhook("Advert")
        await sandbox.deliver("Advert", advert(sandbox))
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "held"
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "held"
        assert sandbox.webhooks.pending == 0
        assert [one["status"] for one in events(sandbox)] == ["Failed", "Unsent", "Unsent"]
        changed(sandbox, webhook.id, enabled=True)
        assert sandbox.webhooks.pending == 2
        await sandbox.drained()
        assert [one["status"] for one in events(sandbox)] == ["Failed", "Sent", "Sent"]
    assert len(hook.received) == 3


async def test_a_429_lowers_the_limit_that_the_api_shows(hook: Hook) -> None:
    hook.answers = [429, 429]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        await sandbox.deliver("Advert", advert(sandbox))
        payload = changed(sandbox, sandbox.webhooks.webhook("Advert").id)
        assert payload["webhook"]["concurrentSendLimit"] == 98


@pytest.mark.parametrize(("redirects", "outcome", "requests"), [(5, "delivered", 6), (6, "failed", 6)])
async def test_redirects_are_followed_up_to_a_limit_and_too_many_disable(
    hook: Hook, redirects: int, outcome: str, requests: int
) -> None:
    hook.answers = [307] * redirects
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == outcome
        assert sandbox.webhooks.webhook("Advert").enabled is (outcome == "delivered")
    assert len(hook.received) == requests
    assert {one.path for one in hook.received[1:]} == {"/elsewhere"}
    assert len({one.body for one in hook.received}) == 1


async def test_what_the_receiver_said_is_kept(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        invoice = sandbox.store.all("Invoice")[0]["id"]
        sent = await sandbox.deliver("Invoice", invoice)
        [event] = events(sandbox)
        assert (event["id"], event["eventName"], event["invoice"]) == (sent.event_id, "update", {"id": invoice})
        assert (event["shipment"], event["refundRequest"], event["skipped"]) == (None, None, False)
        assert event["payload"] == {"data": {"node": {"id": invoice, "__typename": "Invoice"}}}
        [response] = event["responses"]
        assert (response["status"], response["body"]) == (200, "")
        assert response["headers"]["Content-Length"] == "0"
        [delivery] = sandbox.webhooks.deliveries(limit=5)
        assert (delivery["typename"], delivery["id"], delivery["outcome"]) == ("Invoice", invoice, "delivered")
        [attempt] = delivery["attempts"]
        assert attempt["status"] == 200
        assert attempt["ms"] == pytest.approx((attempt["answered_at"] - attempt["sent_at"]) * 1000, abs=0.01)
        assert json.dumps(sandbox.webhooks.deliveries())
        assert sandbox.webhooks.deliveries(limit=0) == []
        assert sandbox.journal.sent()[0].ms == attempt["ms"]


@pytest.mark.parametrize("body", [b"[" * 9_999, b'{"a": NaN}', b"1e999", b"\xff"])
async def test_an_answer_that_is_no_json_is_kept_as_a_text(sandbox: Sandbox, body: bytes) -> None:
    async def answered(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/", answered)
    async with TestServer(app) as receiver:
        made(sandbox, type="ADVERT", url=str(receiver.make_url("/")))
        await sandbox.deliver("Advert", advert(sandbox))
    [event] = events(sandbox)
    assert [one["body"] for one in event["responses"]] == [body.decode("utf-8", "replace")]


async def test_an_event_that_cannot_be_formed_fails_and_is_logged_and_the_next_is_sent(
    sandbox: Sandbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = sandbox.webhooks.create("Advert", hook.url)
    webhook.hmac_key = "\ud800"  # past the checks: nothing that a webhook may be set to leads here
    sent = await sandbox.deliver("Advert", advert(sandbox))
    assert (sent.outcome, sent.status) == ("failed", None)
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == ["sandbox.delivery_failed"]
    webhook.hmac_key = None
    assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "delivered"
    assert webhook.active == 0
