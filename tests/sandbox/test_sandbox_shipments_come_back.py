"""``returnShipmentCreate`` and ``returnShipmentUpdate``."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_asking import data
from sandbox_ordering import payload, refusal, seller_key, told

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record

RETURNED = """id trackingNumber dropOffUrl note carrier { id name } refundRequest { id shipments { id } }
  attachments { filename } externalIds { key value } metadata { key value }
  shippedItems { quantity lineItem { id shipments { id } } }"""
CREATE = f"""mutation($input: ReturnShipmentCreateMutationInput!) {{
  returnShipmentCreate(input: $input) {{ status errors {{ field messages }} shipment {{ {RETURNED} }} }} }}"""
UPDATE = f"""mutation($input: ReturnShipmentUpdateMutationInput!) {{
  returnShipmentUpdate(input: $input) {{ status errors {{ field messages }} shipment {{ {RETURNED} }} }} }}"""
STATUS_CREATE = """mutation($input: ShipmentStatusCreateMutationInput!) {
  shipmentStatusCreate(input: $input) { status errors { field messages }
    shipmentStatus { status shipment { __typename ... on ReturnShipment { id } } } } }"""


def _request(sandbox: Sandbox, quantity: int = 3) -> Record:
    wanted = next(one for one in sandbox.store.all("RefundRequest") if not one["shipments"])
    wanted["lineItems"][0]["quantity"] = quantity
    sandbox.store.drain()
    return wanted


def _given(sandbox: Sandbox, wanted: Record, quantity: int, **values: Any) -> dict[str, Any]:
    return {
        "refundRequestId": wanted["id"],
        "carrierId": sandbox.store.all("ShipmentCarrier")[0]["id"],
        "trackingNumber": "R-1",
        "shippedItems": [{"lineItemId": wanted["lineItems"][0]["id"], "quantity": quantity}],
        **values,
    }


def test_goods_come_back_in_parts_with_proof_and_ids() -> None:
    sandbox = Sandbox(adverts=20)
    wanted = _request(sandbox)
    given = _given(
        sandbox,
        wanted,
        2,
        note="At the door",
        dropOffUrl="https://drop.example.com/1",
        attachments=[{"filename": "label.png", "sourceUrl": "https://shop.example.com/label.png"}],
        externalIds=[{"key": "wms", "value": "RS-1"}],
        metadata=[{"key": "box", "value": "small"}],
    )
    made = payload(sandbox, CREATE, given)["shipment"]
    line = wanted["lineItems"][0]["id"]
    assert made["shippedItems"] == [{"quantity": 2, "lineItem": {"id": line, "shipments": [{"id": made["id"]}]}}]
    assert (made["trackingNumber"], made["note"], made["dropOffUrl"]) == (
        "R-1",
        "At the door",
        "https://drop.example.com/1",
    )
    assert made["attachments"] == [{"filename": "label.png"}]
    assert made["externalIds"] == [{"key": "wms", "value": "RS-1"}]
    assert made["metadata"] == [{"key": "box", "value": "small"}]
    assert made["refundRequest"] == {"id": wanted["id"], "shipments": [{"id": made["id"]}]}
    assert sandbox.store.version("RefundRequestLineItem", line) == 2
    assert told(sandbox) == [("Invoice", "update"), ("RefundRequest", "update"), ("ReturnShipment", "create")]
    expected = (422, "quantity", "Quantity must be less than or equal to 1, which awaits return")
    assert refusal(sandbox, CREATE, _given(sandbox, wanted, 2)) == expected
    assert payload(sandbox, CREATE, _given(sandbox, wanted, 1))["status"] == 200


def test_an_update_changes_what_is_given_and_nothing_else() -> None:
    sandbox = Sandbox(adverts=20)
    wanted = _request(sandbox)
    given = _given(sandbox, wanted, 1, note="As is", externalIds=[{"key": "a", "value": "1"}])
    made = payload(sandbox, CREATE, given)["shipment"]
    carrier = sandbox.store.all("ShipmentCarrier")[1]
    sandbox.store.drain()
    changes = {
        "shipmentId": made["id"],
        "carrierId": carrier["id"],
        "trackingNumber": "R-2",
        "externalIds": [{"key": "b", "value": "2"}],
        "metadata": [{"key": "seen", "value": "yes"}],
        "attachments": [{"sourceUrl": "https://shop.example.com/b.png"}],
    }
    shown = payload(sandbox, UPDATE, changes)["shipment"]
    assert (shown["carrier"]["name"], shown["trackingNumber"], shown["note"]) == (carrier["name"], "R-2", "As is")
    assert shown["externalIds"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert shown["metadata"] == [{"key": "seen", "value": "yes"}]
    assert shown["attachments"] == [{"filename": "b.png"}]
    assert told(sandbox) == [("Invoice", "update"), ("RefundRequest", "update"), ("ReturnShipment", "update")]
    status = payload(sandbox, STATUS_CREATE, {"shipmentId": made["id"], "status": "InTransit"})["shipmentStatus"]
    assert status == {"status": "InTransit", "shipment": {"__typename": "ReturnShipment", "id": made["id"]}}


@pytest.mark.parametrize("name", ["refundRequestId", "carrierId"])
def test_an_unknown_id_is_not_found(name: str) -> None:
    sandbox = Sandbox(adverts=20)
    given = _given(sandbox, _request(sandbox), 1, **{name: "nope"})
    assert refusal(sandbox, CREATE, given) == (404, name, f"No object found for {name}: nope")


def test_lines_are_those_of_the_refund_request() -> None:
    sandbox = Sandbox(adverts=20)
    wanted, other = sandbox.store.all("RefundRequest")[:2]
    foreign = [{"lineItemId": other["lineItems"][0]["id"], "quantity": 1}]
    for items, message in (
        (foreign, "Shipped items must be part of the refund request that is shipped"),
        ([], "Shipped items can't be blank"),
    ):
        given = _given(sandbox, wanted, 1, shippedItems=items)
        assert refusal(sandbox, CREATE, given) == (422, "shippedItems", message)


def test_a_seller_reaches_the_refund_requests_of_its_invoices_only() -> None:
    sandbox = Sandbox(adverts=20)
    wanted = _request(sandbox)
    seller = wanted["invoice"]["seller"]
    stranger = next(one for one in sandbox.store.all("Seller") if one is not seller)
    expected = (404, "refundRequestId", f"No object found for refundRequestId: {wanted['id']}")
    assert refusal(sandbox, CREATE, _given(sandbox, wanted, 1), seller_key(stranger)) == expected
    assert payload(sandbox, CREATE, _given(sandbox, wanted, 1), seller_key(seller))["status"] == 200


async def test_return_shipments_are_made_and_updated_over_http(sandbox: Sandbox) -> None:
    given = _given(sandbox, _request(sandbox), 1)
    made = (await data(sandbox, CREATE, {"input": given}))["returnShipmentCreate"]["shipment"]
    shown = await data(sandbox, UPDATE, {"input": {"shipmentId": made["id"], "note": "Over HTTP"}})
    assert shown["returnShipmentUpdate"]["shipment"]["note"] == "Over HTTP"
