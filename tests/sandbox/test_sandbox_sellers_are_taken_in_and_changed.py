"""Sellers: an operator creates them, both kinds of key change them, each by its rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox_running import answer, mutate, read, refused, seller_key, told

from marketplacer_callback.sandbox import Sandbox

ADDRESS = {"address": "1 Canal Lane", "city": "Hobart", "postcode": "7000", "state": {"short": "TAS"}}
USER = {"emailAddress": "ada@example.com", "firstName": "Ada", "surname": "Brandt"}
SELLER = {
    "accountType": "RETAILER",
    "address": ADDRESS,
    "businessName": "Ada's",
    "legalBusinessName": "Ada Pty Ltd",
    "phone": "+61 3 5550 0000",
    "user": USER,
}
SHOWN = """
seller { id businessName legalBusinessName businessNumber accountType isRetailer online emailAddress tags
         address { city state { short } } metadata { key value } primaryUser { emailAddress } }
user { firstName surname emailAddress seller { businessName } }
"""


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=20)


def create(shop: Sandbox, **fields: Any) -> dict[str, Any]:
    return mutate(shop, "sellerCreate", {"attributes": {**SELLER, **fields}}, SHOWN)


def first_seller(shop: Sandbox) -> str:
    return str(shop.store.all("Seller")[0]["id"])


def test_a_seller_and_its_user_are_created(shop: Sandbox) -> None:
    payload = create(shop, businessRegistrationCode="51 824", tags=["new"], metadata=[{"key": "tier", "value": "1"}])
    seller = payload["seller"]
    del seller["id"]
    assert payload["status"] == 200
    assert seller == {
        "businessName": "Ada's",
        "legalBusinessName": "Ada Pty Ltd",
        "businessNumber": "51 824",
        "accountType": "RETAILER",
        "isRetailer": True,
        "online": True,
        "emailAddress": "ada@example.com",
        "tags": ["new"],
        "address": {"city": "Hobart", "state": {"short": "TAS"}},
        "metadata": [{"key": "tier", "value": "1"}],
        "primaryUser": {"emailAddress": "ada@example.com"},
    }
    assert payload["user"] == {**USER, "seller": {"businessName": "Ada's"}}
    assert told(shop) == [("Seller", "create")]


def test_a_prospective_seller_is_not_online(shop: Sandbox) -> None:
    seller = create(shop, accountType="PROSPECTIVE")["seller"]
    assert (seller["accountType"], seller["isRetailer"], seller["online"]) == ("PROSPECTIVE", False, False)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"businessName": " "}, "businessName", "Business name can't be blank"),
        ({"phone": ""}, "phone", "Phone can't be blank"),
        ({"emailAddress": "nobody"}, "emailAddress", "Email address is invalid"),
        ({"user": {**USER, "emailAddress": "@x"}}, "user.emailAddress", "Email address is invalid"),
        ({"user": {**USER, "surname": ""}}, "user.surname", "Surname can't be blank"),
        ({"address": {**ADDRESS, "city": ""}}, "address.city", "City can't be blank"),
        (
            {"invoiceDispatchDaysThreshold": -1},
            "invoiceDispatchDaysThreshold",
            "Invoice dispatch days threshold must be greater than or equal to 0",
        ),
    ],
)
def test_what_is_missing_or_malformed_is_refused_and_leaves_nothing_behind(
    shop: Sandbox, fields: dict[str, Any], field: str, message: str
) -> None:
    before = shop.store.typenames()
    payload = create(shop, **fields)
    assert refused(payload) == (422, field, message)
    assert (payload["seller"], payload["user"]) == (None, None)
    assert shop.store.typenames() == before
    assert told(shop) == []


def test_only_an_operators_key_creates_sellers(shop: Sandbox) -> None:
    text = "mutation ($a: SellerInput!) { sellerCreate(input: {attributes: $a}) { status } }"
    result = answer(shop, text, {"a": SELLER}, key=seller_key(shop))
    assert result["data"] == {"sellerCreate": None}
    assert result["errors"][0]["message"] == "permission denied: only accessible to operator admin users"


def test_an_operator_changes_the_seller_that_it_names(shop: Sandbox) -> None:
    attributes = {
        "businessName": "Renamed",
        "baseDomesticShippingCost": "7.50",
        "returnPolicy": "30 days",
        "deliveryDetails": "by sea",
        "metadata": [{"key": "tier", "value": "2"}],
        "address": {"city": "Launceston"},
    }
    street = read(shop, first_seller(shop), "... on Seller { address { id address } }")["address"]
    payload = mutate(
        shop,
        "sellerUpdate",
        {"sellerId": first_seller(shop), "attributes": attributes},
        "seller { businessName baseDomesticShippingCost returnPolicy policies { returnPolicy shippingPolicy }"
        " metadata { key value } address { id address city } }",
    )
    assert payload["seller"] == {
        "businessName": "Renamed",
        "baseDomesticShippingCost": 7.5,
        "returnPolicy": "30 days",
        "policies": {"returnPolicy": "30 days", "shippingPolicy": "by sea"},
        "metadata": [{"key": "tier", "value": "2"}],
        "address": {**street, "city": "Launceston"},
    }
    assert told(shop) == [("Seller", "update")]


def test_an_operator_that_names_no_seller_is_refused(shop: Sandbox) -> None:
    payload = mutate(shop, "sellerUpdate", {"attributes": {"businessName": "X"}})
    assert refused(payload) == (422, "sellerId", "Seller can't be blank")


def test_an_unknown_seller_is_not_found(shop: Sandbox) -> None:
    payload = mutate(shop, "sellerUpdate", {"sellerId": "U2VsbGVyLTk5", "attributes": {"businessName": "X"}})
    assert refused(payload) == (404, "sellerId", "No object found for sellerId: U2VsbGVyLTk5")


def test_with_a_sellers_key_the_seller_is_its_own(shop: Sandbox) -> None:
    key = seller_key(shop, 1)
    payload = mutate(
        shop,
        "sellerUpdate",
        {"attributes": {"openingHours": "9-5", "registeredForTax": False}},
        "seller { id openingHours registeredForTax }",
        key=key,
    )
    assert payload["seller"] == {"id": key.seller, "openingHours": "9-5", "registeredForTax": False}


def test_a_sellers_key_does_not_find_another_seller(shop: Sandbox) -> None:
    other = first_seller(shop)
    given = {"sellerId": other, "attributes": {"openingHours": "never"}}
    payload = mutate(shop, "sellerUpdate", given, key=seller_key(shop, 1))
    assert refused(payload) == (404, "sellerId", f"No object found for sellerId: {other}")
    assert told(shop) == []


def test_a_seller_does_not_change_the_address_of_another(shop: Sandbox) -> None:
    other = shop.store.all("Seller")[0]["address"]["id"]
    given = {"attributes": {"address": {"id": other, "city": "Nowhere"}}}
    payload = mutate(shop, "sellerUpdate", given, key=seller_key(shop, 1))
    assert refused(payload) == (404, "address.id", f"No object found for address.id: {other}")


def test_only_the_seller_says_whether_it_is_registered_for_tax(shop: Sandbox) -> None:
    given = {"sellerId": first_seller(shop), "attributes": {"registeredForTax": False, "openingHours": "9-5"}}
    payload = mutate(shop, "sellerUpdate", given)
    assert refused(payload) == (422, "registeredForTax", "Registered for tax is only accessible to the seller")
    assert told(shop) == []


def test_a_name_that_the_schema_promises_cannot_be_taken_away(shop: Sandbox) -> None:
    given = {"sellerId": first_seller(shop), "attributes": {"businessName": None}}
    assert refused(mutate(shop, "sellerUpdate", given)) == (422, "businessName", "Business name can't be blank")


def test_without_attributes_nothing_is_changed_or_told(shop: Sandbox) -> None:
    payload = mutate(shop, "sellerUpdate", {"sellerId": first_seller(shop)}, "seller { id }")
    assert (payload["status"], payload["seller"]) == (200, {"id": first_seller(shop)})
    assert told(shop) == []


def test_custom_fields_are_an_error_instead_of_being_ignored(shop: Sandbox) -> None:
    text = "mutation ($i: SellerUpdateMutationInput!) { sellerUpdate(input: $i) { status } }"
    attributes = {"customFields": [{"customFieldId": "x", "value": 1}]}
    result = answer(shop, text, {"i": {"sellerId": first_seller(shop), "attributes": attributes}})
    assert result["errors"][0]["message"] == (
        "the input field 'customFields' of a seller is not emulated by the sandbox"
    )


def test_sellers_are_created_and_changed_on_the_real_schema(shared: Path) -> None:
    shop = Sandbox(adverts=4, schema=shared / "marketplacer" / "schema-2023.graphqls")
    seller = create(shop)["seller"]
    given = {"sellerId": seller["id"], "attributes": {"tags": ["a", "b"]}}
    assert mutate(shop, "sellerUpdate", given, "seller { tags }")["seller"] == {"tags": ["a", "b"]}
    assert told(shop) == [("Seller", "create"), ("Seller", "update")]
