"""A refund request takes the documented steps, and no other: each mutation from each status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox_refunding import (
    OF_LINE,
    REQUEST,
    created,
    custom,
    done,
    given_for,
    invoice_of,
    reach,
    refused,
    told,
    wants,
)

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey

SELLER = ApiKey("", "seller")
NOT_AWAITING = "Can only mark an awaiting RefundRequest as returned"
NOT_RETURNED = "Can only mark a returned or processed RefundRequest as refunded"
NOT_PROCESSED = "Can only approve a processed RefundRequest"
NOT_OPEN = "Can only deny an awaiting, returned or processed RefundRequest"
NOT_DENIED = "Can only revert the denial of a denied RefundRequest"
NO_ACCEPT = "Can only accept a pending approval or awaiting return RefundRequestLineItem"
NO_RETURN = "Can only mark an awaiting return RefundRequestLineItem as returned"
NO_DENY = "Can only deny a pending approval, awaiting return or refund accepted RefundRequestLineItem"
CLOSED = "Can only change a RefundRequestLineItem of an awaiting, returned or processed RefundRequest"
FORBIDDEN = "permission denied: only accessible to operator admin users"
OPERATORS_ONLY = ("refundRequestRefund", "refundRequestApprove", "refundRequestDeny", "refundRequestRevertDenial")

# From a status, by mutation: the status that follows, or the message of the refusal.
STEPS: dict[str, dict[str, str]] = {
    "PENDING": {
        "refundRequestReturn": "RETURNED",
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": "DENIED",
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": "PROCESSED",
        "refundRequestLineItemReturn": NO_RETURN,
        "refundRequestLineItemDeny": "DENIED",
    },
    "AWAITING": {
        "refundRequestReturn": "RETURNED",
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": "DENIED",
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": "PROCESSED",
        "refundRequestLineItemReturn": "PROCESSED",
        "refundRequestLineItemDeny": "DENIED",
    },
    "RETURNED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": "REFUNDED",
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": "DENIED",
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": NO_ACCEPT,
        "refundRequestLineItemReturn": NO_RETURN,
        "refundRequestLineItemDeny": "DENIED",
    },
    "PROCESSED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": "REFUNDED",
        "refundRequestApprove": "REFUNDED",
        "refundRequestDeny": "DENIED",
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": NO_ACCEPT,
        "refundRequestLineItemReturn": NO_RETURN,
        "refundRequestLineItemDeny": "DENIED",
    },
    "REFUNDED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": NOT_OPEN,
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": NO_ACCEPT,
        "refundRequestLineItemReturn": NO_RETURN,
        "refundRequestLineItemDeny": NO_DENY,
    },
    "DENIED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": NOT_OPEN,
        "refundRequestRevertDenial": "AWAITING",
        "refundRequestLineItemAccept": NO_ACCEPT,
        "refundRequestLineItemReturn": NO_RETURN,
        "refundRequestLineItemDeny": NO_DENY,
    },
    "REFUND_ACCEPTED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": NOT_OPEN,
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": CLOSED,
        "refundRequestLineItemReturn": CLOSED,
        "refundRequestLineItemDeny": CLOSED,
    },
    "REFUND_DENIED": {
        "refundRequestReturn": NOT_AWAITING,
        "refundRequestRefund": NOT_RETURNED,
        "refundRequestApprove": NOT_PROCESSED,
        "refundRequestDeny": NOT_OPEN,
        "refundRequestRevertDenial": NOT_DENIED,
        "refundRequestLineItemAccept": CLOSED,
        "refundRequestLineItemReturn": CLOSED,
        "refundRequestLineItemDeny": CLOSED,
    },
}
LINE_AFTER = {
    "refundRequestReturn": "REFUND_ACCEPTED",
    "refundRequestRefund": "REFUNDED",
    "refundRequestApprove": "REFUNDED",
    "refundRequestDeny": "REFUND_DENIED",
    "refundRequestRevertDenial": "AWAITING_RETURN",
    "refundRequestLineItemAccept": "REFUND_ACCEPTED",
    "refundRequestLineItemReturn": "REFUND_ACCEPTED",
    "refundRequestLineItemDeny": "REFUND_DENIED",
}
CASES = [(status, mutation, result) for status, steps in STEPS.items() for mutation, result in steps.items()]


@pytest.mark.parametrize("key", [OPERATOR, SELLER], ids=["operator", "seller"])
@pytest.mark.parametrize(("status", "mutation", "result"), CASES, ids=[f"{one[1]}-{one[0]}" for one in CASES])
def test_a_step_is_taken_or_refused_by_the_request_s_status(
    status: str, mutation: str, result: str, key: ApiKey
) -> None:
    sandbox = Sandbox(adverts=4)
    request = reach(sandbox, status)
    given = given_for(mutation, request)
    if key is SELLER and mutation in OPERATORS_ONLY:
        assert refused(sandbox, mutation, key, **given) == FORBIDDEN
    elif result.startswith("Can only"):
        assert refused(sandbox, mutation, key, **given) == result
    else:
        after = done(sandbox, mutation, key, **given)
        line, whole = (after, after["refundRequest"]) if mutation in OF_LINE else (after["lineItems"][0], after)
        assert (whole["status"], line["status"]) == (result, LINE_AFTER[mutation])
        events = told(sandbox)
        assert events.count(("RefundRequest", "update")) == events.count(("RefundRequestLineItem", "update")) == 1
        assert set(events) == {
            ("RefundRequest", "update"),
            ("RefundRequestLineItem", "update"),
            ("Invoice", "update"),
        }


def test_the_documented_refusals_have_the_platform_s_words(shared: Path) -> None:
    known = json.loads((shared / "fixtures/responses/error-messages.json").read_text("utf-8"))
    messages = {(one["operation"], one["message"]) for one in known}
    sandbox = Sandbox(adverts=4)
    request = reach(sandbox, "AWAITING")
    first, second = invoice_of(sandbox, (1, 1_000)), invoice_of(sandbox, (1, 1_000))
    mixed = {"invoiceId": first["id"], "lineItems": [wants(second)], "notes": []}
    nothing = refused(sandbox, "refundRequestRefund", refundRequestId="UmVmdW5kUmVxdWVzdC01Mjk=", notes=[])

    too_early = refused(sandbox, "refundRequestRefund", **given_for("refundRequestRefund", request))
    assert ("refundRequestRefund", too_early) in messages
    assert ("refundRequestCreate", refused(sandbox, "refundRequestCreate", **mixed)) in messages
    assert nothing == "No object found for refundRequestId: UmVmdW5kUmVxdWVzdC01Mjk="
    assert ("refundRequestRefund", nothing.replace("UmVmdW5kUmVxdWVzdC01Mjk=", "<refundRequestId>")) in messages


def test_the_standard_flow_ends_in_an_amendment_and_a_second_refund_changes_nothing() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (2, 2_000))
    request = created(sandbox, invoice, wants(invoice, quantity=2))
    assert (request["status"], request["invoice"]["statusFlags"]) == ("AWAITING", ["PAID", "SENT", "AWAITING_RETURN"])
    assert told(sandbox) == [
        ("RefundRequest", "create"),
        ("RefundRequestLineItem", "create"),
        ("Invoice", "update"),
    ]
    request = done(sandbox, "refundRequestReturn", refundRequestId=request["id"], notes=[{"note": "Here it is"}])
    assert (request["status"], request["invoice"]["statusFlags"]) == ("RETURNED", ["PAID", "SENT", "AWAITING_REFUND"])
    assert (request["refundedAt"], request["invoice"]["amendments"]) == (None, [])
    given = {"refundRequestId": request["id"], "cashAmountCents": 2_000, "notes": [{"note": "Paid back"}]}
    request = done(sandbox, "refundRequestRefund", **given)
    assert (request["status"], request["invoice"]["statusFlags"]) == ("REFUNDED", ["PAID", "SENT", "REFUNDED"])
    assert request["refundedAt"] is not None
    assert [one["totalCents"] for one in request["invoice"]["amendments"]] == [-2_000]

    again = "query($id: ID!) { node(id: $id) { ... on RefundRequest { " + REQUEST + " } } }"
    assert refused(sandbox, "refundRequestRefund", **given) == NOT_RETURNED
    after = sandbox.executor.run(again, {"id": request["id"]}, None, sandbox.request())
    assert after["data"]["node"] == request
    assert len([one for one in sandbox.store.all("Remittance") if one["invoiceAmendment"]]) == 1


def test_the_notes_are_the_log_of_every_status_also_of_one_that_nobody_wrote_a_note_for() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, wants(invoice, status="PENDING_APPROVAL", notes=[{"note": "Torn"}]))
    line = {"refundRequestLineItemId": request["lineItems"][0]["id"]}
    done(sandbox, "refundRequestLineItemAccept", SELLER, **line, notes=[{"note": "Keep it", "ipAddress": "192.0.2.1"}])
    receipt = [{"filename": "receipt.png", "dataBase64": "iVBORw0KGgo="}]
    notes = [{"note": "Card", "attachments": receipt}]
    request = done(sandbox, "refundRequestRefund", refundRequestId=request["id"], notes=notes)

    assert [(note["newStatus"], note["note"]) for note in request["notes"]] == [
        ("AWAITING", "Please"),
        ("PROCESSED", None),
        ("REFUNDED", "Card"),
    ]
    assert [note["attachments"] for note in request["notes"]] == [[], [], [{"filename": "receipt.png"}]]
    (shown,) = request["lineItems"]
    assert [(note["newStatus"], note["note"]) for note in shown["notes"]] == [
        ("PENDING_APPROVAL", "Torn"),
        ("REFUND_ACCEPTED", "Keep it"),
        ("REFUNDED", None),
    ]
    times = [note["timestamp"] for note in request["notes"]]
    assert times == sorted(times)
    every = [one for one in sandbox.store.all("RefundRequestNote") if one["refundRequest"]["id"] == request["id"]]
    assert {(one["refundRequestLineItem"] or {}).get("id") for one in every} == {None, shown["id"]}


def test_the_status_of_a_request_with_several_lines_follows_from_all_of_them() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (3, 3_000))
    request = created(sandbox, invoice, *(wants(invoice, status="PENDING_APPROVAL") for _ in range(3)))
    ids = [line["id"] for line in request["lineItems"]]
    seen = []
    for mutation, id_ in zip(("Accept", "Deny", "Accept"), ids, strict=True):
        given = {"refundRequestLineItemId": id_, "notes": []} | (
            {"denyRefundReason": "Worn"} if mutation == "Deny" else {}
        )
        seen.append(done(sandbox, f"refundRequestLineItem{mutation}", **given)["refundRequest"]["status"])
    assert seen == ["AWAITING", "AWAITING", "PROCESSED"]
    request = done(sandbox, "refundRequestRefund", refundRequestId=request["id"], notes=[])
    assert [line["status"] for line in request["lineItems"]] == ["REFUNDED", "REFUND_DENIED", "REFUNDED"]
    assert (request["status"], request["totalCents"]) == ("REFUNDED", 2_000)


def test_a_request_whose_lines_all_start_accepted_is_processed_at_once() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, wants(invoice, status="REFUND_ACCEPTED"), initiatedBy="BUYER")
    assert (request["status"], request["initiatedBy"]) == ("PROCESSED", "BUYER")
    assert request["invoice"]["statusFlags"] == ["PAID", "SENT", "AWAITING_REFUND"]


@pytest.mark.parametrize(
    ("revert_to", "denied_in", "request_status", "line_status"),
    [
        ("before", "PENDING", "AWAITING", "PENDING_APPROVAL"),
        ("before", "AWAITING", "AWAITING", "AWAITING_RETURN"),
        ("before", "RETURNED", "RETURNED", "REFUND_ACCEPTED"),
        ("before", "PROCESSED", "PROCESSED", "REFUND_ACCEPTED"),
        ("AWAITING", "PENDING", "AWAITING", "PENDING_APPROVAL"),
        ("AWAITING", "RETURNED", "AWAITING", "AWAITING_RETURN"),
        ("AWAITING", "PROCESSED", "AWAITING", "AWAITING_RETURN"),
        ("RETURNED", "PENDING", "RETURNED", "REFUND_ACCEPTED"),
        ("RETURNED", "PROCESSED", "RETURNED", "REFUND_ACCEPTED"),
        ("PROCESSED", "AWAITING", "PROCESSED", "REFUND_ACCEPTED"),
        ("PROCESSED", "RETURNED", "PROCESSED", "REFUND_ACCEPTED"),
    ],
)
@pytest.mark.parametrize("by", ["refundRequestDeny", "refundRequestLineItemDeny"])
def test_a_reverted_denial_leads_to_what_is_chosen(
    by: str, revert_to: Any, denied_in: str, request_status: str, line_status: str
) -> None:
    sandbox = Sandbox(adverts=4, choices=Choices(revert_to=revert_to))
    request = reach(sandbox, denied_in)
    done(sandbox, by, **given_for(by, request))
    request = done(sandbox, "refundRequestRevertDenial", refundRequestId=request["id"], notes=[{"note": "Sorry"}])
    (line,) = request["lineItems"]
    assert (request["status"], line["status"], line["denyRefundReason"]) == (request_status, line_status, None)
    assert (request["totalCents"], request["notes"][-1]["newStatus"]) == (1_000, request_status)


def test_a_line_that_was_denied_before_the_whole_request_stays_denied_when_that_is_reverted() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (2, 2_000))
    request = created(sandbox, invoice, wants(invoice), wants(invoice))
    done(sandbox, "refundRequestLineItemDeny", **given_for("refundRequestLineItemDeny", request))
    done(sandbox, "refundRequestDeny", refundRequestId=request["id"], notes=[])
    request = done(sandbox, "refundRequestRevertDenial", refundRequestId=request["id"], notes=[])
    assert [line["status"] for line in request["lineItems"]] == ["REFUND_DENIED", "AWAITING_RETURN"]
    assert (request["status"], request["totalCents"]) == ("AWAITING", 1_000)


def test_a_denial_that_came_from_outside_is_reverted_to_awaiting_its_return() -> None:
    sandbox = Sandbox(adverts=4)
    request = reach(sandbox, "AWAITING")
    sandbox.store.change("RefundRequest", request["id"], status="DENIED")
    sandbox.store.change("RefundRequestLineItem", request["lineItems"][0]["id"], status="REFUND_DENIED")
    request = done(sandbox, "refundRequestRevertDenial", refundRequestId=request["id"], notes=[])
    assert (request["status"], request["lineItems"][0]["status"]) == ("AWAITING", "AWAITING_RETURN")


def test_a_denial_is_not_reverted_when_the_items_were_asked_back_otherwise() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (2, 2_000))
    denied = created(sandbox, invoice, wants(invoice, quantity=2))
    done(sandbox, "refundRequestDeny", refundRequestId=denied["id"], notes=[])
    created(sandbox, invoice, wants(invoice))
    assert refused(sandbox, "refundRequestRevertDenial", refundRequestId=denied["id"], notes=[]) == (
        "quantity must be less than or equal to 1: items were asked back in another refund request"
    )


def test_lines_of_one_item_each_are_counted_together_when_their_denial_is_reverted() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (2, 2_000))
    denied = created(sandbox, invoice, wants(invoice), wants(invoice))
    done(sandbox, "refundRequestDeny", refundRequestId=denied["id"], notes=[])
    other = created(sandbox, invoice, wants(invoice))
    assert refused(sandbox, "refundRequestRevertDenial", refundRequestId=denied["id"], notes=[]) == (
        "quantity must be less than or equal to 0: items were asked back in another refund request"
    )
    done(sandbox, "refundRequestDeny", refundRequestId=other["id"], notes=[])
    assert done(sandbox, "refundRequestRevertDenial", refundRequestId=denied["id"], notes=[])["totalCents"] == 2_000


def test_a_denial_is_not_reverted_when_the_money_was_asked_back_otherwise() -> None:
    sandbox = Sandbox(adverts=4)
    invoice = invoice_of(sandbox, (1, 1_000))
    denied = created(sandbox, invoice, custom(1_000))
    done(sandbox, "refundRequestDeny", refundRequestId=denied["id"], notes=[])
    created(sandbox, invoice, custom(1_500))
    assert refused(sandbox, "refundRequestRevertDenial", refundRequestId=denied["id"], notes=[]) == (
        "the total to refund must be less than or equal to 495 cents, what is left of the invoice"
    )


def test_whether_a_seller_may_deny_lines_is_a_choice() -> None:
    for allowed in (True, False):
        sandbox = Sandbox(adverts=4, choices=Choices(seller_denies=allowed))
        given = given_for("refundRequestLineItemDeny", reach(sandbox, "AWAITING"))
        if allowed:
            after = done(sandbox, "refundRequestLineItemDeny", SELLER, **given)
            assert (after["status"], after["denyRefundReason"]) == ("REFUND_DENIED", "Worn")
        else:
            assert refused(sandbox, "refundRequestLineItemDeny", SELLER, **given) == FORBIDDEN


def test_a_refund_request_of_another_seller_is_not_there() -> None:
    sandbox = Sandbox(adverts=60)
    stranger = ApiKey("", "seller", sandbox.store.all("Seller")[1]["id"])
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, wants(invoice))
    line = request["lineItems"][0]["id"]
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice)], "notes": []}
    assert (
        refused(sandbox, "refundRequestCreate", stranger, **given) == f"No object found for invoiceId: {invoice['id']}"
    )
    assert refused(sandbox, "refundRequestReturn", stranger, refundRequestId=request["id"], notes=[]) == (
        f"No object found for refundRequestId: {request['id']}"
    )
    assert refused(sandbox, "refundRequestLineItemAccept", stranger, refundRequestLineItemId=line, notes=[]) == (
        f"No object found for refundRequestLineItemId: {line}"
    )


def test_lines_that_a_return_or_a_refund_adds_go_along_with_it() -> None:
    sandbox = Sandbox(adverts=4)
    request = reach(sandbox, "AWAITING")
    given = {"refundRequestId": request["id"], "notes": [], "newLineItems": [custom(300)]}
    request = done(sandbox, "refundRequestReturn", **given)
    assert [(line["status"], line["amountCents"]) for line in request["lineItems"]] == [
        ("REFUND_ACCEPTED", 1_000),
        ("REFUND_ACCEPTED", 300),
    ]
    assert told(sandbox) == [
        ("RefundRequestLineItem", "create"),
        ("RefundRequestLineItem", "update"),
        ("RefundRequest", "update"),
        ("Invoice", "update"),
    ]
    request = done(sandbox, "refundRequestRefund", **given | {"newLineItems": [custom(200)]})
    assert [line["status"] for line in request["lineItems"]] == ["REFUNDED"] * 3
    assert (request["totalCents"], request["requestValueCents"]) == (1_500, 1_000)
