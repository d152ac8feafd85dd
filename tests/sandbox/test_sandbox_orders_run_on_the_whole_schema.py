"""What the mutations of orders, shipments and invoices make can be read: by the default documents, and on the
platform's whole schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox_documents import default_documents
from sandbox_ordering import ADDRESS, SHIPMENT_CREATE, ordered, payload, shipped, variants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import ApiKey, Role


def test_an_order_lives_through_all_mutations_of_the_whole_schema(shared: Path) -> None:
    sandbox = Sandbox(adverts=20, schema=shared / "marketplacer" / "schema-2023.graphqls")
    variant = variants(sandbox, 1)[0]
    carrier = sandbox.store.all("ShipmentCarrier")[0]["id"]
    lines = [
        {"variantId": variant["id"], "quantity": 4, "cost": {"amount": 4400}},
        {"variantId": variant["id"], "quantity": 1, "deliveryType": "CLICK_AND_COLLECT"},
    ]
    given: dict[str, Any] = {"order": {"address": ADDRESS, "externalIds": [{"key": "shop", "value": "S-1"}]}}
    order = _ask(sandbox, "orderCreate", {**given, "lineItems": lines}, "order { id legacyId totalCents }")["order"]
    assert order["totalCents"] == 4400 + 2500
    sent, collected = _record(sandbox, order["id"])["invoices"]
    update = {"orderId": order["id"], "status": "COMPLETE", "attributes": {"firstName": "Ada"}}
    assert _ask(sandbox, "orderUpdate", update, "order { firstName }")["order"] == {"firstName": "Ada"}

    line = sent["lineItems"][0]["id"]
    shipment = {
        "invoiceId": sent["id"],
        "dispatchedAt": sent["createdAt"][:10],
        "postageCarrierId": carrier,
        "trackingNumber": "T-1",
        "shippedItems": [{"lineItemId": line, "quantity": 3}],
    }
    made = _ask(sandbox, "shipmentCreate", shipment, "shipment { id invoice { statusFlags } }")["shipment"]
    assert made["invoice"] == {"statusFlags": ["PAID", "PARTIALLY_SENT"]}
    note = {"shipmentId": made["id"], "note": "Late", "dispatchedAt": "2035-01-01T00:00:00Z"}
    assert _ask(sandbox, "shipmentUpdate", note, "shipment { note }")["shipment"] == {"note": "Late"}
    status = {"shipmentId": made["id"], "status": "Delivered"}
    logged = _ask(sandbox, "shipmentStatusCreate", status, "shipmentStatus { status shipment { __typename } }")
    assert logged["shipmentStatus"] == {"status": "Delivered", "shipment": {"__typename": "Shipment"}}

    amendment = {
        "invoiceId": sent["id"],
        "remittanceCents": -963,
        "lineItems": [{"lineItemId": line, "quantity": 1, "amountCents": -1100, "status": "CANCELLED"}],
    }
    amended = _ask(
        sandbox,
        "invoiceAmendmentCreate",
        amendment,
        "invoiceAmendment { totalCents totalFormatted commissionAmountTotalCents invoice { statusFlags } }",
    )["invoiceAmendment"]
    assert (amended["totalCents"], amended["commissionAmountTotalCents"]) == (-1100, -137)
    assert amended["invoice"] == {"statusFlags": ["PAID", "SENT"]}
    ready = {"invoiceId": collected["id"], "status": "READY"}
    assert _ask(sandbox, "clickAndCollectStatusUpdate", ready, "invoice { status }")["invoice"] == {"status": "READY"}

    type_ = sandbox.store.all("InvoiceAnnotationType")[0]["id"]
    attributes = {"content": "Call first", "resolved": False}
    annotation = {"invoiceId": sent["id"], "invoiceAnnotationTypeId": type_, "attributes": attributes}
    shown = "invoiceAnnotation { id content resolved }"
    id_ = _ask(sandbox, "invoiceAnnotationCreate", annotation, shown)["invoiceAnnotation"]["id"]
    edit = {"invoiceAnnotationId": id_, "attributes": {**attributes, "content": "Call later"}}
    edited = _ask(sandbox, "invoiceAnnotationUpdate", edit, shown)["invoiceAnnotation"]
    assert edited == {"id": id_, "content": "Call later", "resolved": False}
    resolved = _ask(sandbox, "invoiceAnnotationResolve", {"invoiceAnnotationId": id_}, shown)["invoiceAnnotation"]
    assert resolved == {"id": id_, "content": "Call later", "resolved": True}

    wanted = next(one for one in sandbox.store.all("RefundRequest") if not one["shipments"])
    back = {
        "refundRequestId": wanted["id"],
        "carrierId": carrier,
        "trackingNumber": "R-1",
        "shippedItems": [{"lineItemId": wanted["lineItems"][0]["id"], "quantity": 1}],
    }
    returned = _ask(sandbox, "returnShipmentCreate", back, "shipment { id refundRequest { id } }")["shipment"]
    assert returned["refundRequest"] == {"id": wanted["id"]}
    moved = _ask(
        sandbox,
        "returnShipmentUpdate",
        {"shipmentId": returned["id"], "trackingNumber": "R-2"},
        "shipment { trackingNumber }",
    )
    assert moved["shipment"] == {"trackingNumber": "R-2"}


@pytest.mark.parametrize("role", ["operator", "seller"])
def test_the_default_documents_read_what_the_mutations_made(role: Role) -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2, 1)
    shipment = payload(sandbox, SHIPMENT_CREATE, shipped(sandbox, invoice, 2, 1))["shipment"]["id"]
    made = {"Order": invoice["order"], "Invoice": invoice, "Remittance": sandbox.store.all("Remittance")[-1]}
    ids = {typename: record["id"] for typename, record in made.items()} | {"Shipment": shipment}
    documents = default_documents(role)
    read = [name for name in ids if name in documents]
    assert {"Invoice", "Shipment"} <= {*read}
    for name in read:
        request = sandbox.request(key=ApiKey("", role, invoice["seller"]["id"]))
        document = documents[name]
        answer = sandbox.executor.run(document.single, {document.variable: ids[name]}, None, request)
        assert "errors" not in answer, (name, answer["errors"])
        assert answer["data"][document.root]


def _ask(sandbox: Sandbox, mutation: str, given: dict[str, Any], selection: str) -> dict[str, Any]:
    """The payload of a mutation by its ``clientMutationId``, which comes back."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}MutationInput"
    text = f"""mutation M($input: {type_}!) {{
      {mutation}(input: $input) {{ clientMutationId status errors {{ field messages }} {selection} }} }}"""
    variables = {"input": {"clientMutationId": f"id of {mutation}", **given}}
    answer = sandbox.executor.run(text, variables, "M", sandbox.request())
    assert "errors" not in answer, answer["errors"]
    payload: dict[str, Any] = answer["data"][mutation]
    assert (payload["clientMutationId"], payload["status"], payload["errors"]) == (f"id of {mutation}", 200, None)
    return payload


def _record(sandbox: Sandbox, id_: str) -> Record:
    record = sandbox.store.get(id_)
    assert record is not None
    return record
