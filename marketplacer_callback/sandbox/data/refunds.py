"""Made-up refund requests, and the goods on their way back."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.catalogue import external_id
from marketplacer_callback.sandbox.data.orders import first, new_order
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["new_refund_request", "new_return_shipment"]


def new_refund_request(store: Store, invoice: Record | None = None, **fields: Any) -> Record:
    """A buyer wants the first line of an invoice refunded; the line awaits its return."""
    rng = store.random
    invoice = (
        invoice or first(store.all("Invoice"), lambda one: not one["refundRequests"]) or new_order(store)["invoices"][0]
    )
    line = invoice["lineItems"][0]
    request = store.add(
        "RefundRequest",
        invoice=invoice,
        status="AWAITING",
        initiatedBy="BUYER",
        shipments=[],
        metadata=[],
        refundedAt=None,
    )
    amount, per_item = line["totalCents"], line["totalCents"] // line["quantity"]
    wanted = store.add(
        "RefundRequestLineItem",
        refundRequest=request,
        lineItem=line,
        status="AWAITING_RETURN",
        quantity=line["quantity"],
        amountCents=amount,
        amountPerItemCents=per_item,
        reason=rng.choice(words.REFUND_REASONS),
        dispatched=line["statusFull"] == "SHIPPED",
        onlyRemittance=False,
        externalIds=[],
        metadata=[],
        notes=[],
        shipments=[],
    )
    note = store.add(
        "RefundRequestNote",
        refundRequest=request,
        newStatus="AWAITING",
        note="Asked for in the shop",
        timestamp=request["createdAt"],
    )
    request |= {
        "lineItems": [wanted],
        "notes": [note],
        "totalCents": amount,
        "refundAmountCents": amount,
        "requestValueCents": amount,
    }
    request["externalIds"] = [external_id(request, "shop", f"R-{request['legacyId']}")]
    invoice["refundRequests"] = [*invoice["refundRequests"], request]
    store.touch(invoice)
    request |= fields
    return request


def new_return_shipment(store: Store, request: Record | None = None, **fields: Any) -> Record:
    """The goods of a refund request are on their way back."""
    request = (
        request or first(store.all("RefundRequest"), lambda one: not one["shipments"]) or new_refund_request(store)
    )
    carrier = store.random.choice(store.all("ShipmentCarrier"))
    shipment = store.add(
        "ReturnShipment", refundRequest=request, carrier=carrier, attachments=[], externalIds=[], metadata=[]
    )
    shipment["trackingNumber"] = f"SBR{store.random.randrange(10**9):09}"
    shipment["shippedItems"] = [
        store.add("ReturnShippedItem", lineItem=line, quantity=line["quantity"]) for line in request["lineItems"]
    ]
    request["shipments"] = [*request["shipments"], shipment]
    for line in request["lineItems"]:
        line["shipments"] = [*line["shipments"], shipment]
    store.touch(request)
    shipment |= fields
    return shipment
