"""A story runs on the sandbox from its first document to its last, and each step shows what the receiver answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sandbox_asking import Hook

from marketplacer_callback.sandbox import Choices, Sandbox, SandboxClient, SandboxRefused
from marketplacer_callback.sandbox.stories import STORIES
from marketplacer_callback.sandbox.stories.telling import trigger
from marketplacer_callback.sandbox.webhooks.retries import Retries
from marketplacer_callback.typenames import WEBHOOK_TYPES

Told = dict[str, Any]
UNTOLD = ("externalIdUpsert", "remittancesRelease")
"""An id written down and a remittance released: no webhook type tells of either."""


@pytest.fixture
async def told_to(hook: Hook) -> AsyncIterator[Sandbox]:
    async with Sandbox(adverts=5, webhook_url=hook.url) as sandbox:
        yield sandbox


async def told(sandbox: Sandbox, name: str, *, wait_s: float = 5.0) -> Told:
    async with SandboxClient(sandbox.url) as client:
        return await client.story(name, wait_s=wait_s)


def step(told: Told, root: str, position: int = 0) -> Told:
    """The step of a mutation; of several of them the one at ``position``."""
    found: Told = [one for one in told["steps"] if one["root"] == root][position]
    return found


def events(step: Told) -> list[str]:
    assert {one["status"] for one in step["deliveries"]} <= {200}
    return sorted({f"{one['event_name']} {one['typename']}" for one in step["deliveries"]})


def test_there_are_these_stories() -> None:
    assert list(STORIES) == ["product", "inventory", "order", "refund", "refund-denied", "remittance", "seller"]


@pytest.mark.parametrize("name", list(STORIES))
async def test_every_story_comes_to_its_end_twice(told_to: Sandbox, name: str) -> None:
    for _ in range(2):
        story = await told(told_to, name)
        assert story["complete"], story["steps"][-1]
        assert len(story["steps"]) == len(STORIES[name].steps)
        mutations = [one for one in story["steps"] if one["status"] is not None]
        assert {one["status"] for one in mutations} == {200}
        assert [one["root"] for one in mutations if not one["deliveries"] and one["root"] not in UNTOLD] == []
        assert all(one["outcome"] == "delivered" for one in story["steps"] for one in one["deliveries"])


async def test_a_product_lives_from_its_listing_to_its_end(told_to: Sandbox) -> None:
    story = await told(told_to, "product")
    listed = step(story, "advertUpsert")
    assert "create Advert" in events(listed)
    assert step(story, "advertUpsert", 1)["object"]["lowestPriceCents"] == 3990
    assert step(story, "advertPublishedUpdate", 0)["object"]["published"] is False
    assert step(story, "advertPublishedUpdate", 1)["object"]["published"] is True
    assert "destroy Advert" in events(step(story, "advertDelete"))
    assert told_to.store.living("Advert", listed["object"]["id"]) is None


async def test_stock_is_told_by_the_variant_and_its_advert(told_to: Sandbox) -> None:
    story = await told(told_to, "inventory")
    assert [one["object"]["countOnHand"] for one in story["steps"] if one["root"] == "variantUpdate"] == [10, 0, 3]
    assert events(step(story, "variantUpdate", 1)) == ["update Advert", "update Variant"]


async def test_a_refund_goes_from_the_order_to_the_money(told_to: Sandbox) -> None:
    story = await told(told_to, "refund")
    assert "create Invoice" in events(step(story, "orderCreate"))
    assert {"create Shipment", "update Invoice"} <= set(events(step(story, "shipmentCreate")))
    asked = step(story, "refundRequestCreate")
    assert {"create RefundRequest", "create RefundRequestLineItem"} <= set(events(asked))
    assert asked["object"]["status"] == "AWAITING"
    assert step(story, "refundRequestReturn")["object"]["status"] == "RETURNED"
    paid = step(story, "refundRequestRefund")["object"]
    assert (paid["status"], paid["refundedAt"] is not None) == ("REFUNDED", True)


@pytest.mark.parametrize(("choice", "status"), [("before", "AWAITING"), ("RETURNED", "RETURNED")])
async def test_a_denial_that_is_taken_back_leads_to_what_was_chosen(hook: Hook, choice: str, status: str) -> None:
    choices = Choices.parse({"revert_to": choice})
    async with Sandbox(adverts=5, webhook_url=hook.url, choices=choices) as sandbox:
        story = await told(sandbox, "refund-denied")
    assert step(story, "refundRequestDeny")["object"]["status"] == "DENIED"
    reverted = step(story, "refundRequestRevertDenial")
    assert reverted["object"]["status"] == status
    assert "update RefundRequest" in events(reverted)


async def test_a_seller_is_paid(told_to: Sandbox) -> None:
    story = await told(told_to, "remittance")
    assert step(story, "remittancesRelease")["object"]["released"] is True
    paid = step(story, "remittanceAdviceUpdate")
    assert paid["object"]["paymentReference"].startswith("STORY-")
    assert "update RemittanceAdvice" in events(paid)


async def test_a_step_shows_what_the_receiver_answered(told_to: Sandbox, hook: Hook) -> None:
    hook.status = 404
    story = await told(told_to, "seller")
    [delivery] = step(story, "sellerCreate")["deliveries"]
    assert (delivery["status"], delivery["outcome"], delivery["attempts"]) == (404, "failed", 1)


async def test_a_receiver_that_is_not_there_costs_a_step_its_wait_and_no_more(told_to: Sandbox, hook: Hook) -> None:
    hook.status = 500
    story = await told(told_to, "seller", wait_s=0.1)
    assert story["complete"]
    [delivery] = step(story, "sellerCreate")["deliveries"]
    assert (delivery["status"], delivery["outcome"]) == (500, "retry")


async def test_retries_of_earlier_events_are_no_steps_own(hook: Hook) -> None:
    hook.status = 500
    async with Sandbox(adverts=5, webhook_url=hook.url, retries=Retries(time_scale=6000)) as sandbox:
        await told(sandbox, "seller", wait_s=0.2)
        steps = (await told(sandbox, "seller", wait_s=0.2))["steps"]
        changed = await trigger(sandbox, "Advert", "update", within_s=0.2)
    own = [[(one["event_name"], one["id"]) for one in step["deliveries"]] for step in steps]
    joined = steps[0]["object"]["id"]
    assert own == [[("create", joined)], [("update", joined)], [("update", joined)]]
    assert [one["typename"] for one in changed["deliveries"]] == ["Advert"]


async def test_without_webhooks_a_story_runs_as_well(sandbox: Sandbox) -> None:
    story = await told(sandbox, "inventory")
    assert story["complete"]
    assert [one["deliveries"] for one in story["steps"]] == [[], [], [], []]


async def test_a_refused_step_ends_the_story_with_the_platforms_words(told_to: Sandbox) -> None:
    for variant in told_to.store.all("Variant"):
        told_to.destroy("Variant", variant["id"])
    story = await told(told_to, "inventory")
    assert not story["complete"]
    assert (story["steps"][-1]["root"], story["steps"][-1]["object"]) == ("variantUpdate", None)
    assert story["steps"][-1]["errors"] == ["Variant can't be blank"]


async def test_a_story_that_there_is_not_is_refused_with_those_that_there_are(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxRefused, match="no such story: 'romance'; one of product, inventory, order, refund"):
        await told(sandbox, "romance")
    async with SandboxClient(sandbox.url) as client:
        with pytest.raises(SandboxRefused, match="'wait': expected seconds, from 0 to 600"):
            await client.story("seller", wait_s=1000)


@pytest.mark.parametrize("typename", [name for name in WEBHOOK_TYPES if not name.startswith("Golden")])
async def test_each_event_of_each_webhook_type_can_be_triggered(told_to: Sandbox, typename: str) -> None:
    for event in ("create", "update", "destroy"):
        done = await trigger(told_to, typename, event)
        own = [one for one in done["deliveries"] if (one["typename"], one["id"]) == (typename, done["id"])]
        assert [(one["event_name"], one["status"]) for one in own] == [(event, 200)]


async def test_a_type_that_the_schema_has_no_webhook_for_changes_in_silence(told_to: Sandbox) -> None:
    assert (await trigger(told_to, "GoldenProduct", "update"))["deliveries"] == []


async def test_an_object_can_be_named(told_to: Sandbox) -> None:
    second = told_to.store.all("Seller")[1]["id"]
    async with SandboxClient(told_to.url) as client:
        assert (await client.trigger("Seller", "update", second))["id"] == second
        assert (await client.trigger("Seller", "destroy", second))["id"] == second
        with pytest.raises(SandboxRefused, match="no such event: 'explode'; one of create, update, destroy"):
            await client.trigger("Seller", "explode")
        with pytest.raises(SandboxRefused, match="leave the id out"):
            await client.trigger("Seller", "create", second)
        with pytest.raises(SandboxRefused, match="has no Seller 'nobody'"):
            await client.trigger("Seller", "update", "nobody")
