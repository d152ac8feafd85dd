"""Stories of what is sold, and of who sells it."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.stories.sale import FIND_VARIANT, HOME, STOCK, stock
from marketplacer_callback.sandbox.stories.steps import Step, Story, mutation

__all__ = ["INVENTORY", "PRODUCT", "SELLER"]


def _published(does: str, published: bool) -> Step:
    return mutation(
        does, "advertPublishedUpdate", "advert", "title published", {"id": "$advert", "published": published}
    )


PRODUCT: Final = Story(
    "product",
    "A product is listed, changed, taken offline, put back and deleted.",
    (
        Step(
            "look for a category",
            "query FindCategory { taxons(first: 2) { nodes { __typename id title } } }",
            keeps={"taxon": "taxons.nodes.1.id"},
            shows="taxons.nodes.1",
        ),
        mutation(
            "list it",
            "advertUpsert",
            "advert",
            "title published",
            {
                "attributes": {
                    "title": "Story chair $number",
                    "description": "A chair with a story.",
                    "taxonId": "$taxon",
                    "price": "49.90",
                    "images": [{"filename": "chair.jpeg", "sourceUrl": "https://images.example.com/chair.jpeg"}],
                    "variants": [{"sku": "STORY-$number", "countOnHand": 5, "published": True}],
                    "vetted": True,
                    "attemptAutoPublish": True,
                }
            },
            keeps={"advert": "id"},
        ),
        mutation(
            "make it cheaper",
            "advertUpsert",
            "advert",
            "title lowestPriceCents",
            {"advertId": "$advert", "attributes": {"price": "39.90"}},
        ),
        _published("take it offline", False),
        _published("put it back", True),
        mutation("delete it", "advertDelete", "advert", "title", {"id": "$advert"}),
    ),
)
INVENTORY: Final = Story(
    "inventory",
    "A product sells out and comes back.",
    (
        FIND_VARIANT,
        STOCK,
        stock("sell out", 0),
        stock("three come back", 3),
    ),
)
SELLER: Final = Story(
    "seller",
    "A seller joins, moves, and gets a number in another system.",
    (
        mutation(
            "a seller joins",
            "sellerCreate",
            "seller",
            "businessName",
            {
                "attributes": {
                    "accountType": "PROSPECTIVE",
                    "businessName": "Story Trading $number",
                    "legalBusinessName": "Story Trading $number Pty Ltd",
                    "phone": "+61 2 5550 0000",
                    "emailAddress": "seller-$number@example.com",
                    "address": HOME,
                    "user": {
                        "emailAddress": "owner-$number@example.com",
                        "firstName": "Story",
                        "surname": "Seller",
                    },
                }
            },
            keeps={"seller": "id"},
        ),
        mutation(
            "they open late on Fridays",
            "sellerUpdate",
            "seller",
            "businessName openingHours",
            {"sellerId": "$seller", "attributes": {"openingHours": "Fridays until 21:00"}},
        ),
        mutation(
            "write their number of another system down",
            "externalIdUpsert",
            "externalId",
            "key value",
            {"owner": "$seller", "key": "erp", "value": "V-$number", "ownerKeyUnique": True},
        ),
    ),
)
