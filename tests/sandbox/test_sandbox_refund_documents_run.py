"""The vendor's documents, and the whole life of a refund, on the published schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox_asking import data
from sandbox_refunding import created, custom, document, done, invoice_of, told, wants

from marketplacer_callback.sandbox import Sandbox

CREATE, REFUND = "docs-refundRequestCreate.graphql", "docs-refundRequestRefund.graphql"


@pytest.fixture
def published(shared: Path) -> Sandbox:
    return Sandbox(adverts=4, schema=shared / "marketplacer/schema-2023.graphqls")


def result(sandbox: Sandbox, text: str) -> Any:
    answer = sandbox.executor.run(text, None, None, sandbox.request())
    assert "errors" not in answer
    (payload,) = answer["data"].values()
    return payload


def test_a_refund_runs_from_its_creation_to_the_payment_of_the_seller(published: Sandbox) -> None:
    invoice = invoice_of(published, (2, 2_000))
    request = created(published, invoice, wants(invoice, status="PENDING_APPROVAL"), custom(500))
    line = {"refundRequestLineItemId": request["lineItems"][0]["id"], "notes": []}
    done(published, "refundRequestLineItemDeny", **line, denyRefundReason="Worn")
    done(published, "refundRequestDeny", refundRequestId=request["id"], notes=[])
    done(published, "refundRequestRevertDenial", refundRequestId=request["id"], notes=[])
    done(published, "refundRequestReturn", refundRequestId=request["id"], notes=[])
    request = done(published, "refundRequestRefund", refundRequestId=request["id"], notes=[])
    assert (request["status"], request["totalCents"]) == ("REFUNDED", 500)

    lines = [wants(invoice, status="AWAITING_RETURN"), custom(100, status="PENDING_APPROVAL")]
    second = created(published, invoice, *lines)
    for mutation, shown in zip(("Return", "Accept"), second["lineItems"], strict=True):
        given = {"refundRequestLineItemId": shown["id"], "notes": []}
        status = done(published, f"refundRequestLineItem{mutation}", **given)["refundRequest"]["status"]
    assert status == "PROCESSED"
    request = done(published, "refundRequestApprove", refundRequestId=second["id"])
    assert [one["totalCents"] for one in request["invoice"]["amendments"]] == [-500, -1_100]

    held = [one["id"] for one in published.store.all("Remittance")[-2:]]
    assert [one["released"] for one in done(published, "remittancesRelease", remittanceIds=held)] == [True, True]
    advice = published.store.all("RemittanceAdvice")[0]
    given = {"remittanceAdviceId": advice["id"], "totalPaidCents": advice["totalCents"]}
    paid = done(published, "remittanceAdviceUpdate", **given)
    assert paid["totalPaidCents"] == advice["totalCents"]


def test_the_vendor_s_documents_name_objects_that_are_not_there(published: Sandbox, shared: Path) -> None:
    missing = {CREATE: "invoiceId: SW52b2ljZS0xMDM2Mw==", REFUND: "refundRequestId: UmVmdW5kUmVxdWVzdC01Mjk="}
    for name, what in missing.items():
        payload = result(published, (shared / "fixtures/queries" / name).read_text("utf-8"))
        field = what.partition(":")[0]
        assert payload["errors"] == [{"field": field, "messages": [f"No object found for {what}"]}]
        assert payload["refundRequest"] is None


def test_the_vendor_s_documents_refund_objects_that_are_there(published: Sandbox, shared: Path) -> None:
    invoice = invoice_of(published, (1, 34_999))
    text = (shared / "fixtures/queries" / CREATE).read_text("utf-8").replace("SW52b2ljZS0xMDM2Mw==", invoice["id"])
    a_variant_s_id = result(published, text)
    assert a_variant_s_id["errors"] == [
        {"field": "lineItemId", "messages": ["No object found for lineItemId: VmFyaWFudC0yODgz"]}
    ]
    made = result(published, text.replace("VmFyaWFudC0yODgz", invoice["lineItems"][0]["id"]))
    assert (made["errors"], made["refundRequest"]["status"]) == (None, "AWAITING")
    assert told(published)[0] == ("RefundRequest", "create")

    text = (shared / "fixtures/queries" / REFUND).read_text("utf-8")
    text = text.replace("UmVmdW5kUmVxdWVzdC01Mjk=", made["refundRequest"]["id"])
    too_early = "Can only mark a returned or processed RefundRequest as refunded"
    assert result(published, text)["errors"] == [{"field": "base", "messages": [too_early]}]
    done(published, "refundRequestReturn", refundRequestId=made["refundRequest"]["id"], notes=[])
    payload = result(published, text)
    assert (payload["errors"], payload["refundRequest"]["status"]) == (None, "REFUNDED")
    assert invoice["refundRequests"][0]["cashAmountCents"] == 34_999
    assert invoice["refundRequests"][0]["giftCardAmountCents"] == 500


async def test_an_answer_over_http_is_the_same(sandbox: Sandbox) -> None:
    invoice = invoice_of(sandbox, (1, 1_000))
    given = {"invoiceId": invoice["id"], "lineItems": [wants(invoice)], "notes": []}
    made = (await data(sandbox, document("refundRequestCreate"), {"input": given}))["refundRequestCreate"]
    assert (made["status"], made["errors"], made["refundRequest"]["totalCents"]) == (200, None, 1_000)
