"""Deliveries: their form, their signature, their retries, and the end of a webhook."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json

import pytest
from sandbox_asking import Hook

from marketplacer_callback.sandbox import Choices, Retries, Sandbox
from marketplacer_callback.sandbox.webhooks.envelope import in_jsonb_order

FAST = Retries(time_scale=6000)  # a minute is 10 ms


async def test_a_write_is_told_in_the_documented_form(hook: Hook) -> None:
    async with Sandbox(
        adverts=2, webhook_url=hook.url, vertical="shop", webhook_header=("auth-key", "letmein")
    ) as sandbox:
        id_ = sandbox.store.all("Advert")[0]["id"]
        sandbox.change("Advert", id_, title="x")
        await sandbox.drained()
    [delivery] = hook.received
    body = json.loads(delivery.body)
    assert list(body) == ["id", "event_name", "payload"]
    assert body["event_name"] == "update"
    assert body["payload"] == {"data": {"node": {"__typename": "Advert", "id": id_}}}
    assert list(body["payload"]["data"]["node"]) == ["id", "__typename"]
    assert base64.b64decode(body["id"]) == b"WebhookEvent-1"
    headers = delivery.headers
    assert headers["User-Agent"] == "Marketplacer Client/1.0.0"
    assert headers["Content-Type"] == "application/json"
    assert (headers["Marketplacer-Sequence"], headers["Marketplacer-Vertical"]) == ("1", "shop")
    assert base64.b64decode(headers["Idempotency-Key"]) == b"shop:1"
    assert headers["auth-key"] == "letmein"


async def test_the_signature_is_the_hmac_of_the_bytes(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url, secret="kÿey") as sandbox:
        sandbox.create("Seller", businessName="Zoë")
        await sandbox.drained()
    assert hook.received
    for delivery in hook.received:
        digest = hmac.new("kÿey".encode(), delivery.body, hashlib.sha256).digest()
        assert delivery.headers["Marketplacer-Hmac-256"] == base64.b64encode(digest).decode()


async def test_without_a_secret_nothing_is_signed(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url, secret=None) as sandbox:
        sandbox.create("Seller")
        await sandbox.drained()
    assert "Marketplacer-Hmac-256" not in hook.received[0].headers


async def test_types_without_a_webhook_are_told_by_the_type_they_are_followed_through(hook: Hook) -> None:
    async with Sandbox(adverts=5, webhook_url=hook.url + "/{typename}") as sandbox:
        order = sandbox.store.all("Order")[0]
        sandbox.change("Order", order["id"], phone="1")
        await sandbox.drained()
        assert {delivery.path for delivery in hook.received} == {"/hook/Invoice"}
        told = {json.loads(delivery.body)["payload"]["data"]["node"]["id"] for delivery in hook.received}
        assert told == {invoice["id"] for invoice in order["invoices"]}


async def test_a_change_of_a_variant_is_told_for_its_advert_too(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.change("Variant", sandbox.store.all("Variant")[0]["id"], countOnHand=0)
        await sandbox.drained()
        assert sorted(attempt.typename for attempt in sandbox.journal.sent()) == ["Advert", "Variant"]


async def test_a_webhook_with_a_query_delivers_its_answer_or_its_errors(hook: Hook) -> None:
    queries = {
        "Seller": "query($id: ID!) { node(id: $id) { __typename ... on Seller { businessName } } }",
        "Advert": "query($id: ID!) { node(id: $id) { badQuery } }",
    }
    async with Sandbox(adverts=2, webhook_url=hook.url, webhook_queries=queries) as sandbox:
        sandbox.change("Seller", sandbox.store.all("Seller")[0]["id"], businessName="Ann")
        await sandbox.drained()
        sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        await sandbox.drained()
    good, bad = (json.loads(delivery.body)["payload"] for delivery in hook.received)
    assert good == {"data": {"node": {"__typename": "Seller", "businessName": "Ann"}}}
    assert list(bad) == ["errors"]
    assert "badQuery" in bad["errors"][0]["message"]


@pytest.mark.parametrize(("destroy_node", "advert"), [("twin", {"__typename": "DeletedAdvert"}), ("null", None)])
async def test_a_destroy_delivers_the_twin_or_null(
    hook: Hook, destroy_node: str, advert: dict[str, str] | None
) -> None:
    async with Sandbox(adverts=3, webhook_url=hook.url, choices=Choices(destroy_node=destroy_node)) as sandbox:  # type: ignore[arg-type]
        id_ = sandbox.store.all("Advert")[0]["id"]
        sandbox.destroy("Advert", id_)
        await sandbox.drained()
    body = json.loads(hook.received[0].body)
    assert body["event_name"] == "destroy"
    assert body["payload"]["data"]["node"] == (advert and {**advert, "id": id_})


async def test_a_503_is_tried_again_with_the_same_key_and_body(hook: Hook) -> None:
    hook.answers = [503, 500]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        id_ = sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        await sandbox.drained()
        outcomes = [(one.attempt, one.status, one.outcome) for one in sandbox.journal.sent("Advert", id_)]
        assert outcomes == [(1, 503, "retry"), (2, 500, "retry"), (3, 200, "delivered")]
        assert sandbox.journal.last_answered() == {("Advert", id_): (2, sandbox.store.state("Advert", id_).updated_at)}
        assert sandbox.webhooks.webhook("Advert").enabled
    assert len({(one.body, one.headers["Idempotency-Key"]) for one in hook.received}) == 1


async def test_a_receiver_that_is_away_is_tried_again() -> None:
    async with Sandbox(adverts=2, webhook_url="http://127.0.0.1:9/", retries=FAST) as sandbox:
        sandbox.webhooks.update(sandbox.webhooks.webhook("Advert"), max_retries=2)
        sent = await sandbox.deliver("Advert", sandbox.store.all("Advert")[0]["id"])
        assert (sent.outcome, sent.status, sent.attempts) == ("failed", None, 3)
        assert sandbox.journal.last_answered() == {}
        assert sandbox.webhooks.webhook("Advert").enabled


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_another_4xx_fails_the_event_and_disables_the_webhook_of_its_type(hook: Hook, status: int) -> None:
    hook.answers = [status]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        advert, seller = sandbox.store.all("Advert")[0]["id"], sandbox.store.all("Seller")[0]["id"]
        assert (await sandbox.deliver("Advert", advert)).outcome == "failed"
        assert (await sandbox.deliver("Advert", advert)).outcome == "lost"
        assert (await sandbox.deliver("Seller", seller)).outcome == "delivered"
        assert len(hook.received) == 2
        assert (sandbox.journal.failed, sandbox.journal.lost) == (1, 1)
        sandbox.webhooks.update(sandbox.webhooks.webhook("Advert"), enabled=True)
        assert (await sandbox.deliver("Advert", advert)).outcome == "delivered"


async def test_what_waits_behind_a_4xx_is_lost(hook: Hook) -> None:
    hook.status = 410
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        sandbox.webhooks.update(sandbox.webhooks.webhook("Advert"), concurrency=1)
        for _ in range(5):
            sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        await sandbox.drained()
        assert [one.outcome for one in sandbox.journal.sent()] == ["failed", *["lost"] * 4]
    assert len(hook.received) == 1


async def test_a_429_lowers_the_number_of_parallel_deliveries_but_not_below_one(hook: Hook) -> None:
    hook.answers = [429, 429, 429]
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=FAST) as sandbox:
        webhook = sandbox.webhooks.webhook("Advert")
        sandbox.webhooks.update(webhook, concurrency=3)
        for _ in range(6):
            sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        await sandbox.drained()
        assert webhook.concurrency == 1
        assert sandbox.journal.deliveries == 6


async def test_no_more_deliveries_are_under_way_than_the_webhook_allows(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.webhooks.update(sandbox.webhooks.webhook("Advert"), concurrency=4)
        for _ in range(20):
            sandbox.change("Advert", sandbox.store.all("Advert")[0]["id"])
        while hook.busy < 4:
            hook.arrived.clear()
            await hook.arrived.wait()
        hook.open.set()
        await sandbox.drained()
    assert hook.busiest == 4


async def test_a_delivery_without_a_write_leaves_the_version_alone(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        id_ = sandbox.store.all("Advert")[0]["id"]
        sent = await sandbox.deliver("Advert", id_, "create")
        assert (sent.outcome, sent.status, sent.written.version) == ("delivered", 200, 1)
        assert sandbox.store.version("Advert", id_) == 1


async def test_a_sandbox_without_a_url_writes_and_tells_nobody(hook: Hook) -> None:
    async with Sandbox(adverts=2) as sandbox:
        sandbox.create("Seller")
        await sandbox.drained()
        report = await sandbox.burst(count=10, objects=2)
        assert (report.count, report.delivered, sandbox.journal.attempts) == (10, 0, 0)
        with pytest.raises(RuntimeError, match="webhook_url"):
            await sandbox.deliver("Advert", sandbox.store.all("Advert")[0]["id"])


async def test_leaving_the_sandbox_drops_what_is_under_way(hook: Hook) -> None:
    hook.open.clear()
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.create("Seller")
        await hook.arrived.wait()
    assert sandbox.webhooks.pending == 1
    assert sandbox.journal.deliveries == 0


def test_payload_keys_are_ordered_as_postgres_orders_jsonb() -> None:
    ordered = in_jsonb_order({"title": 1, "id": 2, "brand": [{"__typename": 1, "name": 2}], "aé": 3, "abc": 4})
    assert list(ordered) == ["id", "abc", "aé", "brand", "title"]
    assert list(ordered["brand"][0]) == ["name", "__typename"]


async def test_a_burst_writes_delivers_and_counts(hook: Hook) -> None:
    async with Sandbox(adverts=30, webhook_url=hook.url) as sandbox:
        report = await sandbox.burst(count=500, objects=20, concurrency=30)
        assert (report.count, report.objects, report.delivered, report.failed) == (500, 20, 500, 0)
        assert sandbox.journal.deliveries == len(hook.received) == 500
        assert len({json.loads(one.body)["id"] for one in hook.received}) == 500
        versions = [sandbox.store.version("Advert", id_) for id_ in report.ids]
        assert sum(versions) == 500 + 20
        answered = sandbox.journal.last_answered()
        for id_ in report.ids:
            assert answered["Advert", id_] == (
                sandbox.store.version("Advert", id_),
                sandbox.store.get(id_)["updatedAt"],
            )  # type: ignore[index]
            seen = [one.version for one in sandbox.journal.sent("Advert", id_)]
            assert sorted(seen) == list(range(2, len(seen) + 2))
    assert hook.busiest <= 30


async def test_a_burst_outlives_a_receiver_that_stumbles(hook: Hook) -> None:
    hook.answers = [503] * 40
    async with Sandbox(adverts=5, webhook_url=hook.url, retries=FAST) as sandbox:
        report = await sandbox.burst(count=100, objects=5, concurrency=10)
        assert (report.delivered, report.failed) == (100, 0)
        assert (sandbox.journal.attempts, sandbox.journal.deliveries) == (140, 100)


async def test_a_burst_on_a_disabled_webhook_ends(hook: Hook) -> None:
    hook.status = 404
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox:
        report = await asyncio.wait_for(sandbox.burst(count=50, objects=5, concurrency=2), 10)
        assert (report.delivered, report.failed) == (0, 50)
