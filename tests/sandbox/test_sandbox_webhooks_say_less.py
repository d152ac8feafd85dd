"""Which events are told and how: collapsed, skipped, in high volume, by each choice, and disturbed on request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from sandbox_asking import Hook
from sandbox_hooking import EVENTS, advert, events, made, run

from marketplacer_callback.sandbox import Choices, Disturbance, Retries, Sandbox

FAST = Retries(time_scale=6000)
TITLE = "query($id: ID!) { node(id: $id) { __typename ... on Advert { title } } }"


def bodies(hook: Hook) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in hook.received]


def nodes(hook: Hook) -> list[Any]:
    return [body["payload"]["data"]["node"] for body in bodies(hook)]


async def test_a_burst_of_updates_collapses_into_the_last(hook: Hook) -> None:
    async with Sandbox(
        adverts=2, webhook_url=hook.url, webhook_queries={"Advert": TITLE}, choices=Choices(collapse_ms=30)
    ) as sandbox:
        for title in ("a", "b", "c"):
            sandbox.change("Advert", advert(sandbox), title=title)
        await sandbox.drained()
        assert [node["title"] for node in nodes(hook)] == ["c"]
        assert sandbox.journal.sent()[0].version == 4
        sandbox.change("Advert", advert(sandbox), title="d")
        await sandbox.drained()
    assert [node["title"] for node in nodes(hook)] == ["c", "d"]


async def test_a_collapsed_create_stays_one_and_a_destroy_is_never_swallowed(hook: Hook) -> None:
    async with Sandbox(adverts=2, choices=Choices(collapse_ms=10_000)) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url, queryString=TITLE, concurrentSendLimit=1)
        id_ = sandbox.create("Advert", title="a")
        sandbox.change("Advert", id_, title="b")
        sandbox.destroy("Advert", id_)
        await sandbox.drained()
    assert [body["event_name"] for body in bodies(hook)] == ["create", "destroy"]
    assert nodes(hook)[0]["title"] == "b"


async def test_without_collapsing_each_update_is_told(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        for title in ("a", "b"):
            sandbox.change("Advert", advert(sandbox), title=title)
        await sandbox.drained()
    assert len(hook.received) == 2


async def test_allow_skip_does_not_send_what_the_last_event_of_the_object_said(sandbox: Sandbox, hook: Hook) -> None:
    made(sandbox, type="ADVERT", url=hook.url, queryString=TITLE, allowSkip=True)
    other = sandbox.store.all("Advert")[1]["id"]
    for id_, title in ((advert(sandbox), "a"), (advert(sandbox), "a"), (other, "a"), (advert(sandbox), "b")):
        sandbox.change("Advert", id_, title=title)
        await sandbox.drained()
    assert [node["title"] for node in nodes(hook)] == ["a", "a", "b"]
    assert [(one["skipped"], one["status"]) for one in events(sandbox)] == [
        (False, "Sent"),
        (True, "Unsent"),
        (False, "Sent"),
        (False, "Sent"),
    ]
    assert sandbox.journal.summary()["skipped"] == 1
    assert [one.headers["Marketplacer-Sequence"] for one in hook.received] == ["1", "3", "4"]  # a gap is no loss


async def test_in_high_volume_no_record_stays_and_only_what_waits_is_compared_with(hook: Hook) -> None:
    async with Sandbox(adverts=2, choices=Choices(high_volume=0)) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url, queryString=TITLE, allowSkip=True)
        hook.open.clear()
        sandbox.change("Advert", sandbox.store.all("Advert")[1]["id"], title="waits")
        sandbox.change("Advert", advert(sandbox), title="a")  # in high volume from here on
        sandbox.change("Advert", advert(sandbox), title="a")
        assert sandbox.journal.summary()["skipped"] == 1
        hook.open.set()
        await sandbox.drained()
        assert [node["title"] for node in nodes(hook)] == ["waits", "a"]
        assert [event["payload"]["data"]["node"]["title"] for event in events(sandbox)] == ["waits"]
        hook.open.clear()
        sandbox.change("Advert", sandbox.store.all("Advert")[1]["id"], title="waits again")
        sandbox.change("Advert", advert(sandbox), title="a")  # the same, but what said it was delivered
        hook.open.set()
        await sandbox.drained()
    assert len(hook.received) == 4


async def test_events_are_paged_in_the_order_of_their_last_change(hook: Hook) -> None:
    async with Sandbox(adverts=8, webhook_url=hook.url) as sandbox:
        ids = [one["id"] for one in sandbox.store.all("Advert")[:5]]
        sent = [(await sandbox.deliver("Advert", id_)).event_id for id_ in ids]
        await sandbox.deliver("Seller", sandbox.store.all("Seller")[0]["id"])
        webhook = sandbox.webhooks.webhook("Advert").id
        seen, after = [], None
        while True:
            page = run(sandbox, EVENTS, webhookId=webhook, first=2, after=after)["webhookEvents"]
            assert page["totalCount"] == 5
            seen += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        assert seen == sent
        assert len(events(sandbox)) == 6
        node = """query($id: ID!) { node(id: $id) { __typename ... on WebhookEvent { id status }
          ... on Webhook { events { id } } ... on WebhookEventResponse { http: status } } }"""
        assert run(sandbox, node, id=sent[0])["node"] == {"__typename": "WebhookEvent", "id": sent[0], "status": "Sent"}
        assert [one["id"] for one in run(sandbox, node, id=webhook)["node"]["events"]] == sent
        response = events(sandbox)[0]["responses"][0]["id"]
        assert run(sandbox, node, id=response)["node"] == {"__typename": "WebhookEventResponse", "http": 200}
        answer = sandbox.executor.run(EVENTS, {"webhookId": "nobody"}, None, sandbox.request())
        assert answer["errors"][0]["message"] == "No object found for webhookId: nobody"


async def test_records_end_after_the_scaled_three_days(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url, retries=Retries(time_scale=3 * 86_400 * 1e6)) as sandbox:
        await sandbox.deliver("Advert", advert(sandbox))
        assert events(sandbox) == []


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [("instance", [1, 2, 3, 4]), ("webhook", [1, 1, 1, 2]), ("type", [1, 2, 1, 3])],
)
async def test_the_scope_of_the_sequence_is_a_choice(hook: Hook, sequence: Any, expected: list[int]) -> None:
    async with Sandbox(adverts=2, vertical="shop", choices=Choices(sequence=sequence)) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url)
        made(sandbox, type="ADVERT", url=hook.url, eventName="UPDATE")
        made(sandbox, type="SELLER", url=hook.url)
        sandbox.change("Advert", advert(sandbox), title="x")
        sandbox.change("Seller", sandbox.store.all("Seller")[0]["id"], businessName="x")
        sandbox.destroy("Advert", advert(sandbox))
        await sandbox.drained()
    by_event = sorted(hook.received, key=lambda one: base64.b64decode(json.loads(one.body)["id"]))
    assert [int(one.headers["Marketplacer-Sequence"]) for one in by_event] == expected
    keys = [base64.b64decode(one.headers["Idempotency-Key"]).decode() for one in by_event]
    assert keys == [f"shop:{number}" for number in expected]


@pytest.mark.parametrize(("rendered", "titles"), [("event", ["a", "a"]), ("send", ["a", "b"])])
async def test_when_the_payload_is_made_is_a_choice(hook: Hook, rendered: Any, titles: list[str]) -> None:
    hook.answers = [500]
    async with Sandbox(adverts=2, retries=Retries(time_scale=600), choices=Choices(rendered=rendered)) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url, queryString=TITLE, eventName="UPDATE", hmacKey="k")
        sandbox.change("Advert", advert(sandbox), title="a")
        await hook.arrived.wait()
        sandbox.store.change("Advert", advert(sandbox), title="b")
        await sandbox.drained()
    assert [node["title"] for node in nodes(hook)] == titles
    for one in hook.received:
        digest = hmac.new(b"k", one.body, hashlib.sha256).digest()
        assert one.headers["Marketplacer-Hmac-256"] == base64.b64encode(digest).decode()


@pytest.mark.parametrize("thin", [True, False])
@pytest.mark.parametrize(
    ("choice", "node"),
    [("twin", {"__typename": "DeletedAdvert"}), ("null", None), ("last", {"__typename": "Advert", "title": "Mug"})],
)
async def test_the_node_of_a_destroy_is_a_choice(hook: Hook, choice: Any, node: Any, thin: bool) -> None:
    async with Sandbox(adverts=3, choices=Choices(destroy_node=choice)) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url, queryString="" if thin else TITLE, eventName="DESTROY")
        id_ = sandbox.create("Advert", title="Mug")
        sandbox.destroy("Advert", id_)
        await sandbox.drained()
    if thin and node:
        node = {"__typename": node["__typename"]}
    assert nodes(hook) == [node]


@pytest.mark.parametrize("has_id", [True, False])
async def test_whether_a_failed_query_has_the_events_id_is_a_choice(hook: Hook, has_id: bool) -> None:
    queries = {"Advert": "query($id: ID!) { node(id: $id) { badQuery } }"}
    async with Sandbox(
        adverts=2, webhook_url=hook.url, webhook_queries=queries, choices=Choices(error_has_id=has_id)
    ) as sandbox:
        await sandbox.deliver("Advert", advert(sandbox))
    [body] = bodies(hook)
    assert list(body) == (["id", "event_name", "payload"] if has_id else ["event_name", "payload"])
    assert list(body["payload"]) == ["errors"]


async def test_the_legacy_format_is_the_node_itself_and_null_for_a_failed_query(hook: Hook) -> None:
    queries = {"Seller": "query($id: ID!) { node(id: $id) { badQuery } }"}
    async with Sandbox(adverts=2, webhook_url=hook.url, webhook_queries=queries, legacy_format=True) as sandbox:
        await sandbox.deliver("Advert", advert(sandbox))
        await sandbox.deliver("Seller", sandbox.store.all("Seller")[0]["id"])
        assert bodies(hook) == [
            {"event_name": "update", "payload": {"__typename": "Advert", "id": advert(sandbox)}},
            {"event_name": "update", "payload": None},
        ]


async def test_the_trace_context_has_the_samples_form(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        await sandbox.deliver("Advert", advert(sandbox))
    version, trace, span, flags = hook.received[0].headers["traceparent"].split("-")
    assert (version, len(trace), trace[8:16], len(span), flags) == ("00", 32, "00000000", 16, "01")
    assert hook.received[0].headers["tracestate"] == "dd=s:1;t.dm:-1"


async def test_a_duplicated_delivery_has_the_same_key_and_body(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.webhooks.disturb(Disturbance(duplicate=2, count=1))
        await sandbox.deliver("Advert", advert(sandbox))
        assert len({(one.body, one.headers["Idempotency-Key"]) for one in hook.received}) == 1
        assert [one.outcome for one in sandbox.journal.sent()] == ["duplicate", "duplicate", "delivered"]
        await sandbox.deliver("Advert", advert(sandbox))
    assert len(hook.received) == 4


async def test_a_wrong_signature_is_of_the_first_try_only(hook: Hook) -> None:
    hook.answers = [503]
    async with Sandbox(adverts=2, webhook_url=hook.url, secret="k", retries=FAST) as sandbox:
        sandbox.webhooks.disturb(Disturbance(wrong_signature=True, count=1))
        await sandbox.deliver("Advert", advert(sandbox))
    right = base64.b64encode(hmac.new(b"k", hook.received[0].body, hashlib.sha256).digest()).decode()
    assert [one.headers["Marketplacer-Hmac-256"] == right for one in hook.received] == [False, True]


async def test_a_dropped_delivery_never_comes_and_only_of_the_types_that_are_named(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.webhooks.disturb(Disturbance(drop=True, types=frozenset({"Seller"})))
        assert (await sandbox.deliver("Advert", advert(sandbox))).outcome == "delivered"
        seller = sandbox.store.all("Seller")[0]["id"]
        assert (await sandbox.deliver("Seller", seller)).outcome == "lost"
        sandbox.webhooks.disturb(None)
        assert (await sandbox.deliver("Seller", seller)).outcome == "delivered"
    assert len(hook.received) == 2


async def test_a_delivery_can_be_late(hook: Hook) -> None:
    async with Sandbox(adverts=2, webhook_url=hook.url) as sandbox:
        sandbox.webhooks.disturb(Disturbance(delay_ms=80, count=1))
        sandbox.change("Advert", advert(sandbox), title="a")
        created = sandbox.webhooks.records.all()[0].created_at
        await sandbox.drained()
        assert sandbox.journal.sent()[0].sent_at - created >= 0.079


async def test_deliveries_are_reordered_within_a_window_and_a_short_one_is_let_go(hook: Hook) -> None:
    async with Sandbox(adverts=2) as sandbox:
        made(sandbox, type="ADVERT", url=hook.url, concurrentSendLimit=1)
        sandbox.webhooks.disturb(Disturbance(reorder=3))
        for title in "abcde":
            sandbox.change("Advert", advert(sandbox), title=title)
        await sandbox.drained()
    assert [int(one.headers["Marketplacer-Sequence"]) for one in hook.received] == [3, 2, 1, 5, 4]


def test_a_disturbance_is_read_from_json_and_says_what_is_wrong_with_it() -> None:
    assert Disturbance.parse({"duplicate": 1, "types": ["Advert"], "count": None}) == Disturbance(
        duplicate=1, types=frozenset({"Advert"})
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"twice": 1}, "twice: not a part of a disturbance; known: count, delay_ms, drop"),
        ({"delay": 1}, "delay: not a part of a disturbance; did you mean 'delay_ms'?"),
        ({"count": 0}, "count: expected a whole number from 1"),
        ({"duplicate": 1.5}, "duplicate: expected a whole number from 0 to 1000"),
        ({"duplicate": None}, "duplicate: expected a whole number from 0 to 1000"),
        ({"duplicate": 10**9}, "duplicate: expected a whole number from 0 to 1000"),
        ({"reorder": None}, "reorder: expected a whole number from 0"),
        ({"delay_ms": float("nan")}, "delay_ms: expected milliseconds, from 0"),
        ({"drop": "no"}, "drop: expected true or false"),
        ({"wrong_signature": 1}, "wrong_signature: expected true or false"),
        ({"types": "Advert"}, "types: expected a list of types that webhooks are for, such as Advert"),
        ({"types": ["Adverts"]}, "types: expected a list of types that webhooks are for, such as Advert"),
        ({"types": [["Advert"]]}, "types: expected a list of types that webhooks are for, such as Advert"),
    ],
)
def test_a_disturbance_that_cannot_be_is_refused_with_its_part(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Disturbance.parse(parts)
