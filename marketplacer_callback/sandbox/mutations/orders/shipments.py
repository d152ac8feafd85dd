"""Shipments to the buyer, and the log of where they are."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, NotFound, Refused, found
from marketplacer_callback.sandbox.mutations.orders.fulfilment import update_invoice
from marketplacer_callback.sandbox.mutations.orders.shipped import Shippable, quantities
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import day

__all__ = ["SHIPMENTS"]


def shipment_create(request: Request, given: Record) -> Record:
    """``shipmentCreate``: items of one invoice leave; at most as many as await their dispatch.

    The invoice is then ``PARTIALLY_SENT`` or ``SENT``; a line is ``SHIPPED`` when nothing of it waits (a guess for a
    line of which a part was cancelled).
    """
    invoice = found(request, "Invoice", given["invoiceId"], "invoiceId")
    carrier = found(request, "ShipmentCarrier", given["postageCarrierId"], "postageCarrierId")
    shipped_from = _shipped_from(invoice, given.get("shippedFromId"))
    dispatched = _dispatched_at(request, invoice, given["dispatchedAt"])
    sent = quantities(request, _SHIPPABLE, invoice, given["shippedItems"])

    store = request.store
    shipment = store.add("Shipment", invoice=invoice, **_sent_by(carrier, given["trackingNumber"]))
    shipment |= {
        "dispatchedAt": f"{dispatched.isoformat()}T00:00:00.000Z",
        "note": given.get("note"),
        "shippedFrom": shipped_from,
        "statusLog": [],
        "externalIds": [],
        "metadata": [],
    }
    lines = [(line, sent[line["id"]]) for line in invoice["lineItems"] if line["id"] in sent]
    shipment["shippedItems"] = [
        store.add("ShippedItem", invoice=invoice, lineItem=line, quantity=count) for line, count in lines
    ]
    invoice["order"]["shipments"] = [*invoice["order"]["shipments"], shipment]
    changes = [(line, _dispatched(line, count, shipment)) for line, count in lines]
    update_invoice(store, invoice, lines=changes, shipments=[*invoice["shipments"], shipment])
    store.touch(invoice["order"])
    return {"shipment": shipment}


def shipment_update(request: Request, given: Record) -> Record:
    """``shipmentUpdate``: what is not given stays. ``dispatchedAt`` is a date-time here (by the schema)."""
    shipment = found(request, "Shipment", given["shipmentId"], "shipmentId")
    fields: Record = {}
    number = given.get("trackingNumber") or shipment["trackingNumber"]
    if given.get("postageCarrierId"):
        carrier = found(request, "ShipmentCarrier", given["postageCarrierId"], "postageCarrierId")
        fields |= _sent_by(carrier, number)
    elif given.get("trackingNumber"):
        carrier = next((one for one in request.store.all("ShipmentCarrier") if one["name"] == shipment["carrier"]), {})
        fields |= {"trackingNumber": number, "trackingLink": _link(carrier, number)}
    if given.get("shippedFromId"):
        fields["shippedFrom"] = _shipped_from(shipment["invoice"], given["shippedFromId"])
    if given.get("dispatchedAt"):
        _dispatched_at(request, shipment["invoice"], given["dispatchedAt"])
        fields["dispatchedAt"] = given["dispatchedAt"]
    if "note" in given:
        fields["note"] = given["note"]
    request.store.change_together([(shipment, fields)])
    return {"shipment": shipment}


def shipment_status_create(request: Request, given: Record) -> Record:
    """``shipmentStatusCreate``: one more entry in the log of a shipment, to the buyer or back (by the schema)."""
    id_ = given["shipmentId"]
    typename = "ReturnShipment" if request.store.living("ReturnShipment", id_) else "Shipment"
    shipment = found(request, typename, id_, "shipmentId")
    status = request.store.add("ShipmentStatus", shipment=shipment, status=given["status"])
    request.store.change(typename, shipment["id"], statusLog=[*(shipment.get("statusLog") or ()), status])
    return {"shipmentStatus": status}


def _dispatched_at(request: Request, invoice: Record, text: str) -> date:
    """The day of the dispatch; the vendor's example gives a date-time where the schema has a date."""
    dispatched = day(text)
    if request.choices.early_dispatch == "refused" and dispatched < day(invoice["createdAt"]):
        raise Refused("Dispatched at is before shipped items were ordered", field="dispatchedAt")
    return dispatched


def _dispatched(line: Record, count: int, shipment: Record) -> Record:
    waiting = line["quantityAwaitingDispatch"] - count
    fields = {
        "quantityAwaitingDispatch": waiting,
        "quantityReturnable": min(line["quantity"], (line.get("quantityReturnable") or 0) + count),
        "shipments": [*(line.get("shipments") or ()), shipment],
        "shipment": shipment,
    }
    return fields if waiting else {**fields, "statusFull": "SHIPPED"}


def _shipped_from(invoice: Record, id_: str | None) -> Record | None:
    """One of the seller's shipment addresses (by the schema); the seller's address unless given (a guess)."""
    seller = invoice["seller"]
    own: Record | None = seller.get("address")
    if id_ is None:
        return own
    known = [own, *(seller.get("shipmentAddresses") or ())]
    match: Record | None = next((one for one in known if one is not None and one["id"] == id_), None)
    if match is None:
        raise NotFound(f"No object found for shippedFromId: {id_}", field="shippedFromId")
    return match


def _sent_by(carrier: Record, number: str) -> Record:
    return {
        "carrier": carrier["name"],
        "homepageLink": carrier.get("homepageUrl"),
        "trackingNumber": number,
        "trackingLink": _link(carrier, number),
    }


def _link(carrier: Record, number: str) -> str | None:
    base = carrier.get("trackingUrl")
    return f"{base}{number}" if base else None


def _awaiting(line: Record) -> int:
    return line.get("quantityAwaitingDispatch") or 0


_SHIPPABLE: Final = Shippable("LineItem", "invoice", "invoice", _awaiting, "dispatch")
SHIPMENTS: Final[dict[str, Mutation]] = {
    "shipmentCreate": shipment_create,
    "shipmentStatusCreate": shipment_status_create,
    "shipmentUpdate": shipment_update,
}
