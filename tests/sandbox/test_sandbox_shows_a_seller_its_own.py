"""With a seller's key one sees the seller's own objects, what belongs to nobody, and no order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from marketplacer_callback.sandbox import Choices, Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import ApiKey


@pytest.fixture(scope="module")
def market() -> Sandbox:
    market = Sandbox(adverts=40)
    for _ in range(6):
        for typename in ("RefundRequest", "RemittanceAdvice", "InvoiceAnnotation", "Shipment", "ReturnShipment"):
            market.create(typename)
    first, second, *_ = market.store.all("Invoice")
    for invoice in (first, second):
        market.store.add("InvoiceAmendment", invoice=invoice, order=invoice["order"], lineItems=[])
    for seller in (None, *market.store.all("Seller")):
        market.store.add("ShippingOption", name="Slow", type="flat", description="", seller=seller)
    return market


def asked(market: Sandbox, document: str, seller: Record | None = None, **variables: Any) -> dict[str, Any]:
    key = ApiKey("", "seller", seller["id"]) if seller else ApiKey("")
    return market.executor.run(document, variables, None, market.request(key=key))


def owner(market: Sandbox, typename: str) -> Record:
    """The seller of the first object of the type."""
    id_ = market.store.seller_id(market.store.all(typename)[0])
    return market.store.get(id_) if id_ else market.store.all("Seller")[0]  # type: ignore[return-value]


OWNED = {
    "advertsWhere": ("Advert", "(vetted: true)"),
    "allAdverts": ("Advert", ""),
    "variantsWhere": ("Variant", "(variantFilters: {quantityFrom: 0})"),
    "invoices": ("Invoice", ""),
    "invoiceAmendments": ("InvoiceAmendment", ""),
    "refundRequests": ("RefundRequest", ""),
    "updatedRefundRequests": ("RefundRequest", '(updatedSince: "2020-01-01")'),
    "refundRequestNotes": ("RefundRequestNote", ""),
    "remittanceAdvices": ("RemittanceAdvice", ""),
    "sellersWhere": ("Seller", ""),
}


@pytest.mark.parametrize("field", OWNED)
def test_a_list_has_the_sellers_own_objects_alone(market: Sandbox, field: str) -> None:
    typename, arguments = OWNED[field]
    arguments = f"({arguments[1:-1]} first: 500)"
    document = f"{{ {field}{arguments} {{ nodes {{ ... on Node {{ id }} }} }} }}"
    seller = owner(market, typename)
    every = market.store.all(typename)
    if field in ("advertsWhere", "variantsWhere"):
        every = [one for one in every if one.get("vetted", True)]
    own = [one["id"] for one in every if market.store.seller_id(one) == seller["id"]]
    assert 0 < len(own) < len(every)
    assert [node["id"] for node in asked(market, document, seller)["data"][field]["nodes"]] == own
    assert len(asked(market, document)["data"][field]["nodes"]) == len(every)


@pytest.mark.parametrize("field", ["brands", "taxons", "shipmentCarriers", "invoiceAnnotationType"])
def test_what_belongs_to_nobody_is_seen_by_everybody(market: Sandbox, field: str) -> None:
    document = f"{{ {field} {{ totalCount nodes {{ id }} }} }}"
    assert asked(market, document, market.store.all("Seller")[1]) == asked(market, document)
    assert asked(market, document)["data"][field]["totalCount"] > 0


def test_a_seller_sees_its_package_its_options_and_those_of_the_marketplace(market: Sandbox) -> None:
    first, second, *_ = market.store.all("Seller")
    options = [one["id"] for one in market.store.all("ShippingOption") if one["seller"] in (None, second)]
    document = "{ shippingOptions { nodes { id } } shipmentAddresses { nodes { id } } }"
    shown = asked(market, document, second)["data"]
    assert [node["id"] for node in shown["shippingOptions"]["nodes"]] == options
    assert [node["id"] for node in shown["shipmentAddresses"]["nodes"]] == [second["address"]["id"]]
    document = "query($ids: [ID!]) { commissionPackages(retailerIds: $ids) { nodes { id } } }"
    packages = asked(market, document, second, ids=[first["id"]])["data"]["commissionPackages"]["nodes"]
    assert packages == [{"id": second["commissionPackage"]["id"]}]


def test_the_choice_of_sellers_is_overridden_by_the_key(market: Sandbox) -> None:
    first, second, *_ = market.store.all("Seller")
    own = [one["id"] for one in market.store.all("Advert") if one["seller"] is second]
    document = "query($ids: [ID!]!) { advertsWhere(first: 500, retailerIds: $ids) { nodes { id } } }"
    shown = asked(market, document, second, ids=[first["id"]])["data"]["advertsWhere"]["nodes"]
    assert [node["id"] for node in shown] == own


@pytest.mark.parametrize(
    "document", ["{ invoices { totalCount } }", "{ brands { totalCount } }", '{ node(id: "QWR2ZXJ0LTE=") { id } }']
)
def test_a_key_of_a_seller_that_there_is_not_sees_nothing(market: Sandbox, document: str) -> None:
    answer = asked(market, document, {"id": "nobody"})
    assert not (answer["data"] or {}).get("node")
    assert "there is no seller 'nobody'" in answer["errors"][0]["message"]


NODES = [
    "Advert",
    "Variant",
    "Invoice",
    "LineItem",
    "Shipment",
    "ShippedItem",
    "ShipmentStatus",
    "RefundRequest",
    "RefundRequestLineItem",
    "RefundRequestNote",
    "ReturnShipment",
    "ReturnShippedItem",
    "Remittance",
    "RemittanceAdvice",
    "InvoiceAnnotation",
    "InvoiceAmendment",
    "Seller",
]


@pytest.mark.parametrize("typename", NODES)
def test_another_sellers_object_is_null_by_id_and_ones_own_is_not(market: Sandbox, typename: str) -> None:
    id_ = market.store.all(typename)[0]["id"]
    seller = owner(market, typename)
    other = next(one for one in market.store.all("Seller") if one is not seller)
    document = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } }"
    assert asked(market, document, seller, id=id_)["data"] == {"node": {"id": id_}, "nodes": [{"id": id_}] * 2}
    assert asked(market, document, other, id=id_) == {"data": {"node": None, "nodes": [None, None]}}


def test_an_order_is_an_error_at_its_path_wherever_a_seller_meets_it(market: Sandbox) -> None:
    order = market.store.all("Order")[0]
    amendment = market.store.all("InvoiceAmendment")[0]
    seller = owner(market, "InvoiceAmendment")
    document = """query($order: ID!, $amendment: ID!) {
        node(id: $order) { id } nodes(ids: [$order, $amendment]) { id ... on InvoiceAmendment { order { id } } } }"""
    answer = asked(market, document, seller, order=order["id"], amendment=amendment["id"])
    assert [error["path"] for error in answer["errors"]] == [["node"], ["nodes", 0], ["nodes", 1, "order"]]
    assert all("permission denied" in error["message"] for error in answer["errors"])
    assert answer["data"] == {"node": None, "nodes": [None, None]}


@pytest.mark.parametrize(
    "document",
    [
        "{ it: allSellers { totalCount } }",
        "{ it: remittances { totalCount } }",
        '{ it: updatedOrders(updatedSince: "2024-01-01") { totalCount } }',
        '{ it: order(orderId: "x") { id } }',
    ],
)
def test_what_is_for_operators_is_an_error_for_a_seller(market: Sandbox, document: str) -> None:
    answer = asked(market, document, market.store.all("Seller")[0])
    assert answer["data"] is None
    assert [(error["path"], "permission denied" in error["message"]) for error in answer["errors"]] == [(["it"], True)]


def test_external_ids_of_others_and_of_orders_are_left_out(market: Sandbox) -> None:
    seller, other, *_ = market.store.all("Seller")
    document = (
        "query($key: String, $type: String) { externalIds(key: $key, ownerType: $type) { owner { __typename id } } }"
    )
    own = asked(market, document, seller, key="erp")["data"]["externalIds"]
    assert own == [{"owner": {"__typename": "Seller", "id": seller["id"]}}]
    assert asked(market, document, seller, type="order")["data"]["externalIds"] == []
    assert len(asked(market, document, type="order")["data"]["externalIds"]) == len(market.store.all("Order"))
    adverts = asked(market, document, other, type="Advert")["data"]["externalIds"]
    assert [entry["owner"]["id"] for entry in adverts] == [
        one["id"] for one in market.store.all("Advert") if one["seller"] is other
    ]


def test_relations_show_the_sellers_own_objects_alone(market: Sandbox) -> None:
    seller = market.store.all("Seller")[1]
    document = """{ taxons { nodes { adverts(first: 500) { nodes { seller { id } } } } }
        commissionPackages { nodes { sellers { nodes { id } } } } }"""
    shown = asked(market, document, seller)["data"]
    adverts = [advert["seller"]["id"] for taxon in shown["taxons"]["nodes"] for advert in taxon["adverts"]["nodes"]]
    assert set(adverts) == {seller["id"]}
    assert len(adverts) == len([one for one in market.store.all("Advert") if one["seller"] is seller])
    assert shown["commissionPackages"]["nodes"] == [{"sellers": {"nodes": [{"id": seller["id"]}]}}]


@pytest.mark.parametrize("chosen", ["UnpublishedAdvert", "Advert"])
def test_an_unpublished_advert_is_shown_as_the_type_that_is_chosen(chosen: Any) -> None:
    market = Sandbox(adverts=3, choices=Choices(unpublished_node=chosen))
    advert = market.store.all("Advert")[0]
    market.change("Advert", advert["id"], published=False)
    document = """query($ids: [ID!]!, $id: ID!, $variant: ID!) {
        node(id: $id) { __typename ... on Advert { title } ... on UnpublishedAdvert { details { title } } }
        nodes(ids: $ids) { __typename }
        variant: node(id: $variant) { ... on Variant { advert { __typename ... on Node { id } } } }
        externalIds(key: "pim", value: "PIM-1") { owner { __typename } }
        allAdverts { nodes { __typename } }
        advertsWhere(legacyIds: [1]) { nodes { __typename } } }"""
    ids = [one["id"] for one in market.store.all("Advert")[:2]]
    variant = advert["variants"][0]["id"]
    shown = asked(market, document, id=advert["id"], ids=ids, variant=variant)["data"]
    title = {"title": advert["title"]}
    assert shown["node"] == {"__typename": chosen, **(title if chosen == "Advert" else {"details": title})}
    assert [node["__typename"] for node in shown["nodes"]] == [chosen, "Advert"]
    assert shown["variant"] == {"advert": {"__typename": chosen, "id": advert["id"]}}
    assert shown["externalIds"] == [{"owner": {"__typename": chosen}}]
    assert [node["__typename"] for node in shown["allAdverts"]["nodes"]] == ["UnpublishedAdvert", "Advert", "Advert"]
    assert shown["advertsWhere"]["nodes"] == [{"__typename": "Advert"}]


def test_a_list_of_another_schema_has_the_sellers_own_objects_alone_too(shared: Path) -> None:
    market = Sandbox(adverts=6, schema=shared / "marketplacer" / "schema-2023.graphqls")
    seller = market.store.all("Seller")[1]
    document = "{ sellersForChats { nodes { id } } }"
    assert len(asked(market, document)["data"]["sellersForChats"]["nodes"]) == len(market.store.all("Seller"))
    assert asked(market, document, seller)["data"]["sellersForChats"]["nodes"] == [{"id": seller["id"]}]


def test_addresses_and_images_are_seen_by_the_sellers_whose_objects_they_are_parts_of(market: Sandbox) -> None:
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    first, second, *_ = market.store.all("Seller")
    sold = {name: market.store.all(name) for name in ("Invoice", "Advert")}
    for own in (first, second):
        invoices, adverts = ([one for one in each if one["seller"] is own] for each in sold.values())
        mine = {own["address"]["id"], *(one["shippingAddress"]["id"] for one in invoices if "shippingAddress" in one)}
        mine |= {image["id"] for advert in adverts for image in advert["images"]}
        ids = [one["id"] for typename in ("Address", "Image") for one in market.store.all(typename)]
        seen = {node["id"] for node in asked(market, document, own, ids=ids)["data"]["nodes"] if node}
        assert mine <= seen < set(ids)
        assert {first["address"]["id"], second["address"]["id"]} & seen == {own["address"]["id"]}
        held = {image["id"] for advert in sold["Advert"] if advert["seller"] is not own for image in advert["images"]}
        assert seen & held <= mine
    assert all(asked(market, document, ids=ids)["data"]["nodes"])
