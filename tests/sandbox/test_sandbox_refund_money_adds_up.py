"""What is paid back, taken back and left, to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_refunding import created, custom, done, invoice_of, refused, told, wants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.refunds import new_refund_request
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.due import new_remittance

TOTALS = (
    "totalCents",
    "refundAmountCents",
    "requestValueCents",
    "recoveredAmountCents",
    "lineItemAmountTotalCents",
    "lineItemTaxTotalCents",
    "commissionAmountTotalCents",
    "commissionTaxTotalCents",
    "remittanceAmountTotalCents",
)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(adverts=4)


def totals(request: Any) -> tuple[int, ...]:
    return tuple(request[name] for name in TOTALS)


def refunded(sandbox: Sandbox, invoice: Record, *lines: Record, **more: Any) -> Any:
    request = created(sandbox, invoice, *[line | {"status": "REFUND_ACCEPTED"} for line in lines])
    return done(sandbox, "refundRequestRefund", refundRequestId=request["id"], notes=[], **more)


def test_a_request_s_totals_are_the_sums_of_its_lines(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_300), (1, 1_100))
    request = created(
        sandbox, invoice, wants(invoice, quantity=2), wants(invoice, 1), custom(250, 2), custom(70, onlyRemittance=True)
    )
    shown = [
        (line["quantity"], line["amountPerItemCents"], line["amountCents"], line["lineItemAmountCents"])
        for line in request["lineItems"]
    ]
    assert shown == [(2, 1_100, 2_200, 2_200), (1, 1_100, 1_100, 1_100), (2, 250, 500, 500), (1, 70, 70, 0)]
    parts = [
        (line["lineItemTaxCents"], line["commissionAmountCents"], line["remittanceAmountCents"])
        for line in request["lineItems"]
    ]
    assert parts == [(200, 220, 1_980), (100, 110, 990), (45, 0, 500), (0, 0, 70)]
    assert totals(request) == (3_800, 3_800, 3_300, 3_540, 3_800, 345, 330, 0, 3_540)
    assert (request["cashAmountCents"], request["giftCardAmountCents"], request["refundedAt"]) == (None, None, None)


def test_a_denied_line_counts_nothing(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_300), (1, 1_100))
    request = created(sandbox, invoice, wants(invoice), wants(invoice, 1))
    given = {"refundRequestLineItemId": request["lineItems"][0]["id"], "denyRefundReason": "Worn", "notes": []}
    done(sandbox, "refundRequestLineItemDeny", **given)
    request = done(sandbox, "refundRequestReturn", refundRequestId=request["id"], notes=[])
    assert totals(request) == (1_100, 1_100, 1_100, 990, 1_100, 100, 110, 0, 990)


@pytest.mark.parametrize(("items", "total"), [(3, 1_000), (7, 9_999), (2, 1)])
def test_items_that_are_refunded_one_by_one_add_up_to_what_was_paid(sandbox: Sandbox, items: int, total: int) -> None:
    invoice = invoice_of(sandbox, (items, total))
    amounts = [refunded(sandbox, invoice, wants(invoice))["totalCents"] for _ in range(items)]
    assert amounts == [total // items] * (items - 1) + [total - total // items * (items - 1)]
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice)], "notes": []}
    assert refused(sandbox, "refundRequestCreate", **given) == "quantity must be less than or equal to 0"


def test_the_amendment_takes_back_what_the_buyer_and_the_seller_got(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (2, 2_200))
    request = refunded(sandbox, invoice, wants(invoice), custom(500), cashAmountCents=1_000)
    assert (request["cashAmountCents"], request["giftCardAmountCents"]) == (1_000, 600)
    (amendment,) = request["invoice"]["amendments"]
    line_id = invoice["lineItems"][0]["id"]
    assert amendment | {"id": ""} == {
        "id": "",
        "totalCents": -1_600,
        "taxCents": -145,
        "remittanceCents": -1_490,
        "remittedAt": None,
        "commissionAmountTotalCents": -110,
        "lineItemAmountTotalCents": -1_600,
        "lineItemTaxTotalCents": -145,
        "remittanceAmountTotalCents": -1_490,
        "lineItems": [
            {
                "quantity": 1,
                "amountCents": -1_100,
                "totalCents": -1_100,
                "taxCents": -100,
                "status": "REFUNDED",
                "custom": None,
                "dispatched": True,
                "lineItem": {"id": line_id},
                "commissionAmountCents": -110,
                "remittanceAmountCents": -990,
            },
            {
                "quantity": 1,
                "amountCents": -500,
                "totalCents": -500,
                "taxCents": -45,
                "status": "REFUNDED",
                "custom": "Return postage",
                "dispatched": None,
                "lineItem": None,
                "commissionAmountCents": 0,
                "remittanceAmountCents": -500,
            },
        ],
    }
    remittance = sandbox.store.all("Remittance")[-1]
    assert (remittance["invoiceAmendment"]["id"], remittance["invoice"]) == (amendment["id"], None)
    assert (remittance["amountCents"], remittance["commissionAmountCents"]) == (-1_490, -110)
    assert (remittance["released"], remittance["pendingReasons"]) == (False, ["pending_release"])
    assert remittance["seller"] is invoice["seller"]


def test_a_remittance_waits_for_what_the_seller_lacks(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (1, 1_000), sent=False)
    invoice["seller"]["missingRemittanceDetails"] = True
    for one in sandbox.store.all("Remittance"):
        one["remittanceAdvice"] = one.get("remittanceAdvice") or sandbox.store.all("RemittanceAdvice")[0]
    refunded(sandbox, invoice, wants(invoice))
    assert sandbox.store.all("Remittance")[-1]["pendingReasons"] == [
        "pending_release",
        "missing_remittance_details",
        "zero_or_negative_total_remittance_amount",
    ]


def test_what_a_seller_is_owed_in_all_decides_whether_there_is_something_to_pay(sandbox: Sandbox) -> None:
    seller = sandbox.store.all("Seller")[0]
    for one in sandbox.store.all("Remittance"):
        one["remittanceAdvice"] = one.get("remittanceAdvice") or sandbox.store.all("RemittanceAdvice")[0]
    seen = [
        new_remittance(sandbox.store, seller, amount_cents=cents, commission_cents=0)["pendingReasons"]
        for cents in (1_000, -999, -1)
    ]
    assert seen == [
        ["pending_release"],
        ["pending_release"],
        ["pending_release", "zero_or_negative_total_remittance_amount"],
    ]


def test_returned_items_cannot_be_returned_again(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_000))
    (line,) = refunded(sandbox, invoice, wants(invoice, quantity=2))["lineItems"]
    kept = {"status": "ALLOCATED", "statusFull": "SHIPPED", "quantityReturnable": 1, "quantityAwaitingDispatch": 0}
    assert line["lineItem"] == {"id": invoice["lineItems"][0]["id"]} | kept
    (line,) = refunded(sandbox, invoice, wants(invoice))["lineItems"]
    gone = {"status": "REFUNDED", "statusFull": "REFUNDED", "quantityReturnable": 0, "quantityAwaitingDispatch": 0}
    assert line["lineItem"] == {"id": invoice["lineItems"][0]["id"]} | gone


def test_a_cancellation_of_everything_cancels_the_invoice(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (2, 2_000), sent=False)
    request = refunded(sandbox, invoice, wants(invoice, quantity=2, dispatched=False))
    (line,) = request["lineItems"]
    assert line["lineItem"] | {"id": ""} == {
        "id": "",
        "status": "CANCELLED",
        "statusFull": "CANCELLED",
        "quantityReturnable": 0,
        "quantityAwaitingDispatch": 0,
    }
    assert request["invoice"]["statusFlags"] == ["PAID", "REFUNDED", "CANCELLED"]
    assert request["invoice"]["amendments"][0]["lineItems"][0]["status"] == "CANCELLED"


def test_a_cancellation_of_what_was_not_sent_leaves_what_was(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_000))
    line = invoice["lineItems"][0]
    line |= {"quantityAwaitingDispatch": 2, "quantityReturnable": 1}
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice, quantity=3, dispatched=False)], "notes": []}
    assert refused(sandbox, "refundRequestCreate", **given) == "quantity must be less than or equal to 2"
    created(sandbox, invoice, wants(invoice, dispatched=True))
    given["lineItems"] = [wants(invoice, quantity=3, dispatched=True)]
    assert refused(sandbox, "refundRequestCreate", **given) == "quantity must be less than or equal to 2"
    done(sandbox, "refundRequestDeny", refundRequestId=invoice["refundRequests"][-1]["id"], notes=[])
    refunded(sandbox, invoice, wants(invoice, quantity=2, dispatched=False))
    assert (line["quantityAwaitingDispatch"], line["quantityReturnable"], line["statusFull"]) == (0, 1, "SHIPPED")
    refunded(sandbox, invoice, wants(invoice, dispatched=True))
    assert (line["quantityReturnable"], line["status"], line["statusFull"]) == (0, "REFUNDED", "REFUNDED")


def test_a_return_leaves_what_was_sent_and_not_returned(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_000))
    line = invoice["lineItems"][0]
    line |= {"quantityAwaitingDispatch": 1, "quantityReturnable": 2}
    refunded(sandbox, invoice, wants(invoice, dispatched=True))
    assert (line["quantityAwaitingDispatch"], line["quantityReturnable"]) == (1, 1)


def test_goods_that_are_returned_before_they_were_sent_are_not_sent_any_more(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (3, 3_000), sent=False)
    line = invoice["lineItems"][0]
    assert (line["quantityAwaitingDispatch"], line["quantityReturnable"]) == (3, 0)
    refunded(sandbox, invoice, wants(invoice, quantity=2, dispatched=True))
    assert (line["quantityAwaitingDispatch"], line["quantityReturnable"]) == (1, 0)
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice, quantity=2, dispatched=True)], "notes": []}
    assert refused(sandbox, "refundRequestCreate", **given) == "quantity must be less than or equal to 1"


def test_items_are_not_cancelled_and_returned_as_well(sandbox: Sandbox) -> None:
    """A line that says of all its items that they can be returned, though none was sent."""
    invoice = invoice_of(sandbox, (3, 3_000), sent=False)
    line = invoice["lineItems"][0]
    line["quantityReturnable"] = 3
    refunded(sandbox, invoice, wants(invoice, dispatched=False))
    assert (line["quantityAwaitingDispatch"], line["quantityReturnable"]) == (2, 2)
    created(sandbox, invoice, wants(invoice, quantity=2, dispatched=False))
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice, dispatched=True)], "notes": []}
    assert refused(sandbox, "refundRequestCreate", **given) == "quantity must be less than or equal to 0"


def test_the_postage_of_a_line_is_not_refunded_with_its_items(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (2, 2_000))
    invoice["lineItems"][0]["postageCents"] = 500
    assert created(sandbox, invoice, wants(invoice, quantity=2))["totalCents"] == 1_500


def test_a_request_that_was_seeded_gets_its_breakdown_when_it_is_refunded(sandbox: Sandbox) -> None:
    made = new_refund_request(sandbox.store, invoice_of(sandbox, (2, 2_200)))
    made["lineItems"][0]["lineItemAmountCents"] = None
    done(sandbox, "refundRequestReturn", refundRequestId=made["id"], notes=[])
    request = done(sandbox, "refundRequestRefund", refundRequestId=made["id"], notes=[])
    (line,) = request["lineItems"]
    assert (line["lineItemAmountCents"], line["commissionAmountCents"], line["remittanceAmountCents"]) == (
        2_200,
        220,
        1_980,
    )
    assert totals(request) == (2_200, 2_200, 2_200, 1_980, 2_200, 200, 220, 0, 1_980)


def test_a_line_about_the_remittance_alone_gives_the_buyer_nothing(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (1, 1_000))
    request = refunded(sandbox, invoice, wants(invoice, onlyRemittance=True))
    assert (request["totalCents"], request["recoveredAmountCents"], request["cashAmountCents"]) == (0, 1_000, 0)
    assert request["requestValueCents"] == 0
    (amendment,) = request["invoice"]["amendments"]
    assert (amendment["totalCents"], amendment["remittanceCents"]) == (0, -1_000)
    assert request["lineItems"][0]["lineItem"]["quantityReturnable"] == 1
    assert refunded(sandbox, invoice, wants(invoice))["totalCents"] == 1_000


@pytest.mark.parametrize("cash", [-1, 1_001])
def test_the_cash_is_between_nothing_and_the_total(sandbox: Sandbox, cash: int) -> None:
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, wants(invoice, status="REFUND_ACCEPTED"))
    given = {"refundRequestId": request["id"], "notes": [], "cashAmountCents": cash}
    assert refused(sandbox, "refundRequestRefund", **given) == (
        "cashAmountCents must be between 0 and 1000, the total to refund"
    )


def test_what_was_amended_without_a_request_is_not_refunded_again(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, custom(1_995, status="REFUND_ACCEPTED"))
    invoice["amendments"] = [sandbox.store.add("InvoiceAmendment", invoice=invoice, totalCents=-600, lineItems=[])]
    assert refused(sandbox, "refundRequestRefund", refundRequestId=request["id"], notes=[]) == (
        "the total to refund must be less than or equal to 1395 cents, what is left of the invoice"
    )


def accepted(sandbox: Sandbox) -> Any:
    invoice = invoice_of(sandbox, (2, 2_200), (1, 1_100))
    lines = (wants(invoice, status="REFUND_ACCEPTED"), wants(invoice, 1, status="REFUND_ACCEPTED"))
    return created(sandbox, invoice, *lines)


def test_an_approval_refunds_by_the_breakdown_and_else_by_the_invoice(sandbox: Sandbox) -> None:
    request = accepted(sandbox)
    given = {"id": request["lineItems"][0]["id"], "lineItemAmount": 550, "commissionAmount": 50}
    extra = {"custom": "Goodwill", "lineItemAmount": 110, "commissionAmount": 10, "remittanceAmount": 100}
    sandbox.store.drain()
    after = done(
        sandbox,
        "refundRequestApprove",
        refundRequestId=request["id"],
        note={"note": "Agreed"},
        lineItemPriceBreakdowns=[given | {"remittanceAmount": 500, "lineItemTax": 7}],
        newCustomLineItemPriceBreakdowns=[extra | {"lineItemTaxRate": "0.2", "lineItemTax": 3}],
    )
    shown = [
        (
            line["amountCents"],
            line["lineItemAmountCents"],
            line["lineItemTaxCents"],
            line["commissionAmountCents"],
            line["remittanceAmountCents"],
            line["remittanceTaxCents"],
            line["status"],
        )
        for line in after["lineItems"]
    ]
    assert shown == [
        (1_100, 550, 7, 50, 500, 45, "REFUNDED"),
        (1_100, 1_100, 100, 110, 990, 90, "REFUNDED"),
        (110, 110, 3, 10, 100, 17, "REFUNDED"),
    ]
    assert totals(after) == (1_760, 1_760, 2_200, 1_590, 1_760, 110, 170, 0, 1_590)
    assert (after["status"], after["cashAmountCents"], after["notes"][-1]["note"]) == ("REFUNDED", 1_760, "Agreed")
    (amendment,) = after["invoice"]["amendments"]
    assert (amendment["totalCents"], amendment["remittanceCents"]) == (-1_760, -1_590)
    assert [line["totalCents"] for line in amendment["lineItems"]] == [-550, -1_100, -110]
    assert told(sandbox) == [
        ("RefundRequestLineItem", "create"),
        ("RefundRequestLineItem", "update"),
        ("RefundRequestLineItem", "update"),
        ("RefundRequest", "update"),
        ("Invoice", "update"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lineItemAmount": -1}, "amounts must be greater than or equal to 0"),
        ({"commissionTax": -1}, "amounts must be greater than or equal to 0"),
        ({"remittanceAmount": 991}, "commissionAmount and remittanceAmount must be parts of lineItemAmount"),
        (
            {"lineItemAmount": 3_196},
            "the total to refund must be less than or equal to 4295 cents, what is left of the invoice",
        ),
    ],
)
def test_a_breakdown_that_is_none_is_refused(sandbox: Sandbox, change: dict[str, int], message: str) -> None:
    request = accepted(sandbox)
    given = {"id": request["lineItems"][0]["id"], "lineItemAmount": 1_100, "commissionAmount": 110} | change
    breakdown = {"remittanceAmount": 990} | given
    approval = {"refundRequestId": request["id"], "lineItemPriceBreakdowns": [breakdown]}
    assert refused(sandbox, "refundRequestApprove", **approval) == message


def test_an_approval_takes_from_the_seller_what_the_buyer_does_not_get(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, custom(70, onlyRemittance=True, status="REFUND_ACCEPTED"))
    given = {"id": request["lineItems"][0]["id"], "lineItemAmount": 0, "commissionAmount": 0, "remittanceAmount": 60}
    after = done(sandbox, "refundRequestApprove", refundRequestId=request["id"], lineItemPriceBreakdowns=[given])
    assert (after["totalCents"], after["recoveredAmountCents"]) == (0, 60)


def test_an_approval_names_accepted_lines_of_its_request_once(sandbox: Sandbox) -> None:
    request, other = accepted(sandbox), accepted(sandbox)
    first, second = (line["id"] for line in request["lineItems"])
    nothing = {"lineItemAmount": 0, "commissionAmount": 0, "remittanceAmount": 0}

    def refusal(*ids: str) -> str:
        breakdowns = [nothing | {"id": id_} for id_ in ids]
        given = {"refundRequestId": request["id"], "lineItemPriceBreakdowns": breakdowns}
        return refused(sandbox, "refundRequestApprove", **given)

    assert refusal(other["lineItems"][0]["id"]) == (
        "line items must be part of the refund request that you are approving."
    )
    assert refusal("none") == "No object found for id: none"
    assert refusal(first, first) == "a RefundRequestLineItem can only be approved once"
    deny = {"refundRequestLineItemId": second, "denyRefundReason": "Worn", "notes": []}
    done(sandbox, "refundRequestLineItemDeny", **deny)
    assert refusal(second) == "Can only approve a refund accepted RefundRequestLineItem"


@pytest.mark.parametrize(
    ("change", "message"),
    [({"custom": " "}, "custom can't be blank"), ({"lineItemTaxRate": "-1"}, "lineItemTaxRate is not a number")],
)
def test_a_custom_breakdown_is_checked(sandbox: Sandbox, change: dict[str, str], message: str) -> None:
    extra = {"custom": "Goodwill", "lineItemAmount": 1, "commissionAmount": 0, "remittanceAmount": 1} | change
    given = {"refundRequestId": accepted(sandbox)["id"], "newCustomLineItemPriceBreakdowns": [extra]}
    assert refused(sandbox, "refundRequestApprove", **given) == message
