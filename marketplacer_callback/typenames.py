"""What is known of Marketplacer's type names: which of them send webhooks, and which name stands for which."""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "DEFAULT_FAST_TYPES",
    "FOLLOWED_THROUGH",
    "SWEEP_TYPENAME",
    "WEBHOOK_TYPES",
    "canonical",
    "is_deleted_type",
    "is_typename",
    "webhook_enum",
]

WEBHOOK_TYPES: Final = (
    "Advert",
    "CommissionPackage",
    "GoldenProduct",
    "GoldenProductVariant",
    "Invoice",
    "InvoiceAnnotation",
    "OptionType",
    "OptionValue",
    "Promotion",
    "RefundRequest",
    "RefundRequestLineItem",
    "RemittanceAdvice",
    "ReturnShipment",
    "Seller",
    "Shipment",
    "ShippingOption",
    "Taxon",
    "Variant",
)
"""The types that the enum ``WebhookKlassEnum`` names: 16 in the published SDL of 2023, and GoldenProduct and
GoldenProductVariant of the newer documentation."""

FOLLOWED_THROUGH: Final = {
    "Order": "Invoice",
    "LineItem": "Invoice",
    "InvoiceAmendment": "Invoice",
    "Remittance": "RemittanceAdvice",
    "Brand": "Advert",
    "Inventory": "Variant",
    "DeletedAdvert": "Advert",
    "UnpublishedAdvert": "Advert",
    "DeletedSeller": "Seller",
}
"""Types without a webhook of their own → the type whose webhook tells of their changes."""

DEFAULT_FAST_TYPES: Final = ("Invoice", "Order", "Variant", "Shipment", "RefundRequest", "RefundRequestLineItem")
"""Types whose data moves fast (orders, inventory, refunds): in lane ``fast`` unless the settings say otherwise."""

SWEEP_TYPENAME: Final = "_sweep"
"""The type of the ref that stands for 'some object of this type, id unknown': a destroy whose node was null."""

_CANONICAL: Final = {"UnpublishedAdvert": "Advert", "DeletedAdvert": "Advert", "DeletedSeller": "Seller"}
_TYPENAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")


def canonical(typename: str) -> str:
    """The webhook's type for what the API answered: ``UnpublishedAdvert`` → ``Advert``."""
    return _CANONICAL.get(typename, typename)


def is_deleted_type(typename: str) -> bool:
    """Whether the API answers this type for an object that is gone (``DeletedAdvert``, ``DeletedSeller``)."""
    return typename.startswith("Deleted")


def is_typename(text: str) -> bool:
    """Whether this can be the name of a GraphQL type (GraphQL specification, section 2.1.9)."""
    return _TYPENAME.match(text) is not None


def webhook_enum(typename: str) -> str:
    """The value of ``WebhookKlassEnum`` for a type: ``RefundRequest`` → ``REFUND_REQUEST``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", typename).upper()
