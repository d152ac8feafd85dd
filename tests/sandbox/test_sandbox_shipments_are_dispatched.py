"""``shipmentCreate``, ``shipmentUpdate``, ``shipmentStatusCreate``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_asking import Hook, ask, data
from sandbox_ordering import (
    ORDER_CREATE,
    SHIPMENT,
    SHIPMENT_CREATE,
    ordered,
    payload,
    refusal,
    run,
    seller_key,
    shipped,
    told,
    variants,
)

from marketplacer_callback.sandbox import Choices, Sandbox
from marketplacer_callback.sandbox.data.store import Record

SHIPMENT_UPDATE = f"""mutation($input: ShipmentUpdateMutationInput!) {{
  shipmentUpdate(input: $input) {{ status errors {{ field messages }} shipment {{ {SHIPMENT} }} }} }}"""
STATUS_CREATE = """mutation($input: ShipmentStatusCreateMutationInput!) {
  shipmentStatusCreate(input: $input) { status errors { field messages }
    shipmentStatus { id status createdAt shipment { __typename ... on Shipment { id } ... on ReturnShipment { id } } }
  } }"""


def _remittances(sandbox: Sandbox, invoice: Record) -> list[Record]:
    return [one for one in sandbox.store.all("Remittance") if one["invoice"] is invoice]


def test_a_part_of_an_invoice_is_sent_and_then_the_rest() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 3, 1)
    first = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 2, 0, note="Half of it"))["shipment"]
    assert [(item["lineItem"]["id"], item["quantity"]) for item in first["shippedItems"]] == [
        (invoice["lineItems"][0]["id"], 2)
    ]
    assert (first["invoice"]["status"], first["invoice"]["statusFlags"]) == (
        "PARTIALLY_SENT",
        ["PAID", "PARTIALLY_SENT"],
    )
    lines = first["invoice"]["lineItems"]
    assert [(one["quantityAwaitingDispatch"], one["quantityReturnable"], one["statusFull"]) for one in lines] == [
        (1, 2, "ALLOCATED"),
        (1, 0, "ALLOCATED"),
    ]
    assert _remittances(sandbox, invoice) == []
    assert told(sandbox) == [("Invoice", "update"), ("Order", "update"), ("Shipment", "create")]

    second = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1, 1))["shipment"]
    assert (second["invoice"]["status"], second["invoice"]["statusFlags"]) == ("SENT", ["PAID", "SENT"])
    lines = second["invoice"]["lineItems"]
    assert [(one["quantityAwaitingDispatch"], one["quantityReturnable"], one["statusFull"]) for one in lines] == [
        (0, 3, "SHIPPED"),
        (0, 1, "SHIPPED"),
    ]
    assert [one["status"] for one in lines] == ["ALLOCATED", "ALLOCATED"]
    assert lines[0]["shipments"] == [{"id": first["id"]}, {"id": second["id"]}]
    assert lines[0]["shipment"] == {"id": second["id"]}
    assert second["invoice"]["shipments"] == [{"id": first["id"]}, {"id": second["id"]}]
    assert [one["id"] for one in invoice["order"]["shipments"]] == [first["id"], second["id"]]
    assert told(sandbox) == [
        ("Invoice", "update"),
        ("Order", "update"),
        ("Remittance", "create"),
        ("Shipment", "create"),
    ]


def test_a_shipment_shows_its_carriers_links_and_where_it_came_from() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 1)
    carrier = sandbox.store.all("ShipmentCarrier")[1]
    given = shipped(sandbox, invoice, 1, postageCarrierId=carrier["id"], trackingNumber="K-77", note="Fragile")
    made = payload(sandbox, SHIPMENT_CREATE, given)["shipment"]
    assert (made["carrier"], made["trackingNumber"], made["note"]) == (carrier["name"], "K-77", "Fragile")
    assert made["trackingLink"] == f"{carrier['trackingUrl']}K-77"
    assert made["homepageLink"] == carrier["homepageUrl"]
    assert made["dispatchedAt"].startswith(f"{given['dispatchedAt']}T00:00:00")
    assert made["shippedFrom"] == {"id": invoice["seller"]["address"]["id"]}
    assert made["statusLog"] == {"nodes": []}


def test_a_shipment_leaves_from_one_of_the_sellers_shipment_addresses() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 1)
    store, seller = sandbox.store, invoice["seller"]
    seller["shipmentAddresses"] = [store.add("Address", address="2 Depot Way", city="Geelong", postcode="3220")]
    (depot,) = seller["shipmentAddresses"]
    foreign = shipped(sandbox, invoice, 1, shippedFromId=invoice["lineItems"][0]["id"])
    assert refusal(sandbox, SHIPMENT_CREATE, foreign)[:2] == (404, "shippedFromId")
    made = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1, shippedFromId=depot["id"]))["shipment"]
    assert made["shippedFrom"] == {"id": depot["id"]}
    moved = payload(sandbox, SHIPMENT_UPDATE, {"shipmentId": made["id"], "shippedFromId": seller["address"]["id"]})
    assert moved["shipment"]["shippedFrom"] == {"id": seller["address"]["id"]}


def test_an_orders_summary_is_that_of_its_least_advanced_invoice() -> None:
    sandbox = Sandbox(adverts=20)
    lines = [{"variantId": variant["id"], "quantity": 1} for variant in variants(sandbox, 2, sellers=2)]
    id_ = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]["id"]
    summary = (
        "query($id: ID!) { node(id: $id) { ... on Order { aggregateInvoiceStatus aggregateInvoiceStatusFinal } } }"
    )
    seen = []
    for number in (0, 1):
        invoice = sandbox.store.get(id_)["invoices"][number]  # type: ignore[index]
        payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1))
        seen.append(sandbox.executor.run(summary, {"id": id_}, None, sandbox.request())["data"]["node"])
    assert [tuple(one.values()) for one in seen] == [("PAID", False), ("SENT", True)]
    sandbox.change("Invoice", sandbox.store.get(id_)["invoices"][0]["id"], status="PARTIALLY_SENT")  # type: ignore[index]
    again = sandbox.executor.run(summary, {"id": id_}, None, sandbox.request())["data"]["node"]
    assert tuple(again.values()) == ("PARTIALLY_SENT", False)


def test_a_fulfilled_invoice_is_owed_to_its_seller_until_it_is_released() -> None:
    sandbox = Sandbox(adverts=20)
    promotion: dict[str, Any] = {"adjustmentType": "PROMOTION", "description": "Off"}
    promotion |= {"amountCents": -300, "amountToWithholdFromSellerRemittanceCents": 200}
    fee = {**promotion, "adjustmentType": "FEE", "amountCents": 90, "amountToWithholdFromSellerRemittanceCents": 50}
    invoice = ordered(sandbox, 4, postage={"amount": 500}, adjustments=[promotion, fee])
    payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 4))
    (remittance,) = _remittances(sandbox, invoice)
    commission = 500  # 12.5 % of 40.00
    assert invoice["commissionAmountCents"] == commission
    assert remittance["amountCents"] == 4000 + 500 + 90 - 200 - 50 - commission
    assert remittance["commissionAmountCents"] == commission
    assert (remittance["seller"], remittance["invoiceAmendment"]) == (invoice["seller"], None)
    assert (remittance["released"], remittance["pendingReasons"]) == (False, ["pending_release"])


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4))
def test_whatever_is_sent_in_whatever_parts_is_never_more_than_was_ordered(parts: list[tuple[int, int]]) -> None:
    invoice = ordered(SANDBOX, 4, 2)
    waiting = [4, 2]
    for part in parts:
        result = payload(SANDBOX, SHIPMENT_CREATE, shipped(SANDBOX, invoice, *part))
        possible = any(part) and all(count <= left for count, left in zip(part, waiting, strict=True))
        assert result["status"] == (200 if possible else 422)
        if possible:
            waiting = [left - count for count, left in zip(part, waiting, strict=True)]
        assert [line["quantityAwaitingDispatch"] for line in invoice["lineItems"]] == waiting
        state = {6: "PAID", 0: "SENT"}.get(sum(waiting), "PARTIALLY_SENT")
        assert invoice["status"] == state
        assert len(_remittances(SANDBOX, invoice)) == (state == "SENT")


SANDBOX = Sandbox(adverts=20)


def test_what_cannot_be_sent_is_refused() -> None:
    sandbox = Sandbox(adverts=20)
    invoice, other = ordered(sandbox, 2), ordered(sandbox, 1)
    line = invoice["lineItems"][0]["id"]
    foreign = [{"lineItemId": other["lineItems"][0]["id"], "quantity": 1}]
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"shippedItems": []}, "shippedItems", "Shipped items can't be blank"),
        ({"shippedItems": foreign}, "shippedItems", "Shipped items must be part of the invoice that is shipped"),
        ({"shippedItems": [{"lineItemId": line, "quantity": 0}]}, "quantity", "Quantity must be greater than 0"),
        (
            {"shippedItems": [{"lineItemId": line, "quantity": 3}]},
            "quantity",
            "Quantity must be less than or equal to 2, which awaits dispatch",
        ),
        (
            {"shippedItems": [{"lineItemId": line, "quantity": 1}, {"lineItemId": line, "quantity": 2}]},
            "quantity",
            "Quantity must be less than or equal to 2, which awaits dispatch",
        ),
    ]
    for values, field, message in cases:
        given = {**shipped(sandbox, invoice, 2), **values}
        assert refusal(sandbox, SHIPMENT_CREATE, given) == (422, field, message)


def test_a_dispatch_before_the_order_is_taken_or_refused_by_choice() -> None:
    early = {"dispatchedAt": "2020-02-29"}
    lenient, strict = Sandbox(adverts=20), Sandbox(adverts=20, choices=Choices(early_dispatch="refused"))
    given = {**shipped(lenient, ordered(lenient, 1), 1), **early}
    made = payload(lenient, SHIPMENT_CREATE, given)["shipment"]
    assert made["dispatchedAt"] == "2020-02-29T00:00:00.000Z"
    expected = (422, "dispatchedAt", "Dispatched at is before shipped items were ordered")
    invoice = ordered(strict, 1)
    assert refusal(strict, SHIPMENT_CREATE, {**shipped(strict, invoice, 1), **early}) == expected
    sent = payload(strict, SHIPMENT_CREATE, shipped(strict, invoice, 1))["shipment"]
    again = {"shipmentId": sent["id"], "dispatchedAt": "2020-01-01T00:00:00Z"}
    assert refusal(strict, SHIPMENT_UPDATE, again) == expected


@pytest.mark.parametrize("name", ["invoiceId", "postageCarrierId", "shippedFromId"])
def test_an_unknown_id_is_not_found(name: str) -> None:
    sandbox = Sandbox(adverts=20)
    given = shipped(sandbox, ordered(sandbox, 1), 1, **{name: "nope"})
    assert refusal(sandbox, SHIPMENT_CREATE, given) == (404, name, f"No object found for {name}: nope")


def test_an_unknown_line_is_not_found() -> None:
    sandbox = Sandbox(adverts=20)
    given = shipped(sandbox, ordered(sandbox, 1), 1, shippedItems=[{"lineItemId": "nope", "quantity": 1}])
    assert refusal(sandbox, SHIPMENT_CREATE, given) == (404, "lineItemId", "No object found for lineItemId: nope")


def test_a_date_that_is_none_is_an_error_of_the_whole_answer() -> None:
    sandbox = Sandbox(adverts=20)
    answer = run(sandbox, SHIPMENT_CREATE, shipped(sandbox, ordered(sandbox, 1), 1, dispatchedAt="yesterday"))
    (error,) = answer["errors"]
    assert "dispatchedAt" in error["message"]
    assert "yesterday" in error["message"]


def test_a_seller_ships_its_own_invoice_and_finds_no_other() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2)
    stranger = next(one for one in sandbox.store.all("Seller") if one is not invoice["seller"])
    expected = (404, "invoiceId", f"No object found for invoiceId: {invoice['id']}")
    assert refusal(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1), seller_key(stranger)) == expected
    made = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1), seller_key(invoice["seller"]))
    assert made["status"] == 200
    given = {"shipmentId": made["shipment"]["id"], "note": "Mine"}
    expected = (404, "shipmentId", f"No object found for shipmentId: {made['shipment']['id']}")
    assert refusal(sandbox, SHIPMENT_UPDATE, given, seller_key(stranger)) == expected
    assert payload(sandbox, SHIPMENT_UPDATE, given, seller_key(invoice["seller"]))["shipment"]["note"] == "Mine"


def test_an_update_changes_what_is_given_and_nothing_else() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 1)
    made = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1, note="As is"))["shipment"]
    first, second = sandbox.store.all("ShipmentCarrier")[:2]
    sandbox.store.drain()
    updated = payload(sandbox, SHIPMENT_UPDATE, {"shipmentId": made["id"], "trackingNumber": "T-2"})["shipment"]
    assert (updated["trackingNumber"], updated["trackingLink"]) == ("T-2", f"{first['trackingUrl']}T-2")
    assert (updated["carrier"], updated["note"]) == (first["name"], "As is")
    assert told(sandbox) == [("Invoice", "update"), ("Shipment", "update")]
    given = {"shipmentId": made["id"], "postageCarrierId": second["id"], "dispatchedAt": "2035-05-01T10:00:00Z"}
    updated = payload(sandbox, SHIPMENT_UPDATE, given)["shipment"]
    assert (updated["carrier"], updated["trackingLink"]) == (second["name"], f"{second['trackingUrl']}T-2")
    assert updated["dispatchedAt"] == "2035-05-01T10:00:00Z"


def test_the_status_log_grows_with_each_status() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 1)
    made = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1))["shipment"]
    sandbox.store.drain()
    for status in ("InTransit", "Delivered"):
        result = payload(sandbox, STATUS_CREATE, {"shipmentId": made["id"], "status": status})["shipmentStatus"]
        assert (result["status"], result["shipment"]) == (status, {"__typename": "Shipment", "id": made["id"]})
    assert told(sandbox) == [("Invoice", "update")] * 2 + [("Shipment", "update")] * 2
    shown = payload(sandbox, SHIPMENT_UPDATE, {"shipmentId": made["id"]})["shipment"]
    assert shown["statusLog"] == {"nodes": [{"status": "InTransit"}, {"status": "Delivered"}]}
    given = {"shipmentId": "nope", "status": "Expired"}
    expected = (404, "shipmentId", "No object found for shipmentId: nope")
    assert refusal(sandbox, STATUS_CREATE, given) == expected


async def test_a_shipment_over_http_sends_the_shipments_and_the_invoices_webhooks(hook: Hook) -> None:
    async with Sandbox(adverts=20, webhook_url=hook.url) as sandbox:
        invoice = ordered(sandbox, 1)
        made = await data(sandbox, SHIPMENT_CREATE, {"input": shipped(sandbox, invoice, 1)})
        shipment = made["shipmentCreate"]["shipment"]["id"]
        await sandbox.drained()
        told_of = sorted((b'"create"' in one.body, shipment.encode() in one.body) for one in hook.received)
        assert told_of == [(False, False), (True, True)]
        assert sum(invoice["id"].encode() in one.body for one in hook.received) == 1


async def test_updates_and_statuses_are_asked_for_over_http(sandbox: Sandbox) -> None:
    shipment = sandbox.store.all("Shipment")[0]["id"]
    for text, values in (
        (SHIPMENT_UPDATE, {"shipmentId": shipment, "note": "Over HTTP"}),
        (STATUS_CREATE, {"shipmentId": shipment, "status": "OutForDelivery"}),
    ):
        status, answer = await ask(sandbox, text, {"input": values})
        (result,) = answer["data"].values()
        assert (status, answer.get("errors"), result["status"], result["errors"]) == (200, None, 200, None)
