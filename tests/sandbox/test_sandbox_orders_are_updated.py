"""``orderUpdate``: the buyer's data, the payment, the status."""

from __future__ import annotations

import pytest
from sandbox_asking import ask
from sandbox_ordering import ADDRESS, ORDER_CREATE, ORDER_UPDATE, payload, refusal, run, told, variants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import ApiKey


def _order(sandbox: Sandbox, **values: object) -> Record:
    lines = [{"variantId": variant["id"], "quantity": 1} for variant in variants(sandbox, 2, sellers=2)]
    given = {"order": {"firstName": "Ada", "address": ADDRESS, **values}, "lineItems": lines}
    order = sandbox.store.get(payload(sandbox, ORDER_CREATE, given)["order"]["id"])
    assert order is not None
    sandbox.store.drain()
    return order


def test_the_buyers_data_is_changed_on_the_order_and_on_its_invoices() -> None:
    sandbox = Sandbox(adverts=20)
    order = _order(sandbox)
    before = order["updatedAt"]
    attributes = {
        "firstName": "Grace",
        "billingFirstName": "Vera",
        "messageToSeller": "Leave it there",
        "address": {**ADDRESS, "city": "Launceston"},
    }
    given = {
        "orderId": order["id"],
        "status": "COMPLETE",
        "attributes": attributes,
        "paymentGatewayDetails": {"reference": "p-2"},
    }
    shown = payload(sandbox, ORDER_UPDATE, given)["order"]
    assert (shown["firstName"], shown["billingFirstName"], shown["status"]) == ("Grace", "Vera", "COMPLETE")
    assert shown["paymentGatewayDetails"] == {"reference": "p-2"}
    assert shown["address"]["city"] == "Launceston"
    assert shown["billingAddress"]["city"] == "Hobart"
    for invoice in shown["invoices"]["nodes"]:
        assert (invoice["buyerFirstName"], invoice["buyerMessageToSeller"]) == ("Grace", "Leave it there")
        assert (invoice["shippingAddress"], invoice["statusFlags"]) == ({"city": "Launceston"}, ["PAID"])
    assert order["updatedAt"] > before
    assert told(sandbox) == [("Invoice", "update"), ("Invoice", "update"), ("Order", "update")]


def test_an_address_that_is_named_by_its_id_is_changed_in_place() -> None:
    sandbox = Sandbox(adverts=20)
    order = _order(sandbox)
    id_ = order["address"]["id"]
    attributes = {"address": {"id": id_, "address": "9 Hill Road"}}
    given = {"orderId": order["id"], "status": "COMPLETE", "attributes": attributes}
    shown = payload(sandbox, ORDER_UPDATE, given)["order"]["address"]
    assert (order["address"]["id"], shown["fullAddress"]) == (id_, "9 Hill Road, Hobart TAS 7000")


@pytest.mark.parametrize(
    ("status", "single", "flags", "paid"),
    [
        ("PENDING_REVIEW", "PAYMENT_UNDER_REVIEW", ["PAYMENT_UNDER_REVIEW"], False),
        ("PAYMENT_FAILED", "AWAITING_PAYMENT", [], False),
        ("COMPLETE", "PAID", ["PAID"], True),
    ],
)
def test_invoices_are_paid_while_their_order_is_complete(
    status: str, single: str, flags: list[str], paid: bool
) -> None:
    sandbox = Sandbox(adverts=20)
    order = _order(sandbox)
    shown = payload(sandbox, ORDER_UPDATE, {"orderId": order["id"], "status": status})["order"]
    for invoice in shown["invoices"]["nodes"]:
        assert (invoice["status"], invoice["statusFlags"], invoice["paidAt"] is not None) == (single, flags, paid)


def test_an_unknown_order_or_address_is_not_found() -> None:
    sandbox = Sandbox(adverts=20)
    unknown = {"orderId": "nope", "status": "COMPLETE"}
    assert refusal(sandbox, ORDER_UPDATE, unknown) == (404, "orderId", "No object found for orderId: nope")
    given = {
        "orderId": _order(sandbox)["id"],
        "status": "COMPLETE",
        "attributes": {"firstName": "Eve", "address": {"id": "nope"}},
    }
    expected = (404, "order.address.id", "No object found for order.address.id: nope")
    assert refusal(sandbox, ORDER_UPDATE, given) == expected


def test_a_seller_may_not_update_orders() -> None:
    sandbox = Sandbox(adverts=20)
    order = _order(sandbox)
    answer = run(sandbox, ORDER_UPDATE, {"orderId": order["id"], "status": "ABANDONED"}, ApiKey("", "seller"))
    assert answer["data"] == {"orderUpdate": None}
    assert order["status"] == "COMPLETE"


async def test_an_order_is_updated_over_http(sandbox: Sandbox) -> None:
    order = _order(sandbox)
    given = {"orderId": order["id"], "status": "ABANDONED"}
    status, answer = await ask(sandbox, ORDER_UPDATE, {"input": given})
    assert (status, answer.get("errors")) == (200, None)
    assert answer["data"]["orderUpdate"]["order"]["status"] == "ABANDONED"
