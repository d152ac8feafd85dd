"""Variants: stock and prices are set, and the product follows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sandbox_running import UNKNOWN, answer, mutate, read, refused, seller_key, told

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.mutations.catalogue.prices import cents, money

LOWEST = "lowestPrice lowestPriceCents lowestOriginalPrice lowestOriginalPriceCents"


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=20)


def make(shop: Sandbox, *variants: dict[str, Any], **fields: Any) -> tuple[str, list[str]]:
    """A published product at 10.00, and its variants."""
    values = {"title": "Lamp", "price": "10", "taxonId": shop.store.all("Taxon")[1]["id"], "attemptAutoPublish": True}
    given = {"attributes": {**values, "variants": list(variants), **fields}}
    advert = mutate(shop, "advertUpsert", given, "advert { id variants { nodes { id } } }")["advert"]
    told(shop)
    return advert["id"], [one["id"] for one in advert["variants"]["nodes"]]


def change(shop: Sandbox, variant: str, shows: str = "", **attributes: Any) -> dict[str, Any]:
    return mutate(shop, "variantUpdate", {"variantId": variant, "attributes": attributes}, shows)


def cheapest(shop: Sandbox, advert: str) -> int:
    fields = "... on Advert { lowestPriceCents } ... on UnpublishedAdvert { details { lowestPriceCents } }"
    shown = read(shop, advert, fields)
    return int(shown.get("details", shown)["lowestPriceCents"])


@pytest.mark.parametrize(
    ("value", "amount"),
    [("349.99", 34999), ("0.1", 10), (0.29, 29), (7, 700), ("12.345", 1235), (" 5 ", 500), ("", None), (None, None)],
)
def test_prices_are_exact_cents_however_they_are_spelled(value: Any, amount: int | None) -> None:
    assert cents("price", value) == amount
    assert amount is None or Decimal(money(amount)) * 100 == amount


def test_stock_is_set_not_added_to(shop: Sandbox) -> None:
    _, [variant] = make(shop, {"countOnHand": 5})
    payload = change(shop, variant, "variant { countOnHand infiniteQuantity buyable }", countOnHand=3)
    assert payload["variant"] == {"countOnHand": 3, "infiniteQuantity": False, "buyable": True}
    none_left = change(shop, variant, "variant { countOnHand buyable }", countOnHand=0)
    assert none_left["variant"] == {"countOnHand": 0, "buyable": False}
    endless = change(shop, variant, "variant { countOnHand infiniteQuantity buyable }", infiniteQuantity=True)
    assert endless["variant"] == {"countOnHand": 0, "infiniteQuantity": True, "buyable": True}


def test_a_change_of_a_variant_is_told_as_one_of_its_product_too(shop: Sandbox) -> None:
    _, [variant] = make(shop, {})
    change(shop, variant, countOnHand=3)
    assert told(shop) == [("Variant", "update"), ("Advert", "update")]
    change(shop, variant, price=7)
    assert told(shop) == [("Variant", "update"), ("Advert", "update")]


def test_a_negative_stock_is_refused(shop: Sandbox) -> None:
    _, [variant] = make(shop, {"countOnHand": 5})
    payload = change(shop, variant, "variant { id }", countOnHand=-1)
    assert refused(payload) == (422, "countOnHand", "Count on hand must be greater than or equal to 0")
    assert payload["variant"] is None
    assert read(shop, variant, "... on Variant { countOnHand }")["countOnHand"] == 5
    assert told(shop) == []


def test_the_products_prices_are_the_lowest_of_its_variants(shop: Sandbox) -> None:
    advert, [dear, cheap] = make(shop, {"price": "20.00"}, {"price": 15.5})
    shown = read(shop, advert, f"... on Advert {{ {LOWEST} }}")
    assert shown == {
        "__typename": "Advert",
        "lowestPrice": "15.50",
        "lowestPriceCents": 1550,
        "lowestOriginalPrice": "15.50",
        "lowestOriginalPriceCents": 1550,
    }
    change(shop, dear, price="3.10")
    assert cheapest(shop, advert) == 310
    change(shop, dear, salePrice="1.05")
    shown = read(shop, advert, f"... on Advert {{ {LOWEST} }}")
    assert (shown["lowestPrice"], shown["lowestOriginalPrice"]) == ("1.05", "3.10")
    mutate(shop, "variantDelete", {"id": dear})
    assert cheapest(shop, advert) == 1550
    assert read(shop, cheap, "... on Variant { lowestPriceCents }")["lowestPriceCents"] == 1550


def test_a_sale_price_counts_within_its_period_only(shop: Sandbox) -> None:
    advert, [variant] = make(shop, {"salePrice": "5", "salePriceEndAt": "2020-01-01T00:00:00Z"})
    assert cheapest(shop, advert) == 1000
    change(shop, variant, salePriceEndAt=None)
    assert cheapest(shop, advert) == 500


def test_a_variant_with_the_products_price_follows_it_and_one_with_its_own_does_not(shop: Sandbox) -> None:
    advert, [following, own] = make(shop, {}, {"price": "12"})
    mutate(shop, "advertUpsert", {"advertId": advert, "attributes": {"price": "11"}})
    assert told(shop) == [("Variant", "update"), ("Advert", "update")]
    assert read(shop, following, "... on Variant { editablePrice }")["editablePrice"] == "11.00"
    assert read(shop, own, "... on Variant { editablePrice }")["editablePrice"] == "12.00"


def test_the_formatted_price_follows_too(shop: Sandbox) -> None:
    _, [variant] = make(shop, {})
    before = read(shop, variant, "... on Variant { editablePriceCents editableSalePriceFormatted }")
    assert before["editableSalePriceFormatted"] is None
    change(shop, variant, salePrice="5")
    after = read(shop, variant, "... on Variant { editableSalePriceFormatted }")
    assert "5.00" in after["editableSalePriceFormatted"]


def test_the_label_is_the_option_values_else_the_sku_else_the_id(shop: Sandbox) -> None:
    colour, size = shop.store.all("OptionType")
    values = [{"optionValueId": colour["optionValues"][0]["id"]}, {"optionValueId": size["optionValues"][0]["id"]}]
    _, variants = make(shop, {"variantOptionValues": values, "sku": "a"}, {"sku": "b"}, {})
    names = f"{colour['optionValues'][0]['name']} / {size['optionValues'][0]['name']}"
    labels = [read(shop, one, "... on Variant { label }")["label"] for one in variants]
    assert labels == [names, "b", variants[2]]
    shown = change(shop, variants[0], "variant { label optionValues { nodes { id } } }", variantOptionValues=values[1:])
    assert shown["variant"] == {
        "label": size["optionValues"][0]["name"],
        "optionValues": {"nodes": [{"id": size["optionValues"][0]["id"]}]},
    }


def test_a_deleted_variant_leaves_its_product(shop: Sandbox) -> None:
    advert, [gone, stays] = make(shop, {"sku": "a"}, {"sku": "b"})
    payload = mutate(shop, "variantDelete", {"id": gone}, "variant { id }")
    assert (payload["status"], payload["variant"]) == (200, {"id": gone})
    assert told(shop) == [("Variant", "destroy"), ("Advert", "update")]
    shown = read(shop, advert, "... on Advert { variants { nodes { id } } }")
    assert shown["variants"]["nodes"] == [{"id": stays}]
    assert refused(mutate(shop, "variantDelete", {"id": gone})) == (404, "id", f"No object found for id: {gone}")
    assert answer(shop, "query ($id: ID!) { node(id: $id) { id } }", {"id": gone}) == {"data": {"node": None}}


def test_a_product_that_loses_its_last_variant_says_so(shop: Sandbox) -> None:
    advert, [variant] = make(shop, {})
    mutate(shop, "variantDelete", {"id": variant})
    shown = read(shop, advert, "... on Advert { errorMessages { messages } }")
    assert shown["errorMessages"] == [{"messages": ["Variants can't be blank"]}]


def test_the_variant_is_named_beside_the_attributes_or_within_them(shop: Sandbox) -> None:
    _, [variant, other] = make(shop, {}, {})
    given = {"attributes": {"id": variant, "sku": "x"}}
    assert mutate(shop, "variantUpdate", given, "variant { sku }")["variant"] == {"sku": "x"}
    nameless = mutate(shop, "variantUpdate", {"attributes": {"sku": "x"}})
    assert refused(nameless) == (422, "variantId", "Variant can't be blank")
    two = mutate(shop, "variantUpdate", {"variantId": other, "attributes": {"id": variant}})
    assert refused(two) == (422, "attributes.id", f"Id is not that of the variant {other}")
    unknown = mutate(shop, "variantUpdate", {"variantId": UNKNOWN, "attributes": {}})
    assert refused(unknown) == (404, "variantId", f"No object found for variantId: {UNKNOWN}")


def test_a_variants_external_ids_are_found(shop: Sandbox) -> None:
    _, [variant] = make(shop, {"externalIds": [{"key": "erp", "value": "E1"}]})
    text = '{ externalIds(key: "erp", ownerType: "Variant", value: "E1") { owner { id } } }'
    assert answer(shop, text) == {"data": {"externalIds": [{"owner": {"id": variant}}]}}
    change(shop, variant, externalIds=[{"key": "erp", "value": "E2"}])
    assert answer(shop, text) == {"data": {"externalIds": []}}


@pytest.mark.parametrize(
    ("name", "field", "attributes"),
    [("variantUpdate", "variantId", {"attributes": {"countOnHand": 1}}), ("variantDelete", "id", {})],
)
def test_a_sellers_key_does_not_find_the_variants_of_others(
    shop: Sandbox, name: str, field: str, attributes: dict[str, Any]
) -> None:
    key = seller_key(shop, 1)
    mine = next(one for one in shop.store.all("Variant") if one["advert"]["seller"]["id"] == key.seller)
    others = next(one for one in shop.store.all("Variant") if one["advert"]["seller"]["id"] != key.seller)
    payload = mutate(shop, name, {field: others["id"], **attributes}, key=key)
    assert refused(payload) == (404, field, f"No object found for {field}: {others['id']}")
    assert mutate(shop, name, {field: mine["id"], **attributes}, key=key)["status"] == 200
