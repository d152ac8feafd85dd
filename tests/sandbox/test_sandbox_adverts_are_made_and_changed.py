"""Products: made, changed, published, deleted, each by the rules of the schema."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sandbox_running import UNKNOWN, answer, mutate, read, refused, seller_key, told

from marketplacer_callback.sandbox import Sandbox

PUBLISHED = "published online displayable errorMessages { field messages }"


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=20)


def attributes(shop: Sandbox, **fields: Any) -> dict[str, Any]:
    known = {"brandId": shop.store.all("Brand")[0]["id"], "taxonId": shop.store.all("Taxon")[1]["id"]}
    return {**known, "title": "Phone", "price": "349.99", "variants": [{"countOnHand": 5}], **fields}


def upsert(shop: Sandbox, shows: str = "id", *, advert: str | None = None, **more: Any) -> dict[str, Any]:
    """The product that is made, or changed, of the attributes."""
    key = {"key": more.pop("key")} if "key" in more else {}
    values = more if advert else attributes(shop, **more)
    given = {"attributes": values, **({"advertId": advert} if advert else {})}
    payload = mutate(shop, "advertUpsert", given, f"advert {{ {shows} }}", **key)
    assert (payload["status"], payload["errors"]) == (200, None)
    made: dict[str, Any] = payload["advert"]
    return made


def first(shop: Sandbox, typename: str = "Advert") -> str:
    return str(shop.store.all(typename)[0]["id"])


def test_a_product_is_made_with_its_variants(shop: Sandbox) -> None:
    made = upsert(
        shop,
        "title fullTitle brand { id } taxonNullable { id } description itemTaxRate editablePrice productFeatures"
        " images { nodes { alt } } displayImage { alt } externalIds { key value } metadata { key value }"
        " variants { nodes { sku countOnHand infiniteQuantity editablePriceCents advert { __typename } } }",
        description="Powerful",
        itemTaxRate="0.1",
        productFeatures=["light"],
        images=[{"sourceUrl": "https://images.example.com/a.png", "alt": "front"}],
        externalIds=[{"key": "pim", "value": "7"}],
        metadata=[{"key": "line", "value": "A"}],
        variants=[{"sku": "P-1", "countOnHand": 1000}, {"sku": "P-2", "infiniteQuantity": True}],
        attemptAutoPublish=True,
    )
    brand = shop.store.all("Brand")[0]
    assert made == {
        "title": "Phone",
        "fullTitle": f"{brand['name']} Phone",
        "brand": {"id": brand["id"]},
        "taxonNullable": {"id": shop.store.all("Taxon")[1]["id"]},
        "description": "Powerful",
        "itemTaxRate": "0.1",
        "editablePrice": "349.99",
        "productFeatures": ["light"],
        "images": {"nodes": [{"alt": "front"}]},
        "displayImage": {"alt": "front"},
        "externalIds": [{"key": "pim", "value": "7"}],
        "metadata": [{"key": "line", "value": "A"}],
        "variants": {
            "nodes": [
                {
                    "sku": "P-1",
                    "countOnHand": 1000,
                    "infiniteQuantity": False,
                    "editablePriceCents": 34999,
                    "advert": {"__typename": "Advert"},
                },
                {
                    "sku": "P-2",
                    "countOnHand": 0,
                    "infiniteQuantity": True,
                    "editablePriceCents": 34999,
                    "advert": {"__typename": "Advert"},
                },
            ]
        },
    }
    found = answer(shop, '{ externalIds(key: "pim", ownerType: "Advert", value: "7") { owner { __typename } } }')
    assert found == {"data": {"externalIds": [{"owner": {"__typename": "Advert"}}]}}


def test_making_one_tells_of_the_product_and_of_each_variant(shop: Sandbox) -> None:
    upsert(shop, variants=[{"sku": "1"}, {"sku": "2"}])
    assert told(shop) == [("Advert", "create"), ("Variant", "create"), ("Variant", "create"), ("Advert", "update")]


def test_changing_one_tells_of_the_product_alone(shop: Sandbox) -> None:
    changed = upsert(shop, "title description", advert=first(shop), title="Better")
    assert changed["title"] == "Better"
    assert changed["description"] == shop.store.all("Advert")[0]["description"] != ""
    assert told(shop) == [("Advert", "update")]


def test_a_variant_is_added_to_a_product_and_another_changed_in_one_go(shop: Sandbox) -> None:
    made = upsert(shop, "id variants { nodes { id } }", variants=[{"sku": "a"}, {"sku": "b"}])
    known = made["variants"]["nodes"][1]["id"]
    told(shop)
    variants = [{"id": known, "countOnHand": 9}, {"sku": "c"}]
    changed = upsert(shop, "variants { nodes { sku countOnHand } }", advert=made["id"], variants=variants)
    assert [(one["sku"], one["countOnHand"]) for one in changed["variants"]["nodes"]] == [("a", 0), ("b", 9), ("c", 0)]
    assert told(shop) == [("Variant", "create"), ("Variant", "update"), ("Advert", "update")]


def test_a_variant_of_another_product_is_refused(shop: Sandbox) -> None:
    variant = shop.store.all("Advert")[1]["variants"][0]["id"]
    payload = mutate(
        shop, "advertUpsert", {"advertId": first(shop), "attributes": {"variants": [{"id": variant, "sku": "x"}]}}
    )
    assert refused(payload) == (422, "variants.id", f"Variant {variant} is not one of the advert's")
    assert told(shop) == []


@pytest.mark.parametrize(
    ("fields", "status", "field", "message"),
    [
        ({"brandId": UNKNOWN}, 404, "brandId", f"No object found for brandId: {UNKNOWN}"),
        ({"taxonId": UNKNOWN}, 404, "taxonId", f"No object found for taxonId: {UNKNOWN}"),
        ({"title": " "}, 422, "title", "Title can't be blank"),
        ({"title": None}, 422, "title", "Title can't be blank"),
        ({"price": "ten"}, 422, "price", "Price is not a number"),
        ({"price": "NaN"}, 422, "price", "Price is not a number"),
        ({"price": "-1"}, 422, "price", "Price must be greater than or equal to 0"),
        ({"price": "1e12"}, 422, "price", "Price must be less than or equal to 21474836.47"),
        ({"brandMappings": ["x"]}, 422, "brandMappings", "Brand is given by brandId or by brandMappings, not by both"),
        ({"images": [{"alt": "x"}]}, 422, "images", "Image needs one of imageId, dataBase64, sourceUrl"),
        ({"documents": [{}]}, 422, "documents", "Document needs one of documentId, dataBase64, sourceUrl"),
        ({"variants": [{"countOnHand": -1}]}, 422, "countOnHand", "Count on hand must be greater than or equal to 0"),
        (
            {"advertOptionValues": [{"optionValueId": UNKNOWN}]},
            404,
            "advertOptionValues.optionValueId",
            f"No object found for advertOptionValues.optionValueId: {UNKNOWN}",
        ),
        ({"variants": [{"id": UNKNOWN}]}, 404, "variants.id", f"No object found for variants.id: {UNKNOWN}"),
    ],
)
def test_what_is_unknown_or_impossible_is_an_error_of_the_payload_and_leaves_nothing_behind(
    shop: Sandbox, fields: dict[str, Any], status: int, field: str, message: str
) -> None:
    before = shop.store.typenames()
    payload = mutate(shop, "advertUpsert", {"attributes": attributes(shop, **fields)}, "advert { id }")
    assert refused(payload) == (status, field, message)
    assert payload["advert"] is None
    assert shop.store.typenames() == before
    assert told(shop) == []


def test_an_unknown_product_is_not_found(shop: Sandbox) -> None:
    payload = mutate(shop, "advertUpsert", {"advertId": UNKNOWN, "attributes": {"title": "x"}})
    assert refused(payload) == (404, "advertId", f"No object found for advertId: {UNKNOWN}")


def test_a_brand_and_a_category_are_mapped_by_their_exact_names(shop: Sandbox) -> None:
    brand, taxon = shop.store.all("Brand")[2], shop.store.all("Taxon")[2]
    made = upsert(
        shop,
        "brand { id } brandBeforeMapping taxonNullable { id }",
        brandId=None,
        brandMappings=["nobody", brand["name"]],
        taxonId=None,
        taxonMappings=[taxon["title"]],
    )
    assert made == {
        "brand": {"id": brand["id"]},
        "brandBeforeMapping": ["nobody", brand["name"]],
        "taxonNullable": {"id": taxon["id"]},
    }


def test_a_new_product_is_not_published_unless_that_is_attempted(shop: Sandbox) -> None:
    assert upsert(shop, PUBLISHED) == {"published": False, "online": False, "displayable": False, "errorMessages": []}
    made = upsert(shop, PUBLISHED, attemptAutoPublish=True)
    assert made == {"published": True, "online": True, "displayable": True, "errorMessages": []}


def test_what_lacks_something_is_kept_unpublished_and_says_what(shop: Sandbox) -> None:
    made = upsert(shop, PUBLISHED, attemptAutoPublish=True, taxonId=None, variants=[], price=None)
    assert made["published"] is False
    assert made["errorMessages"] == [
        {"field": "taxon", "messages": ["Taxon can't be blank"]},
        {"field": "variants", "messages": ["Variants can't be blank"]},
    ]
    priceless = upsert(shop, PUBLISHED, attemptAutoPublish=True, price=None)
    assert priceless["errorMessages"] == [{"field": "price", "messages": ["Price must be greater than 0"]}]


def test_a_prospective_sellers_product_is_not_published(shop: Sandbox) -> None:
    key = seller_key(shop)
    assert key.seller
    shop.change("Seller", key.seller, accountType="PROSPECTIVE")
    made = upsert(shop, PUBLISHED, attemptAutoPublish=True, key=key)
    assert (made["published"], made["errorMessages"]) == (
        False,
        [{"field": "seller", "messages": ["Seller is prospective"]}],
    )


def test_a_product_is_taken_off_and_put_back(shop: Sandbox) -> None:
    advert = first(shop)
    payload = mutate(shop, "advertPublishedUpdate", {"id": advert, "published": False}, "advert { published online }")
    assert payload["advert"] == {"published": False, "online": False}
    assert read(shop, advert, "id")["__typename"] == "UnpublishedAdvert"
    again = mutate(shop, "advertPublishedUpdate", {"id": advert, "published": True}, "advert { published online }")
    assert again["advert"] == {"published": True, "online": True}
    assert read(shop, advert, "id")["__typename"] == "Advert"
    assert told(shop) == [("Advert", "update"), ("Advert", "update")]


def test_publishing_what_is_published_tells_of_nothing(shop: Sandbox) -> None:
    assert mutate(shop, "advertPublishedUpdate", {"id": first(shop), "published": True})["status"] == 200
    assert told(shop) == []


def test_publishing_what_lacks_something_is_refused(shop: Sandbox) -> None:
    advert = upsert(shop, variants=[])["id"]
    payload = mutate(shop, "advertPublishedUpdate", {"id": advert, "published": True})
    assert refused(payload) == (422, "variants", "Variants can't be blank")


def test_a_deleted_product_becomes_a_deleted_advert_that_keeps_its_variants(shop: Sandbox) -> None:
    advert = shop.store.all("Advert")[0]
    variants = [{"id": variant["id"]} for variant in advert["variants"]]
    payload = mutate(shop, "advertDelete", {"id": advert["id"]}, "advert { id }")
    assert (payload["status"], payload["advert"]) == (200, {"id": advert["id"]})
    shown = read(shop, advert["id"], "... on DeletedAdvert { id variants { nodes { id } } }")
    assert shown == {"__typename": "DeletedAdvert", "id": advert["id"], "variants": {"nodes": variants}}
    assert told(shop) == [("Advert", "destroy")]
    again = mutate(shop, "advertDelete", {"id": advert["id"]})
    assert refused(again) == (404, "id", f"No object found for id: {advert['id']}")


def test_an_operator_vets_and_rejects(shop: Sandbox) -> None:
    shown = "vetted vettingRejected vettingRejectedReason"
    rejected = upsert(shop, shown, advert=first(shop), vettingRejectedReason="No photo")
    assert rejected == {"vetted": False, "vettingRejected": True, "vettingRejectedReason": "No photo"}
    vetted = upsert(shop, shown, advert=first(shop), vetted=True)
    assert vetted == {"vetted": True, "vettingRejected": False, "vettingRejectedReason": None}


def test_a_new_product_of_a_seller_that_is_vetted_waits_for_it(shop: Sandbox) -> None:
    key = seller_key(shop)
    assert key.seller
    shop.change("Seller", key.seller, advertVettingRequired=True)
    made = upsert(shop, "id requiresVetting vetted published displayable", attemptAutoPublish=True, key=key)
    assert {**made, "id": ""} == {
        "id": "",
        "requiresVetting": True,
        "vetted": False,
        "published": True,
        "displayable": False,
    }
    assert upsert(shop, "displayable", advert=made["id"], vetted=True) == {"displayable": True}


def test_a_seller_does_not_vet(shop: Sandbox) -> None:
    payload = mutate(shop, "advertUpsert", {"attributes": attributes(shop, vetted=True)}, key=seller_key(shop))
    assert refused(payload) == (422, "vetted", "Vetted is only accessible to the operator")


def test_a_sellers_product_is_its_own_and_an_operators_is_a_retailers(shop: Sandbox) -> None:
    shop.change("Seller", first(shop, "Seller"), accountType="PROSPECTIVE")
    key = seller_key(shop, 1)
    assert upsert(shop, "seller { id }", key=key)["seller"]["id"] == key.seller
    assert upsert(shop, "seller { accountType }")["seller"] == {"accountType": "RETAILER"}


def test_a_schema_whose_input_names_the_seller_is_obeyed(tmp_path: Path) -> None:
    sdl = (files("marketplacer_callback.api") / "schema.graphqls").read_text("utf-8")
    newer = sdl.replace("input AdvertUpsertMutationInput {", "input AdvertUpsertMutationInput {\n  sellerId: ID")
    (tmp_path / "newer.graphqls").write_text(newer, "utf-8")
    shop = Sandbox(adverts=20, schema=tmp_path / "newer.graphqls")
    seller = shop.store.all("Seller")[1]["id"]
    given = {"sellerId": seller, "attributes": attributes(shop)}
    assert mutate(shop, "advertUpsert", given, "advert { seller { id } }")["advert"] == {"seller": {"id": seller}}
    other = mutate(shop, "advertUpsert", given, key=seller_key(shop))
    assert refused(other) == (404, "sellerId", f"No object found for sellerId: {seller}")


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("advertUpsert", {"advertId": "{id}", "attributes": {"title": "x"}}, "advertId"),
        ("advertPublishedUpdate", {"id": "{id}", "published": False}, "id"),
        ("advertDelete", {"id": "{id}"}, "id"),
    ],
)
def test_a_sellers_key_does_not_find_the_products_of_others(
    shop: Sandbox, name: str, given: dict[str, Any], field: str
) -> None:
    key = seller_key(shop, 1)
    others = next(one["id"] for one in shop.store.all("Advert") if one["seller"]["id"] != key.seller)
    payload = mutate(shop, name, {**given, field: others}, key=key)
    assert refused(payload) == (404, field, f"No object found for {field}: {others}")
    assert told(shop) == []


def test_option_values_are_named_by_id_or_by_type_and_text(shop: Sandbox) -> None:
    colour = shop.store.all("OptionType")[0]
    rust = next(value for value in colour["optionValues"] if value["name"] == "Rust")
    chip = shop.create("OptionType", name="Chip")
    shop.store.drain()
    chosen = [
        {"optionValueId": rust["id"]},
        {"optionTypeId": chip, "textValue": "Snapdragon 8+"},
        {"optionTypeId": colour["id"], "textValue": "Navy"},
    ]
    shown = "id advertOptionValues { nodes { id optionType { name } optionValue { name } textValue } }"
    made = upsert(shop, shown, advertOptionValues=chosen)
    nodes = made["advertOptionValues"]["nodes"]
    assert [(one["optionType"]["name"], one["optionValue"], one["textValue"]) for one in nodes] == [
        ("Colour", {"name": "Rust"}, None),
        ("Chip", None, "Snapdragon 8+"),
        ("Colour", {"name": "Navy"}, None),
    ]
    fewer = upsert(shop, shown, advert=made["id"], advertOptionValues=chosen[1:2])
    assert fewer["advertOptionValues"]["nodes"] == [nodes[1]]
    assert upsert(shop, shown, advert=made["id"], title="Same values")["advertOptionValues"]["nodes"] == [nodes[1]]


def test_text_that_is_not_in_the_list_of_an_option_type_is_refused(shop: Sandbox) -> None:
    colour = shop.store.all("OptionType")[0]["id"]
    chosen = [{"optionTypeId": colour, "textValue": "Screaming Orange"}]
    payload = mutate(shop, "advertUpsert", {"attributes": attributes(shop, advertOptionValues=chosen)})
    message = "Screaming Orange is not a value of Colour"
    assert refused(payload) == (422, "advertOptionValues.textValue", message)


def test_the_document_of_the_vendor_is_answered_with_the_ids_that_are_unknown(shared: Path) -> None:
    text = (shared / "fixtures" / "queries" / "docs-advertUpsert.graphql").read_text("utf-8")
    for schema in (None, shared / "marketplacer" / "schema-2023.graphqls"):
        shop = Sandbox(adverts=4, schema=schema)
        result = answer(shop, text)
        [error] = result["data"]["advertUpsert"].pop("errors")
        assert result == {"data": {"advertUpsert": {"status": 404, "advert": None}}}
        assert error == {"field": "taxonId", "messages": ["No object found for taxonId: VGF4b24tMjgw"]}


def test_products_are_made_changed_and_deleted_on_the_real_schema(shared: Path) -> None:
    shop = Sandbox(adverts=4, schema=shared / "marketplacer" / "schema-2023.graphqls")
    made = upsert(shop, "id lowestPrice variants { nodes { id label } }", variants=[{"sku": "R-1"}])
    assert (made["lowestPrice"], made["variants"]["nodes"][0]["label"]) == ("349.99", "R-1")
    assert upsert(shop, "title", advert=made["id"], title="Renamed") == {"title": "Renamed"}
    assert mutate(shop, "variantDelete", {"id": made["variants"]["nodes"][0]["id"]})["status"] == 200
    assert mutate(shop, "advertDelete", {"id": made["id"]})["status"] == 200


def test_a_shipping_cost_that_is_blank_is_none(shop: Sandbox) -> None:
    made = upsert(shop, "id baseDomesticShippingCost", baseDomesticShippingCost="4.5")
    assert made["baseDomesticShippingCost"] == 4.5
    after = upsert(shop, "baseDomesticShippingCost", advert=made["id"], baseDomesticShippingCost="")
    assert after == {"baseDomesticShippingCost": None}


def test_variants_with_a_sale_price_alone_have_no_original_price(shop: Sandbox) -> None:
    variants = [{"salePrice": "9.00"}, {"salePrice": "8.00"}]
    made = upsert(shop, "lowestPriceCents lowestOriginalPriceCents published", price=None, variants=variants)
    assert made == {"lowestPriceCents": 800, "lowestOriginalPriceCents": None, "published": False}
    made = upsert(shop, "lowestOriginalPriceCents", price=None, variants=[*variants, {"price": "12.00"}])
    assert made == {"lowestOriginalPriceCents": 1200}


def test_a_detail_without_a_value_is_left_out(shop: Sandbox) -> None:
    details = [{"key": "weight", "value": "2 kg"}, {"key": "colour"}, {"key": "size", "value": None}]
    made = upsert(shop, "productDetails { key value }", productDetails=details)
    assert made == {"productDetails": [{"key": "weight", "value": "2 kg"}]}
