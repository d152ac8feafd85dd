"""``invoiceAmendmentCreate``: refunds and cancellations without a refund request."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_asking import data
from sandbox_ordering import SHIPMENT_CREATE, ordered, payload, refusal, run, seller_key, shipped, told

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record

AMEND = """mutation($input: InvoiceAmendmentCreateMutationInput!) {
  invoiceAmendmentCreate(input: $input) { status errors { field messages } invoiceAmendment { id totalCents taxCents
    taxRate remittanceCents lineItemAmountTotalCents lineItemTaxTotalCents remittanceAmountTotalCents
    commissionAmountTotalCents remittedAt order { id }
    invoice { id status statusFlags totalCents amendments { id }
      lineItems { status statusFull quantityAwaitingDispatch quantityReturnable } }
    lineItems { quantity status custom dispatched amountCents totalCents taxCents lineItem { id } } } } }"""


def _given(invoice: Record, *lines: dict[str, Any], remittance: int = -900) -> dict[str, Any]:
    return {"invoiceId": invoice["id"], "remittanceCents": remittance, "lineItems": [*lines]}


def _of(invoice: Record, quantity: int, status: str = "CANCELLED", **values: Any) -> dict[str, Any]:
    line = {"lineItemId": invoice["lineItems"][0]["id"], "quantity": quantity, "status": status}
    return {**line, **({"amountCents": -1000} | values)}


def test_a_refund_of_sent_goods_adds_up_and_is_taken_back_from_the_seller() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 3)
    payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 3))
    sandbox.store.drain()
    custom = {"custom": "For the trouble", "quantity": 1, "status": "REFUNDED", "total": {"amount": -110, "tax": -10}}
    given = _given(invoice, _of(invoice, 2, "REFUNDED"), custom, remittance=-1800)
    made = payload(sandbox, AMEND, given)["invoiceAmendment"]
    assert made["lineItems"] == [
        {
            "quantity": 2,
            "status": "REFUNDED",
            "custom": None,
            "dispatched": True,
            "amountCents": -1000,
            "totalCents": -2000,
            "taxCents": -182,
            "lineItem": {"id": invoice["lineItems"][0]["id"]},
        },
        {
            "quantity": 1,
            "status": "REFUNDED",
            "custom": "For the trouble",
            "dispatched": False,
            "amountCents": -110,
            "totalCents": -110,
            "taxCents": -10,
            "lineItem": None,
        },
    ]
    assert (made["totalCents"], made["lineItemAmountTotalCents"], made["taxCents"]) == (-2110, -2110, -192)
    assert (made["lineItemTaxTotalCents"], made["taxRate"], made["remittedAt"]) == (-192, 0.1, None)
    assert (made["remittanceCents"], made["remittanceAmountTotalCents"]) == (-1800, -1800)
    assert made["commissionAmountTotalCents"] == -310
    assert made["order"] == {"id": invoice["order"]["id"]}
    assert made["invoice"]["amendments"] == [{"id": made["id"]}]
    assert made["invoice"]["statusFlags"] == ["PAID", "SENT", "REFUNDED"]
    assert made["invoice"]["totalCents"] == 3000
    assert made["invoice"]["lineItems"] == [
        {"status": "ALLOCATED", "statusFull": "SHIPPED", "quantityAwaitingDispatch": 0, "quantityReturnable": 1}
    ]
    remittance = sandbox.store.all("Remittance")[-1]
    assert remittance["invoiceAmendment"]["id"] == made["id"]
    assert (remittance["invoice"], remittance["amountCents"]) == (None, -1800)
    assert (remittance["commissionAmountCents"], remittance["released"]) == (-310, False)
    assert told(sandbox) == [("Invoice", "update"), ("InvoiceAmendment", "create"), ("Remittance", "create")]

    made = payload(sandbox, AMEND, _given(invoice, _of(invoice, 1, "REFUNDED")))["invoiceAmendment"]
    assert (made["invoice"]["lineItems"][0]["status"], made["invoice"]["lineItems"][0]["quantityReturnable"]) == (
        "REFUNDED",
        0,
    )


def test_cancelled_goods_are_not_awaited_any_more() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 3)
    made = payload(sandbox, AMEND, _given(invoice, _of(invoice, 1)))["invoiceAmendment"]["invoice"]
    assert (made["statusFlags"], made["lineItems"][0]["quantityAwaitingDispatch"]) == (["PAID"], 2)
    payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1))
    assert invoice["statusFlags"] == ["PAID", "PARTIALLY_SENT"]
    made = payload(sandbox, AMEND, _given(invoice, _of(invoice, 1)))["invoiceAmendment"]["invoice"]
    assert made["statusFlags"] == ["PAID", "SENT"]
    assert sum(one["invoice"] is invoice for one in sandbox.store.all("Remittance")) == 1


def test_an_invoice_of_which_everything_is_cancelled_is_cancelled() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2)
    made = payload(sandbox, AMEND, _given(invoice, _of(invoice, 2, dispatched=False)))["invoiceAmendment"]["invoice"]
    assert (made["status"], made["statusFlags"]) == ("CANCELLED", ["PAID", "CANCELLED"])
    assert made["lineItems"] == [
        {"status": "CANCELLED", "statusFull": "CANCELLED", "quantityAwaitingDispatch": 0, "quantityReturnable": 0}
    ]
    assert not any(one["invoice"] is invoice for one in sandbox.store.all("Remittance"))
    status, field, _ = refusal(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 1))
    assert (status, field) == (422, "quantity")


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"custom": "Both"}, "lineItems", "Either lineItemId or custom must be supplied, and not both"),
        ({"lineItemId": None}, "lineItems", "Either lineItemId or custom must be supplied, and not both"),
        ({"amountCents": None}, "lineItems", "Either amountCents or total must be supplied, and not both"),
        ({"total": {"amount": -1}}, "lineItems", "Either amountCents or total must be supplied, and not both"),
        ({"quantity": 0}, "quantity", "Quantity must be greater than 0"),
        ({"quantity": 3}, "quantity", "Quantity must be less than or equal to 2"),
        ({"dispatched": True}, "quantity", "Quantity must be less than or equal to 0"),
        ({"amountCents": -(2**31)}, "lineItems", "Total must be less than or equal to 2147483647"),
        ({"lineItemId": "nope"}, "lineItemId", "No object found for lineItemId: nope"),
    ],
)
def test_a_line_that_cannot_be_amended_is_refused(values: dict[str, Any], field: str, message: str) -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2)
    line = {**_of(invoice, 1), **values}
    assert refusal(sandbox, AMEND, _given(invoice, line))[1:] == (field, message)


def test_an_amendment_has_lines_and_they_are_the_invoices_own() -> None:
    sandbox = Sandbox(adverts=20)
    invoice, other = ordered(sandbox, 1), ordered(sandbox, 1)
    assert refusal(sandbox, AMEND, _given(invoice)) == (422, "lineItems", "Line items can't be blank")
    expected = (422, "lineItems", "Line items must be part of the invoice that is amended")
    assert refusal(sandbox, AMEND, _given(invoice, _of(other, 1))) == expected


def test_a_seller_may_not_amend_its_invoices() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 1)
    answer = run(sandbox, AMEND, _given(invoice, _of(invoice, 1)), seller_key(invoice["seller"]))
    assert answer["data"] == {"invoiceAmendmentCreate": None}
    assert invoice["amendments"] == []


async def test_an_invoice_is_amended_over_http(sandbox: Sandbox) -> None:
    invoice = ordered(sandbox, 1)
    made = await data(
        sandbox, AMEND, {"input": _given(invoice, _of(invoice, 1, total={"amount": -500}, amountCents=None))}
    )
    assert made["invoiceAmendmentCreate"]["invoiceAmendment"]["totalCents"] == -500


def test_no_more_of_a_line_is_amended_than_there_is_whichever_goods_are_meant() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = sandbox.store.first("Invoice")
    line = invoice["lineItems"][0]
    line |= {"quantity": 3, "quantityAwaitingDispatch": 3, "quantityReturnable": 3}  # as a control may set them
    payload(sandbox, AMEND, _given(invoice, _of(invoice, 2, dispatched=False)))
    assert refusal(sandbox, AMEND, _given(invoice, _of(invoice, 2, "REFUNDED", dispatched=True))) == (
        422,
        "quantity",
        "Quantity must be less than or equal to 1",
    )


def test_what_only_the_seller_gave_back_leaves_the_goods_to_be_amended() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2)
    payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 2))
    line = {"lineItemId": invoice["lineItems"][0]["id"], "reason": "Broken", "quantity": 2, "onlyRemittance": True}
    wanted = {"invoiceId": invoice["id"], "notes": [], "lineItems": [{**line, "status": "REFUND_ACCEPTED"}]}
    create = "mutation($input: RefundRequestCreateMutationInput!) { refundRequestCreate(input: $input) "
    made = payload(sandbox, create + "{ status errors { field messages } refundRequest { id } } }", wanted)
    refund = "mutation($input: RefundRequestRefundMutationInput!) { refundRequestRefund(input: $input) "
    given = {"refundRequestId": made["refundRequest"]["id"], "notes": []}
    payload(sandbox, refund + "{ status errors { field messages } refundRequest { id } } }", given)
    amended = payload(sandbox, AMEND, _given(invoice, _of(invoice, 1, "REFUNDED")))["invoiceAmendment"]
    assert amended["invoice"]["lineItems"] == [
        {"status": "ALLOCATED", "statusFull": "SHIPPED", "quantityAwaitingDispatch": 0, "quantityReturnable": 1}
    ]
