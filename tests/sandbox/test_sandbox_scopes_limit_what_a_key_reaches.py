"""A key with scopes reads and writes what they grant, and is told which one it lacks for the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sandbox_documents import read_schema
from sandbox_running import answer, told

from marketplacer_callback.api import ApiAuth, ApiClient, Fetcher
from marketplacer_callback.api.fetch import Absent, Failed, Found
from marketplacer_callback.documents import Document, check
from marketplacer_callback.errors import MissingScope
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import ApiKey

PUBLIC = "{ apiKeyPrincipal { name } taxons { nodes { id } } shipmentCarriers { nodes { name } } }"
ADVERT = "query ($id: ID!) { node(id: $id) { id ... on Advert { title } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=20)


def key(*scopes: str) -> ApiKey:
    return ApiKey("scoped", scopes=frozenset(scopes))


def first(shop: Sandbox, typename: str) -> str:
    return str(shop.store.all(typename)[0]["id"])


def named(shop: Sandbox, value: Any) -> Any:
    """The id of the first object of a type, where the value is the name of a type."""
    if isinstance(value, list):
        return [named(shop, one) for one in value]
    return first(shop, value) if isinstance(value, str) and shop.store.all(value) else value


def refusals(result: dict[str, Any]) -> list[tuple[str, str, list[Any]]]:
    return [(one["extensions"]["code"], one["message"], one["path"]) for one in result["errors"]]


def lacking(scope: str, what: str) -> str:
    return f"the API key lacks the scope {scope}, which {what} needs"


def test_without_scopes_a_key_reaches_public_surfaces_only(shop: Sandbox) -> None:
    result = answer(shop, PUBLIC, key=key())
    assert "errors" not in result
    assert len(result["data"]["shipmentCarriers"]["nodes"]) == 3
    brand = first(shop, "Brand")
    assert answer(shop, NODES, {"ids": [brand]}, key=key())["data"] == {"nodes": [{"id": brand}]}
    refused = answer(shop, "{ invoices { nodes { id } } }", key=key())
    assert refused["data"] is None
    assert refusals(refused) == [("MISSING_SCOPE", lacking("orders:read", "Invoice"), ["invoices"])]


def test_without_a_set_of_scopes_a_key_reaches_everything(shop: Sandbox) -> None:
    result = answer(shop, "{ invoices { nodes { seller { id } refundRequests { id } } } }", key=ApiKey("all"))
    assert "errors" not in result


@pytest.mark.parametrize(
    ("field", "scope", "typename"),
    [
        ("allAdverts { nodes { __typename } }", "adverts", "Advert"),
        ("allSellers { nodes { __typename } }", "sellers", "Seller"),
        ("invoices { nodes { id } }", "orders", "Invoice"),
        ('updatedOrders(updatedSince: "2020-01-01T00:00:00Z") { nodes { id } }', "orders", "Order"),
        ("refundRequests { nodes { id } }", "refunds", "RefundRequest"),
        ("remittances { nodes { id } }", "remittances", "Remittance"),
        ("remittanceAdvices { nodes { id } }", "remittances", "RemittanceAdvice"),
    ],
)
def test_a_list_needs_read_of_its_type(shop: Sandbox, field: str, scope: str, typename: str) -> None:
    name = field.partition(" ")[0].partition("(")[0]
    refused = answer(shop, f"{{ {field} }}", key=key("other:manage"))
    assert refusals(refused) == [("MISSING_SCOPE", lacking(f"{scope}:read", typename), [name])]
    for level in ("read", "write", "manage"):
        assert answer(shop, f"{{ {field} }}", key=key(f"{scope}:{level}"))["data"][name]["nodes"]


def test_an_object_that_the_key_may_not_read_is_null_with_an_error_at_its_path(shop: Sandbox) -> None:
    advert = first(shop, "Advert")
    refused = answer(shop, ADVERT, {"id": advert}, key=key("orders:read"))
    assert refused["data"] == {"node": None}
    assert refusals(refused) == [("MISSING_SCOPE", lacking("adverts:read", "Advert"), ["node"])]
    granted = answer(shop, ADVERT, {"id": advert}, key=key("adverts:read"))
    assert granted["data"]["node"]["id"] == advert


def test_among_several_objects_only_those_of_another_resource_fail(shop: Sandbox) -> None:
    advert, invoice, refund = first(shop, "Advert"), first(shop, "Invoice"), first(shop, "RefundRequest")
    ids = [invoice, advert, "QWR2ZXJ0LTk5OTk5", refund]
    result = answer(shop, NODES, {"ids": ids}, key=key("adverts:read"))
    assert result["data"] == {"nodes": [None, {"id": advert}, None, None]}
    assert refusals(result) == [
        ("MISSING_SCOPE", lacking("orders:read", "Invoice"), ["nodes", 0]),
        ("MISSING_SCOPE", lacking("refunds:read", "RefundRequest"), ["nodes", 3]),
    ]


def test_a_part_needs_its_scope_when_it_is_asked_for_by_itself(shop: Sandbox) -> None:
    image = first(shop, "Image")
    refused = answer(shop, NODES, {"ids": [image]}, key=key("orders:read"))
    assert refusals(refused) == [("MISSING_SCOPE", lacking("adverts:read", "Image"), ["nodes", 0])]
    logo = "{ allSellers { nodes { ... on Seller { address { city } } } } }"
    assert "errors" not in answer(shop, logo, key=key("sellers:read"))


def test_a_type_of_no_known_resource_is_one_of_its_own(shop: Sandbox) -> None:
    promotion = shop.create("Promotion")
    refused = answer(shop, NODES, {"ids": [promotion]}, key=key("orders:read"))
    assert refusals(refused) == [("MISSING_SCOPE", lacking("promotions:read", "Promotion"), ["nodes", 0])]
    assert "errors" not in answer(shop, NODES, {"ids": [promotion]}, key=key("promotions:read"))


def test_an_object_of_another_resource_is_refused_where_it_is_met(shop: Sandbox) -> None:
    text = "query ($id: ID!) { node(id: $id) { ... on Invoice { id seller { businessName } } } }"
    invoice = first(shop, "Invoice")
    refused = answer(shop, text, {"id": invoice}, key=key("orders:read"))
    assert refused["data"] == {"node": None}  # the schema promises a seller, so its absence takes the invoice along
    assert refusals(refused) == [("MISSING_SCOPE", lacking("sellers:read", "Invoice.seller"), ["node", "seller"])]
    granted = answer(shop, text, {"id": invoice}, key=key("orders:read", "sellers:read"))
    assert granted["data"]["node"]["id"] == invoice


def test_a_list_below_an_object_is_refused_unless_it_is_empty(shop: Sandbox) -> None:
    text = "query ($id: ID!) { node(id: $id) { ... on Invoice { refundRequests { id } } } }"
    some = next(one for one in shop.store.all("Invoice") if one["refundRequests"])
    none = next(one for one in shop.store.all("Invoice") if not one["refundRequests"])
    refused = answer(shop, text, {"id": some["id"]}, key=key("orders:read"))
    message = lacking("refunds:read", "Invoice.refundRequests")
    assert refusals(refused) == [("MISSING_SCOPE", message, ["node", "refundRequests"])]
    empty = answer(shop, text, {"id": none["id"]}, key=key("orders:read"))
    assert empty == {"data": {"node": {"refundRequests": []}}}


def test_a_seller_may_always_see_whose_its_key_is(shop: Sandbox) -> None:
    seller = first(shop, "Seller")
    own = replace(key(), role="seller", seller=seller)
    result = answer(shop, "{ apiKeyPrincipal { seller { id } } }", key=own)
    assert result == {"data": {"apiKeyPrincipal": {"seller": {"id": seller}}}}


def test_external_ids_need_read_of_the_types_of_their_owners(shop: Sandbox) -> None:
    owner = shop.store.all("Advert")[0]["externalIds"][0]
    text = f'{{ externalIds(key: "{owner["key"]}", value: "{owner["value"]}") {{ owner {{ id }} }} }}'
    refused = answer(shop, text, key=key("orders:read"))
    assert refusals(refused) == [("MISSING_SCOPE", lacking("adverts:read", "Advert"), ["externalIds"])]
    granted = answer(shop, text, key=key("adverts:read"))
    assert granted == {"data": {"externalIds": [{"owner": {"id": first(shop, "Advert")}}]}}
    unknown = '{ externalIds(ownerType: "Invoice", value: "nobody") { id } }'
    assert refusals(answer(shop, unknown, key=key("adverts:read")))[0][1] == lacking("orders:read", "Invoice")


@pytest.mark.parametrize(
    ("mutation", "input_", "typename", "scope"),
    [
        ("advertUpsert", {"attributes": {"title": "x"}}, "Advert", "adverts:write"),
        ("variantUpdate", {"variantId": "Variant", "attributes": {"countOnHand": 1}}, "Variant", "adverts:write"),
        ("variantDelete", {"id": "Variant"}, "Variant", "adverts:manage"),
        ("advertDelete", {"id": "Advert"}, "Advert", "adverts:manage"),
        ("sellerUpdate", {"sellerId": "Seller", "attributes": {"tags": []}}, "Seller", "sellers:write"),
        ("externalIdUpsert", {"owner": "Invoice", "key": "a", "value": "b"}, "Invoice", "orders:write"),
        ("metadataUpsert", {"owner": "RefundRequest", "key": "a", "value": "b"}, "RefundRequest", "refunds:write"),
        ("orderUpdate", {"orderId": "Order", "status": "COMPLETE"}, "Order", "orders:write"),
        ("refundRequestReturn", {"refundRequestId": "RefundRequest", "notes": []}, "RefundRequest", "refunds:write"),
        ("refundRequestRefund", {"refundRequestId": "RefundRequest", "notes": []}, "RefundRequest", "refunds:manage"),
        ("remittancesRelease", {"remittanceIds": ["Remittance"]}, "Remittance", "remittances:manage"),
    ],
)
def test_a_mutation_needs_write_and_one_without_a_way_back_manage(
    shop: Sandbox, mutation: str, input_: dict[str, Any], typename: str, scope: str
) -> None:
    given = {name: named(shop, value) for name, value in input_.items()}
    mutations = shop.executor.schema.mutation_type
    assert mutations is not None
    type_ = mutations.fields[mutation].args["input"].type
    text = f"mutation ($input: {type_}) {{ {mutation}(input: $input) {{ status }} }}"
    resource, _, level = scope.partition(":")
    below = {"write": "read", "manage": "write"}[level]
    refused = answer(shop, text, {"input": given}, key=key(f"{resource}:{below}"))
    assert refused["data"] == {mutation: None}
    assert refusals(refused) == [("MISSING_SCOPE", lacking(scope, typename), [mutation])]
    assert told(shop) == []
    assert "errors" not in answer(shop, text, {"input": given}, key=key(scope))


async def test_what_is_made_up_for_a_larger_schema_is_guarded_too(shared: Path) -> None:
    shop = Sandbox(adverts=4, schema=shared / "marketplacer" / "schema-2023.graphqls")
    text = "{ goldenProducts { nodes { id } } }"
    assert refusals(answer(shop, text, key=key()))[0][0] == "MISSING_SCOPE"
    assert "errors" not in answer(shop, text, key=key("golden_products:read"))
    assert "errors" not in answer(shop, text)


# the project's own client


@pytest.fixture
async def client() -> AsyncIterator[tuple[Sandbox, ApiClient]]:
    async with Sandbox(adverts=20) as sandbox:
        sandbox.keys = replace(sandbox.keys, api_keys=[key("adverts:read")])
        async with ApiClient(sandbox.url, ApiAuth(api_key="scoped")) as api:
            yield sandbox, api


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str], Document]:
    def checked(text: str) -> Document:
        (tmp_path / "Any.graphql").write_text(text, "utf-8")
        found = check(tmp_path, role="operator", schema=read_schema())
        assert found.ok, found.problems
        return found.documents["Any"]

    return checked


async def test_the_client_takes_what_its_key_may_not_read_as_a_missing_scope_never_as_absent(
    client: tuple[Sandbox, ApiClient], document: Callable[[str], Document]
) -> None:
    sandbox, api = client
    advert, invoice = first(sandbox, "Advert"), first(sandbox, "Invoice")
    unknown = "QWR2ZXJ0LTk5OTk5"
    any_node = document("query Any($id: ID!) { node(id: $id) { id __typename } }")
    for ids in ([advert, invoice, unknown], [invoice]):
        results = await Fetcher(api).fetch(any_node, ids)
        failed = results[invoice]
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, MissingScope)
        assert failed.error.scope == "orders:read"
    results = await Fetcher(api).fetch(any_node, [advert, invoice, unknown])
    assert isinstance(results[advert], Found)
    assert isinstance(results[unknown], Absent)


async def test_the_client_takes_what_is_hidden_within_an_object_as_a_missing_scope(
    client: tuple[Sandbox, ApiClient], document: Callable[[str], Document]
) -> None:
    sandbox, api = client
    sold = document("query Any($id: ID!) { node(id: $id) { id ... on Advert { seller { businessName } } } }")
    ids = [record["id"] for record in sandbox.store.all("Advert")[:3]]
    results = await Fetcher(api).fetch(sold, ids)
    errors = [result.error for result in results.values() if isinstance(result, Failed)]
    assert [type(error) for error in errors] == [MissingScope] * 3
    assert {error.scope for error in errors if isinstance(error, MissingScope)} == {"sellers:read"}
