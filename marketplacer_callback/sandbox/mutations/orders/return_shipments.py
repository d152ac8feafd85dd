"""Shipments of a refund request's goods, back to the seller."""

from __future__ import annotations

from collections import Counter
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found
from marketplacer_callback.sandbox.mutations.inputs import external_ids, images, metadata
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["RETURN_SHIPMENTS"]


def return_shipment_create(request: Request, given: Record) -> Record:
    """``returnShipmentCreate``: goods of a refund request are on their way back; of each line at most its quantity,
    over all of the request's shipments (a guess).
    """
    wanted = found(request, "RefundRequest", given["refundRequestId"], "refundRequestId")
    carrier = found(request, "ShipmentCarrier", given["carrierId"], "carrierId")
    quantities = _quantities(request, wanted, given["shippedItems"])
    attachments = images(request, given.get("attachments"), field="attachments")

    store = request.store
    shipment = store.add("ReturnShipment", refundRequest=wanted, carrier=carrier, attachments=attachments())
    shipment |= {name: given.get(name) for name in ("trackingNumber", "dropOffUrl", "note")} | {"statusLog": []}
    shipment["externalIds"] = external_ids(shipment, given.get("externalIds"))
    shipment["metadata"] = metadata(request, shipment, given.get("metadata"))
    lines = [line for line in wanted["lineItems"] if line["id"] in quantities]
    shipment["shippedItems"] = [
        store.add("ReturnShippedItem", refundRequest=wanted, lineItem=line, quantity=quantities[line["id"]])
        for line in lines
    ]
    for line in lines:
        line["shipments"] = [*(line.get("shipments") or ()), shipment]
    store.change("RefundRequest", wanted["id"], shipments=[*(wanted.get("shipments") or ()), shipment])
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


def _quantities(request: Request, wanted: Record, items: list[Record]) -> dict[str, int]:
    if not items:
        raise Refused("Shipped items can't be blank", field="shippedItems")
    quantities: Counter[str] = Counter()
    for item in items:
        line = found(request, "RefundRequestLineItem", item["lineItemId"], "lineItemId")
        if line["refundRequest"] is not wanted:
            raise Refused("Shipped items must be part of the refund request that is shipped", field="shippedItems")
        if item["quantity"] < 1:
            raise Refused("Quantity must be greater than 0", field="quantity")
        quantities[line["id"]] += item["quantity"]
        left = line["quantity"] - _on_its_way(line)
        if quantities[line["id"]] > left:
            raise Refused(f"Quantity must be less than or equal to {left}, which awaits return", field="quantity")
    return quantities


def _on_its_way(line: Record) -> int:
    return sum(
        item["quantity"]
        for shipment in line.get("shipments") or ()
        for item in shipment.get("shippedItems") or ()
        if item["lineItem"] is line
    )


RETURN_SHIPMENTS: Final[dict[str, Mutation]] = {
    "returnShipmentCreate": return_shipment_create,
    "returnShipmentUpdate": return_shipment_update,
}
