"""Webhooks are objects of the schema, made and changed by mutation, each with its own events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox_asking import Hook, ask
from sandbox_hooking import ALL, CREATE, advert, changed, events, made, refusal, run

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import ApiKey


def seller_keys(sandbox: Sandbox) -> tuple[ApiKey, ApiKey]:
    first, second, *_ = sandbox.store.all("Seller")
    return ApiKey("", "seller", first["id"]), ApiKey("", "seller", second["id"])


async def test_a_webhook_that_is_given_only_a_type_and_a_url_has_the_documented_defaults(sandbox: Sandbox) -> None:
    assert made(sandbox, type="ADVERT", url="http://127.0.0.1:1/x") == {
        "id": "V2ViaG9vay0x",  # Webhook-1
        "type": "ADVERT",
        "url": "http://127.0.0.1:1/x",
        "eventName": None,
        "enabled": True,
        "allowSkip": False,
        "concurrentSendLimit": 100,
        "maxRetries": 25,
        "queryString": None,
        "headers": None,
        "legacyFormat": False,
        "seller": None,
    }


async def test_the_hmac_key_can_be_written_and_never_read(sandbox: Sandbox) -> None:
    webhook = made(sandbox, type="ADVERT", url="http://127.0.0.1:1/", hmacKey="s3cret-key")
    _, answer = await ask(sandbox, "{ webhooks { nodes { id hmacKey } } }")
    assert "'hmacKey'" in answer["errors"][0]["message"]
    shown = json.dumps([webhook, run(sandbox, ALL)]) + repr(sandbox.webhooks.all())
    assert "s3cret-key" not in shown


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"concurrentSendLimit": 0}, "concurrentSendLimit"),
        ({"concurrentSendLimit": 201}, "concurrentSendLimit"),
        ({"maxRetries": -1}, "maxRetries"),
        ({"maxRetries": 51}, "maxRetries"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "nowhere"}, "url"),
        ({"url": "http://a b/"}, "url"),
        ({"url": "http://a/\n"}, "url"),
        ({"url": "http://\ud800/"}, "url"),
        ({"url": "http://exa%mple\\/"}, "url"),
        ({"headers": ["a"]}, "headers"),
        ({"headers": '["a"]'}, "headers"),
        ({"headers": "auth-key: a"}, "headers"),
        ({"headers": {"Content-Length": "5"}}, "headers"),
        ({"headers": {"a": "\ud800"}}, "headers"),
        ({"hmacKey": "\ud800"}, "hmacKey"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"queryString": "query($id: ID!) { node(id: $id) { badQuery } }"}, "queryString"),
        ({"queryString": "{ node"}, "queryString"),
        ({"queryString": 'mutation { webhookUpdate(input: {webhookId: "1"}) { status } }'}, "queryString"),
        ({"queryString": "query($other: ID!) { node(id: $other) { id } }"}, "queryString"),
    ],
)
async def test_what_a_webhook_cannot_be_is_refused(sandbox: Sandbox, attributes: dict[str, Any], field: str) -> None:
    status, at, message = refusal(sandbox, **{"type": "ADVERT", "url": "http://127.0.0.1:1/", **attributes})
    assert (status, at) == (422, field)
    assert message.startswith(field)
    assert sandbox.webhooks.all() == []


@pytest.mark.parametrize(("limit", "retries"), [(1, 0), (200, 50)])
async def test_the_ends_of_the_ranges_are_allowed(sandbox: Sandbox, limit: int, retries: int) -> None:
    webhook = made(sandbox, type="SELLER", url="http://127.0.0.1:1/", concurrentSendLimit=limit, maxRetries=retries)
    assert (webhook["concurrentSendLimit"], webhook["maxRetries"]) == (limit, retries)


async def test_a_webhook_is_changed_and_null_is_its_default_again(sandbox: Sandbox) -> None:
    id_ = made(sandbox, type="ADVERT", url="http://127.0.0.1:1/", concurrentSendLimit=7, eventName="CREATE")["id"]
    payload = changed(sandbox, id_, concurrentSendLimit=None, eventName=None, type="VARIANT", enabled=False)
    webhook = payload["webhook"]
    assert (payload["status"], webhook["type"], webhook["enabled"]) == (200, "VARIANT", False)
    assert (webhook["concurrentSendLimit"], webhook["eventName"]) == (100, None)
    payload = changed(sandbox, "V2ViaG9vay05", enabled=True)
    assert payload["status"] == 404
    assert payload["errors"] == [{"field": "webhookId", "messages": ["No object found for webhookId: V2ViaG9vay05"]}]


async def test_each_webhook_of_a_type_gets_an_event_of_its_own_if_it_is_for_it(sandbox: Sandbox, hook: Hook) -> None:
    made(sandbox, type="ADVERT", url=f"{hook.url}/all")
    made(sandbox, type="ADVERT", url=f"{hook.url}/update", eventName="UPDATE")
    made(sandbox, type="ADVERT", url=f"{hook.url}/destroy", eventName="DESTROY")
    made(sandbox, type="SELLER", url=f"{hook.url}/seller")
    sandbox.change("Advert", advert(sandbox), title="x")
    await sandbox.drained()
    assert sorted(one.path for one in hook.received) == ["/hook/all", "/hook/update"]
    assert len({json.loads(one.body)["id"] for one in hook.received}) == 2
    sandbox.destroy("Advert", advert(sandbox))
    await sandbox.drained()
    assert sorted(one.path for one in hook.received[2:]) == ["/hook/all", "/hook/destroy"]


async def test_a_blank_query_tells_the_type_and_nothing_else(sandbox: Sandbox, hook: Hook) -> None:
    made(sandbox, type="ADVERT", url=hook.url)
    sandbox.change("Advert", advert(sandbox), title="x")
    await sandbox.drained()
    body = b'{"id":"V2ViaG9va0V2ZW50LTE=","event_name":"update","payload":{"data":{"node":{"__typename":"Advert"}}}}'
    assert hook.received[0].body == body


async def test_a_stored_query_makes_the_payload_in_jsonb_order(sandbox: Sandbox, hook: Hook) -> None:
    query = "query($id: ID!) { node(id: $id) { __typename ... on Advert { title seller { businessName id } id } } }"
    made(sandbox, type="ADVERT", url=hook.url, queryString=query, hmacKey="k", headers={"x-own": "1"})
    sandbox.change("Advert", advert(sandbox), title="Mug")
    await sandbox.drained()
    node = json.loads(hook.received[0].body)["payload"]["data"]["node"]
    assert list(node) == ["id", "title", "seller", "__typename"]
    assert (node["title"], list(node["seller"])) == ("Mug", ["id", "businessName"])
    assert "Marketplacer-Hmac-256" in hook.received[0].headers
    assert hook.received[0].headers["x-own"] == "1"


async def test_a_sellers_webhook_tells_of_the_sellers_own_objects_and_is_not_signed(
    sandbox: Sandbox, hook: Hook
) -> None:
    mine, other = seller_keys(sandbox)
    query = "query($id: ID!) { node(id: $id) { ... on Invoice { id order { id } } } }"
    webhook = made(sandbox, mine, type="INVOICE", url=hook.url, headers={"auth-key": "a"}, queryString=query)
    assert webhook["seller"] == {"id": mine.seller}
    own = next(one for one in sandbox.store.all("Invoice") if one["seller"]["id"] == mine.seller)
    foreign = next(one for one in sandbox.store.all("Invoice") if one["seller"]["id"] == other.seller)
    sandbox.change("Invoice", foreign["id"])
    sandbox.change("Invoice", own["id"])
    await sandbox.drained()
    [delivery] = hook.received
    assert delivery.headers["auth-key"] == "a"
    assert "Marketplacer-Hmac-256" not in delivery.headers
    [error] = json.loads(delivery.body)["payload"]["errors"]  # a seller's key does not see Invoice.order
    assert error["path"] == ["node", "order"]
    assert refusal(sandbox, mine, type="INVOICE", url=hook.url, hmacKey="k")[:2] == (422, "hmacKey")


async def test_a_seller_manages_only_its_own_webhooks(sandbox: Sandbox, hook: Hook) -> None:
    mine, other = seller_keys(sandbox)
    of_operator = made(sandbox, type="ADVERT", url=hook.url)["id"]
    given = made(sandbox, type="ADVERT", url=hook.url, sellerId=mine.seller)["id"]
    assert [one["id"] for one in run(sandbox, ALL)["webhooks"]["nodes"]] == [of_operator, given]
    assert [one["id"] for one in run(sandbox, ALL, mine)["webhooks"]["nodes"]] == [given]
    assert run(sandbox, ALL, other)["webhooks"]["totalCount"] == 0
    assert changed(sandbox, given, mine, enabled=False)["status"] == 200
    assert changed(sandbox, given, other, enabled=True)["status"] == 404
    assert changed(sandbox, of_operator, mine, enabled=False)["status"] == 404
    assert refusal(sandbox, mine, type="ADVERT", url=hook.url, sellerId=other.seller)[:2] == (404, "sellerId")
    node = "query($id: ID!) { node(id: $id) { __typename } }"
    assert run(sandbox, node, mine, id=given) == {"node": {"__typename": "Webhook"}}
    assert run(sandbox, node, mine, id=of_operator) == {"node": None}
    sandbox.change("Advert", advert(sandbox), title="x")
    await sandbox.drained()
    assert len(events(sandbox)) == 1
    assert events(sandbox, mine) == []


async def test_a_seller_cannot_turn_its_webhook_into_an_operators(sandbox: Sandbox) -> None:
    mine, _ = seller_keys(sandbox)
    id_ = made(sandbox, mine, type="ADVERT", url="http://127.0.0.1:1/")["id"]
    payload = changed(sandbox, id_, mine, sellerId=None, maxRetries=3)
    assert (payload["status"], payload["webhook"]["seller"]) == (200, {"id": mine.seller})
    assert changed(sandbox, id_, sellerId=None)["webhook"]["seller"] is None


async def test_headers_may_be_sent_as_the_text_of_an_object(sandbox: Sandbox, hook: Hook) -> None:
    webhook = made(sandbox, type="ADVERT", url=hook.url, headers='{"auth-key": "a", "Authorization": "Basic x123"}')
    assert webhook["headers"] == {"auth-key": "a", "Authorization": "Basic x123"}
    assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "delivered"
    assert hook.received[0].headers["Authorization"] == "Basic x123"


async def test_a_change_leaves_the_webhooks_of_a_type_in_their_order(sandbox: Sandbox) -> None:
    first, second = (made(sandbox, type="ADVERT", url="http://127.0.0.1:1/")["id"] for _ in range(2))
    changed(sandbox, first, maxRetries=3)
    assert sandbox.webhooks.webhook("Advert").id == first
    changed(sandbox, first, type="SELLER")
    assert (sandbox.webhooks.webhook("Advert").id, sandbox.webhooks.webhook("Seller").id) == (second, first)


async def test_mutations_on_webhooks_are_written_in_the_journal(sandbox: Sandbox) -> None:
    status, _ = await ask(sandbox, CREATE, {"attributes": {"type": "ADVERT", "url": "http://127.0.0.1:1/"}})
    assert status == 200
    assert [call.field for call in sandbox.journal.webhook_calls] == ["webhookCreate"]


async def test_a_webhook_url_makes_one_webhook_for_each_type_of_the_schema(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url + "/{typename}") as sandbox:
        shown = {one["type"]: one["url"] for one in run(sandbox, ALL)["webhooks"]["nodes"]}
        enum = sandbox.executor.schema.type_map["WebhookKlassEnum"]
        assert set(shown) == set(enum.values)  # type: ignore[attr-defined]
        assert shown["REFUND_REQUEST"] == f"{hook.url}/RefundRequest"


def test_python_refuses_what_a_webhook_does_not_have() -> None:
    sandbox = Sandbox(adverts=1)
    with pytest.raises(ValueError, match="a webhook has no 'colour'"):
        sandbox.webhooks.create("Advert", "http://127.0.0.1:1/", colour="red")
    with pytest.raises(ValueError, match="concurrency must be from 1 to 200"):
        sandbox.webhooks.create("Advert", "http://127.0.0.1:1/", concurrency=0)
    with pytest.raises(KeyError, match="no webhook for Advert"):
        sandbox.webhooks.webhook("Advert")
