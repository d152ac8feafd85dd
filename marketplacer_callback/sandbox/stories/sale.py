"""A sale, which several stories begin with: a product in stock, an order, a shipment."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.stories.steps import Step, mutation

__all__ = ["FIND_VARIANT", "HOME", "SOLD", "STOCK", "stock"]

HOME: Final = {
    "address": "1 Story Street",
    "city": "Melbourne",
    "postcode": "3000",
    "state": {"short": "VIC"},
    "country": {"code": "AU"},
}


def stock(does: str, count: int) -> Step:
    """Set a variant's stock."""
    given = {"variantId": "$variant", "attributes": {"countOnHand": count}}
    return mutation(does, "variantUpdate", "variant", "countOnHand", given)


FIND_VARIANT: Final = Step(
    "look for a product",
    'query FindProduct { advertsWhere(first: 1, createdSince: "2000-01-01T00:00:00Z") '
    "{ nodes { __typename id variants(first: 1) { nodes { id countOnHand } } } } }",
    keeps={
        "advert": "advertsWhere.nodes.0.id",
        "variant": "advertsWhere.nodes.0.variants.nodes.0.id",
    },
    shows="advertsWhere.nodes.0",
)
STOCK: Final = stock("put ten of it on the shelf", 10)
ORDER: Final = mutation(
    "a shopper orders one",
    "orderCreate",
    "order",
    "legacyId status totalCents invoices(first: 1) { nodes { id lineItems { id quantity } } }",
    {
        "order": {
            "firstName": "Story",
            "surname": "Shopper",
            "emailAddress": "story@example.com",
            "phone": "+61 4 5550 0000",
            "address": HOME,
            "externalIds": [{"key": "story", "value": "story-$number"}],
        },
        "lineItems": [
            {
                "variantId": "$variant",
                "quantity": 1,
                "cost": {"amount": 4990},
                "postage": {"amount": 500},
            }
        ],
    },
    keeps={
        "order": "id",
        "invoice": "invoices.nodes.0.id",
        "line": "invoices.nodes.0.lineItems.0.id",
    },
)
CARRIER: Final = Step(
    "look for a carrier",
    "query FindCarrier { shipmentCarriers(first: 1) { nodes { __typename id name } } }",
    keeps={"carrier": "shipmentCarriers.nodes.0.id"},
    shows="shipmentCarriers.nodes.0",
)
SHIP: Final = mutation(
    "the seller sends it",
    "shipmentCreate",
    "shipment",
    "trackingNumber",
    {
        "invoiceId": "$invoice",
        "dispatchedAt": "$today",
        "postageCarrierId": "$carrier",
        "trackingNumber": "STORY-$number",
        "shippedItems": [{"lineItemId": "$line", "quantity": 1}],
    },
    keeps={"shipment": "id"},
)
SOLD: Final = (FIND_VARIANT, STOCK, ORDER, CARRIER, SHIP)
