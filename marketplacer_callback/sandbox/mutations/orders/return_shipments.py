"""Shipments of a refund request's goods, back to the seller."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, found
from marketplacer_callback.sandbox.mutations.inputs import external_ids, images, metadata
from marketplacer_callback.sandbox.mutations.orders.shipped import Shippable, quantities, shipped_quantity
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["RETURN_SHIPMENTS"]


def return_shipment_create(request: Request, given: Record) -> Record:
    """``returnShipmentCreate``: goods of a refund request are on their way back; of each line at most its quantity,
    over all of the request's shipments (a guess).
    """
    wanted = found(request, "RefundRequest", given["refundRequestId"], "refundRequestId")
    carrier = found(request, "ShipmentCarrier", given["carrierId"], "carrierId")
    sent = quantities(request, _SHIPPABLE, wanted, given["shippedItems"])
    attachments = images(request, given.get("attachments"), field="attachments")

    store = request.store
    shipment = store.add("ReturnShipment", refundRequest=wanted, carrier=carrier, attachments=attachments())
    shipment |= {name: given.get(name) for name in ("trackingNumber", "dropOffUrl", "note")} | {"statusLog": []}
    shipment["externalIds"] = external_ids(shipment, given.get("externalIds"))
    shipment["metadata"] = metadata(request, shipment, given.get("metadata"))
    lines = [line for line in wanted["lineItems"] if line["id"] in sent]
    shipment["shippedItems"] = [
        store.add("ReturnShippedItem", refundRequest=wanted, lineItem=line, quantity=sent[line["id"]]) for line in lines
    ]
    holders = [*lines, wanted]
    store.change_together([(one, {"shipments": [*(one.get("shipments") or ()), shipment]}) for one in holders])
    return {"shipment": shipment}


def return_shipment_update(request: Request, given: Record) -> Record:
    """``returnShipmentUpdate``: what is not given stays; ``attachments`` take the place of those before (a guess)."""
    shipment = found(request, "ReturnShipment", given["shipmentId"], "shipmentId")
    fields: Record = {name: given[name] for name in ("dropOffUrl", "note") if name in given}
    if given.get("trackingNumber"):
        fields["trackingNumber"] = given["trackingNumber"]
    if given.get("carrierId"):
        fields["carrier"] = found(request, "ShipmentCarrier", given["carrierId"], "carrierId")
    if given.get("externalIds") is not None:
        fields["externalIds"] = external_ids(shipment, given["externalIds"])
    if given.get("metadata") is not None:
        fields["metadata"] = metadata(request, shipment, given["metadata"])
    if given.get("attachments") is not None:
        fields["attachments"] = images(request, given["attachments"], field="attachments")()
    request.store.change_together([(shipment, fields)])
    return {"shipment": shipment}


def _left(line: Record) -> int:
    return int(line["quantity"]) - shipped_quantity(line)


_SHIPPABLE: Final = Shippable("RefundRequestLineItem", "refundRequest", "refund request", _left, "return")
RETURN_SHIPMENTS: Final[dict[str, Mutation]] = {
    "returnShipmentCreate": return_shipment_create,
    "returnShipmentUpdate": return_shipment_update,
}
