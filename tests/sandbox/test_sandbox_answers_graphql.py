"""The sandbox answers GraphQL as the platform does where that is documented, and says so where it does not emulate."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, build_client_schema, get_introspection_query
from sandbox_asking import ask, data

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.querying.relations import connect

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def test_nodes_come_in_the_order_of_the_ids_and_unknown_ones_are_null(sandbox: Sandbox) -> None:
    advert, seller = sandbox.store.all("Advert")[3]["id"], sandbox.store.all("Seller")[0]["id"]
    answer = await data(sandbox, NODES, {"ids": [seller, "nobody", advert]})
    assert answer["nodes"] == [{"__typename": "Seller", "id": seller}, None, {"__typename": "Advert", "id": advert}]


async def test_node_of_an_unknown_id_is_null_without_an_error(sandbox: Sandbox) -> None:
    assert await data(sandbox, '{ node(id: "nobody") { id } }') == {"node": None}


async def test_an_order_is_found_by_its_id_and_an_unknown_one_is_an_error(sandbox: Sandbox) -> None:
    order = sandbox.store.all("Order")[0]
    query = "query($id: ID!) { order(orderId: $id) { id legacyId } }"
    assert (await data(sandbox, query, {"id": order["id"]}))["order"] == {"id": order["id"], "legacyId": 1}
    status, answer = await ask(sandbox, query, {"id": "nobody"})
    assert status == 200
    assert answer["errors"][0]["path"] == ["order"]


async def test_money_and_its_formatted_text_agree_before_and_after_a_write(sandbox: Sandbox) -> None:
    id_ = sandbox.store.all("RemittanceAdvice")[0]["id"]
    query = "query($id: ID!) { node(id: $id) { ... on RemittanceAdvice { totalCents totalFormatted } } }"
    sandbox.change("RemittanceAdvice", id_, totalCents=123456)
    assert (await data(sandbox, query, {"id": id_}))["node"] == {"totalCents": 123456, "totalFormatted": "$1,234.56"}
    sandbox.change("RemittanceAdvice", id_, totalCents=5)
    assert (await data(sandbox, query, {"id": id_}))["node"]["totalFormatted"] == "$0.05"


async def test_the_schema_can_be_pulled_by_introspection(sandbox: Sandbox) -> None:
    schema = build_client_schema(await data(sandbox, get_introspection_query()))  # type: ignore[arg-type]
    assert "Advert" in schema.type_map
    assert schema.subscription_type is None


async def test_a_document_that_does_not_fit_the_schema_is_an_error_with_status_200(sandbox: Sandbox) -> None:
    status, answer = await ask(sandbox, "{ nothingLikeIt }")
    assert status == 200
    assert "nothingLikeIt" in answer["errors"][0]["message"]


async def test_a_body_that_is_not_graphql_is_a_400(sandbox: Sandbox) -> None:
    status, answer = await ask(sandbox, None)  # type: ignore[arg-type]
    assert status == 400
    assert "query" in answer["errors"][0]["message"]


async def test_connections_page_forwards_to_the_end(sandbox: Sandbox) -> None:
    query = """query($after: String) { allAdverts(first: 7, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { cursor node { __typename ... on Advert { id } } } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await data(sandbox, query, {"after": after}))["allAdverts"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert page["totalCount"] == 20
    assert seen == [record["id"] for record in sandbox.store.all("Advert")]


async def test_a_made_up_cursor_is_an_error(sandbox: Sandbox) -> None:
    _, answer = await ask(sandbox, '{ allAdverts(after: "no cursor") { totalCount } }')
    assert answer["errors"][0]["path"] == ["allAdverts"]


@pytest.mark.parametrize("page", [{"last": 2}, {"before": "MQ=="}, {"first": -1}])
def test_a_page_that_the_platform_cannot_give_is_an_error(page: dict[str, Any]) -> None:
    with pytest.raises(GraphQLError):
        connect([1, 2, 3], **page)


def test_a_page_is_50_long_by_default_and_500_at_most() -> None:
    assert [len(connect(range(900), first=first)["nodes"]) for first in (None, 70, 900)] == [50, 70, 500]


async def test_invoices_are_filtered_by_legacy_id_and_by_update(sandbox: Sandbox) -> None:
    invoice = sandbox.store.all("Invoice")[1]
    before = sandbox.store.all("Invoice")[-1]["updatedAt"]
    by_number = "query($n: Int) { invoices(filters: {legacyId: $n}) { nodes { id } } }"
    assert (await data(sandbox, by_number, {"n": 2}))["invoices"]["nodes"] == [{"id": invoice["id"]}]
    sandbox.change("Invoice", invoice["id"])
    since = """query($s: ISO8601DateTime) {
        invoices(filters: {updatedSince: $s}, sort: {fields: [UPDATED_AT], ordering: DESCENDING}) { nodes { id } } }"""
    found = (await data(sandbox, since, {"s": before}))["invoices"]["nodes"]
    assert found[0] == {"id": invoice["id"]}
    assert len(found) == 2


async def test_adverts_where_lists_nothing_without_a_filter(sandbox: Sandbox) -> None:
    assert (await data(sandbox, "{ advertsWhere { totalCount } }"))["advertsWhere"]["totalCount"] == 0
    assert (await data(sandbox, "{ advertsWhere(legacyIds: [1, 2]) { totalCount } }"))["advertsWhere"][
        "totalCount"
    ] == 2


async def test_external_ids_are_found_by_key_and_value(sandbox: Sandbox) -> None:
    seller = sandbox.store.all("Seller")[0]
    query = '{ externalIds(key: "erp", value: "V-00001") { owner { __typename id } } }'
    assert (await data(sandbox, query))["externalIds"] == [{"owner": {"__typename": "Seller", "id": seller["id"]}}]


async def test_an_operators_key_has_no_seller_and_a_sellers_key_has_one(sandbox: Sandbox) -> None:
    assert (await data(sandbox, "{ apiKeyPrincipal { seller { id } } }"))["apiKeyPrincipal"] == {"seller": None}
    async with Sandbox(adverts=3, role="seller") as own:
        principal = (await data(own, "{ apiKeyPrincipal { seller { id } } }"))["apiKeyPrincipal"]
        assert principal == {"seller": {"id": own.store.all("Seller")[0]["id"]}}


async def test_a_seller_who_selects_an_invoices_order_gets_an_error_at_its_path() -> None:
    async with Sandbox(adverts=3, role="seller") as sandbox:
        own = sandbox.store.all("Seller")[0]
        ids = [one["id"] for one in sandbox.store.all("Invoice") if one["seller"] is own][:2]
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Invoice { order { id } } } }"
        status, answer = await ask(sandbox, query, {"ids": ids})
        assert status == 200
        assert [error["path"] for error in answer["errors"]] == [["nodes", 0, "order"], ["nodes", 1, "order"]]
        assert answer["data"] == {"nodes": [None, None]}


async def test_each_request_is_in_the_journal_with_its_name_and_its_ids(sandbox: Sandbox) -> None:
    ids = [advert["id"] for advert in sandbox.store.all("Advert")[:5]]
    await data(sandbox, NODES.replace("query(", "query Products("), {"ids": ids})
    await ask(sandbox, "{ oops }")
    await ask(sandbox, "mutation { webhookCreate(input: {}) { status } }")
    first, second, _ = sandbox.journal.calls()
    assert (first.operation, first.ids, first.errors, first.status) == ("Products", 5, (), 200)
    assert "oops" in second.errors[0]
    assert (sandbox.journal.http_requests, sandbox.journal.objects_fetched) == (3, 5)
    assert [call.field for call in sandbox.journal.webhook_calls] == ["webhookCreate"]


async def test_a_mutation_answers_the_id_that_the_client_gave_it(sandbox: Sandbox) -> None:
    mutation = """mutation($id: ID!) { advertPublishedUpdate(input: {id: $id, published: true, clientMutationId: "7"}) {
        clientMutationId status } }"""
    answer = await data(sandbox, mutation, {"id": sandbox.store.all("Advert")[0]["id"]})
    assert answer["advertPublishedUpdate"] == {"clientMutationId": "7", "status": 200}


async def test_the_reasons_of_refunds_are_those_that_the_seeded_ones_have(sandbox: Sandbox) -> None:
    query = "{ refundReasons { preDispatchRefundReasons postDispatchRefundReasons denyRefundReasons } }"
    reasons = (await data(sandbox, query))["refundReasons"]
    used = {line["reason"] for line in sandbox.store.all("RefundRequestLineItem")}
    assert used
    assert used <= set(reasons["preDispatchRefundReasons"]) == set(reasons["postDispatchRefundReasons"])
    assert len(reasons["denyRefundReasons"]) > 1
