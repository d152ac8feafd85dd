"""How objects hang together: whose they are, and which are updated along with which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from marketplacer_callback.sandbox.data.kept import Record

__all__ = ["DOCUMENTED", "FOLLOWS", "records_of", "seller_id"]

DOCUMENTED: Final[Mapping[str, tuple[str, ...]]] = {"Variant": ("advert",)}
"""Type → the fields whose objects are updated along with it, as far as the platform documents that."""
FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    **DOCUMENTED,
    "Order": ("invoices",),
    "LineItem": ("invoice",),
    "Shipment": ("invoice",),
    "InvoiceAnnotation": ("invoice",),
    "RefundRequest": ("invoice",),
    "RefundRequestLineItem": ("refundRequest",),
    "ReturnShipment": ("refundRequest",),
    "Remittance": ("remittanceAdvice",),
}
"""What stands in for the platform's undocumented rule besides, so that a change of a type without a webhook is told by
the type that it is followed through.
"""
OWNED_THROUGH: Final = ("seller", "invoice", "refundRequest", "advert", "lineItem", "shipment", "remittanceAdvice")


def seller_id(record: Record) -> str | None:
    """Whose object it is; ``None`` for what belongs to no seller, such as a brand."""
    for name in OWNED_THROUGH:
        holder = record.get(name)
        if isinstance(holder, dict):
            return str(holder["id"]) if name == "seller" else seller_id(holder)
    return str(record["id"]) if record["__typename"] == "Seller" else None


def records_of(record: Record) -> Iterator[Record]:
    """The records that this one points to."""
    for value in record.values():
        for entry in value if isinstance(value, list) else (value,):
            if isinstance(entry, dict) and "id" in entry:
                yield entry
