"""What a line of a refund request may ask for, and what is answered to one that asks for something else."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_refunding import created, custom, done, invoice_of, refused, run, wants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey

SELLER = ApiKey("", "seller")
EITHER = "Supply either lineItemId and reason, or custom and amountPerItemCents"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(adverts=4)


@pytest.fixture
def invoice(sandbox: Sandbox) -> Record:
    return invoice_of(sandbox, (2, 2_000))


def refusal(sandbox: Sandbox, invoice: Record, *lines: Record, key: ApiKey = OPERATOR) -> tuple[int, str, str]:
    """Status, field and message; nothing was written."""
    given = {"invoiceId": invoice["id"], "lineItems": list(lines), "notes": []}
    message = refused(sandbox, "refundRequestCreate", key, **given)
    payload = run(sandbox, "refundRequestCreate", given, key)["data"]["refundRequestCreate"]
    return payload["status"], payload["errors"][0]["field"], message


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"custom": "Postage"}, "lineItems.1", EITHER),
        ({"amountPerItemCents": 100}, "lineItems.1", EITHER),
        ({"lineItemId": None, "reason": None}, "lineItems.1", EITHER),
        ({"lineItemId": None}, "lineItems.1.lineItemId", "lineItemId can't be blank"),
        ({"reason": None}, "lineItems.1.reason", "reason can't be blank"),
        ({"reason": " "}, "lineItems.1.reason", "reason can't be blank"),
        ({"quantity": 0}, "lineItems.1.quantity", "quantity must be greater than 0"),
        ({"quantity": -1}, "lineItems.1.quantity", "quantity must be greater than 0"),
        ({"quantity": 2}, "lineItems.1.quantity", "quantity must be less than or equal to 1"),
        ({"dispatched": False}, "lineItems.1.quantity", "quantity must be less than or equal to 0"),
    ],
)
def test_a_line_of_the_invoice_is_checked(
    sandbox: Sandbox, invoice: Record, change: dict[str, Any], field: str, message: str
) -> None:
    assert refusal(sandbox, invoice, wants(invoice), wants(invoice) | change) == (422, field, message)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"reason": "Late"}, "lineItems.0", EITHER),
        ({"dispatched": False}, "lineItems.0", EITHER),
        ({"custom": None, "amountPerItemCents": None}, "lineItems.0", EITHER),
        ({"custom": ""}, "lineItems.0.custom", "custom can't be blank"),
        ({"amountPerItemCents": None}, "lineItems.0.amountPerItemCents", "amountPerItemCents can't be blank"),
        ({"quantity": 0}, "lineItems.0.quantity", "quantity must be greater than 0"),
        (
            {"amountPerItemCents": -1},
            "lineItems.0.amountPerItemCents",
            "amountPerItemCents must be greater than or equal to 0",
        ),
        (
            {"amountPerItemCents": 2_000_000_000, "quantity": 2},
            "lineItems.0.amountPerItemCents",
            "the amount must be less than or equal to 2147483647",
        ),
        (
            {"amountPerItemCents": 2_996},
            "base",
            "the total to refund must be less than or equal to 2995 cents, what is left of the invoice",
        ),
    ],
)
def test_a_custom_line_is_checked(
    sandbox: Sandbox, invoice: Record, change: dict[str, Any], field: str, message: str
) -> None:
    assert refusal(sandbox, invoice, custom(500) | change) == (422, field, message)


def test_a_request_without_lines_is_refused(sandbox: Sandbox, invoice: Record) -> None:
    assert refusal(sandbox, invoice) == (422, "lineItems", "lineItems can't be blank")


def test_only_an_operator_says_that_a_line_is_about_the_remittance_alone(sandbox: Sandbox, invoice: Record) -> None:
    message = "onlyRemittance can only be supplied by an operator"
    field = "lineItems.0.onlyRemittance"
    for value in (True, False):
        assert refusal(sandbox, invoice, custom(500, onlyRemittance=value), key=SELLER) == (422, field, message)
    assert created(sandbox, invoice, custom(500, onlyRemittance=True))["lineItems"][0]["onlyRemittance"] is True


def test_a_line_of_another_invoice_is_refused_in_the_platform_s_words(sandbox: Sandbox, invoice: Record) -> None:
    other = invoice_of(sandbox, (1, 1_000))
    message = "line items must be part of the same invoice for which you are raising a refund request."
    assert refusal(sandbox, invoice, wants(invoice), wants(other)) == (422, "lineItems", message)


def test_the_id_of_a_variant_instead_of_a_line_is_an_error_in_the_payload(sandbox: Sandbox, invoice: Record) -> None:
    variant = sandbox.store.all("Variant")[0]["id"]
    given = wants(invoice) | {"lineItemId": variant}
    assert refusal(sandbox, invoice, given) == (404, "lineItemId", f"No object found for lineItemId: {variant}")


def test_an_unknown_object_is_an_error_of_the_whole_answer_when_that_is_chosen() -> None:
    sandbox = Sandbox(adverts=4, choices=Choices(unknown_object="answer"))
    answer = run(sandbox, "refundRequestReturn", {"refundRequestId": "none", "notes": []})
    assert answer["data"] == {"refundRequestReturn": None}
    assert [error["message"] for error in answer["errors"]] == ["No object found for refundRequestId: none"]


@pytest.mark.parametrize("mutation", ["refundRequestReturn", "refundRequestRefund"])
def test_a_line_that_is_added_later_is_a_custom_one(sandbox: Sandbox, invoice: Record, mutation: str) -> None:
    status = "AWAITING_RETURN" if mutation == "refundRequestReturn" else "REFUND_ACCEPTED"
    request = created(sandbox, invoice, wants(invoice, status=status))
    message = "New line items must be custom line items, not referencing an invoice line item"
    given = {"refundRequestId": request["id"], "notes": []}
    assert refused(sandbox, mutation, **given, newLineItems=[custom(1), wants(invoice)]) == message
    too_much = "the total to refund must be less than or equal to 2995 cents, what is left of the invoice"
    assert refused(sandbox, mutation, **given, newLineItems=[custom(1_996)]) == too_much
    assert done(sandbox, mutation, **given, newLineItems=[custom(1_995)])["totalCents"] == 2_995


def test_items_that_another_request_asks_back_are_taken_until_it_is_denied(sandbox: Sandbox, invoice: Record) -> None:
    first = created(sandbox, invoice, wants(invoice, quantity=2))
    message = "quantity must be less than or equal to 0"
    assert refusal(sandbox, invoice, wants(invoice)) == (422, "lineItems.0.quantity", message)
    done(sandbox, "refundRequestDeny", refundRequestId=first["id"], notes=[])
    assert created(sandbox, invoice, wants(invoice, quantity=2))["totalCents"] == 2_000


def test_what_is_not_said_of_the_dispatch_is_taken_from_the_line(sandbox: Sandbox) -> None:
    for sent in (True, False):
        invoice = invoice_of(sandbox, (1, 1_000), sent=sent)
        assert created(sandbox, invoice, wants(invoice))["lineItems"][0]["dispatched"] is sent


def test_what_belongs_to_a_line_is_kept(sandbox: Sandbox, invoice: Record) -> None:
    metadata = [{"key": "shelf", "value": "B2"}]
    pairs: dict[str, Any] = {"externalIds": [{"key": "erp", "value": "7"}], "metadata": metadata}
    line = wants(invoice, dispatched=True, notes=[{"note": "Torn"}], **pairs)
    request = created(sandbox, invoice, line, externalIds=[{"key": "shop", "value": "R1"}], metadata=metadata)
    (shown,) = request["lineItems"]
    assert (shown["externalIds"], shown["metadata"]) == (pairs["externalIds"], metadata)
    assert (shown["reason"], shown["dispatched"], shown["description"]) == ("Too small", True, None)
    assert [(note["newStatus"], note["note"]) for note in shown["notes"]] == [("AWAITING_RETURN", "Torn")]
    assert request["externalIds"] == [{"key": "shop", "value": "R1"}]
    assert (request["metadata"], request["initiatedBy"]) == (metadata, "ADMIN")


def test_a_line_is_denied_for_a_reason(sandbox: Sandbox, invoice: Record) -> None:
    line = created(sandbox, invoice, wants(invoice))["lineItems"][0]["id"]
    given = {"refundRequestLineItemId": line, "denyRefundReason": " ", "notes": []}
    assert refused(sandbox, "refundRequestLineItemDeny", **given) == "denyRefundReason can't be blank"


@pytest.mark.parametrize("name", ["adminId", "userId"])
def test_a_note_of_somebody_who_is_not_known_is_refused(sandbox: Sandbox, invoice: Record, name: str) -> None:
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice)], "notes": [{name: "nobody"}]}
    assert refused(sandbox, "refundRequestCreate", **given) == f"No object found for {name}: nobody"


def test_nothing_is_refunded_of_an_invoice_that_is_not_paid(sandbox: Sandbox, invoice: Record) -> None:
    invoice |= {"statusFlags": [], "paidAt": None}
    message = "the total to refund must be less than or equal to 0 cents, what is left of the invoice"
    assert refusal(sandbox, invoice, wants(invoice)) == (422, "base", message)
