"""Clients that are sloppy are answered as GraphQL servers answer them, and never by a dropped connection."""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
from typing import Any

import aiohttp
import pytest
from graphql import build_client_schema, get_introspection_query
from sandbox_posting import NAME, advert, post, upsert, values

from marketplacer_callback.sandbox import Sandbox

WHO = {"data": {"apiKeyPrincipal": {"name": "Sandbox operator"}}}
TWO = "query One { apiKeyPrincipal { name } } query Two { apiKeyPrincipal { username } }"
NO_OBJECT = "the body must be a JSON object with query, variables and operationName"
HOME = {
    "address": {
        "address": "1 Main Street",
        "city": "Melbourne",
        "postcode": "3000",
        "state": {"short": "VIC"},
        "country": {"code": "AU"},
    }
}
SITE = {"Authorization": "Basic " + base64.b64encode(b"site:guard").decode()}


async def test_operation_in_place_of_operation_name_is_ignored(sandbox: Sandbox) -> None:
    assert await post(sandbox, {"query": NAME, "operation": "Who"}) == (200, WHO)
    assert await post(sandbox, {"query": NAME, "operation": "Nobody"}) == (200, WHO)
    status, answer = await post(sandbox, {"query": TWO, "operation": "One"})
    assert status == 200
    assert [error["message"] for error in answer["errors"]] == [
        "Must provide operation name if query contains multiple operations."
    ]
    assert "data" not in answer or answer["data"] is None


async def test_the_operation_name_chooses_among_several(sandbox: Sandbox) -> None:
    assert await post(sandbox, {"query": TWO, "operationName": "One"}) == (200, WHO)
    status, answer = await post(sandbox, {"query": TWO, "operationName": "Three"})
    assert (status, answer["errors"][0]["message"]) == (200, "Unknown operation named 'Three'.")
    assert await post(sandbox, {"query": NAME, "operationName": None}) == (200, WHO)
    assert await post(sandbox, {"query": NAME, "operationName": ""}) == (200, WHO)


async def test_variables_that_are_not_declared_are_ignored(sandbox: Sandbox) -> None:
    assert await post(sandbox, {"query": NAME, "variables": {"page": 3, "deep": {"er": []}}}) == (200, WHO)


async def test_a_variable_that_is_used_must_be_declared(sandbox: Sandbox) -> None:
    text = "query Bad { node(id: $id) { id } }"
    status, answer = await post(sandbox, {"query": text, "variables": {"id": advert(sandbox)}})
    assert (status, answer.get("data")) == (200, None)
    assert answer["errors"][0]["message"] == "Variable '$id' is not defined by operation 'Bad'."


async def test_a_bare_value_stands_for_a_list_of_it(sandbox: Sandbox) -> None:
    id_ = advert(sandbox)
    expected = (200, {"data": {"nodes": [{"id": id_}]}})
    text = "query Many($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await post(sandbox, {"query": text, "variables": {"ids": id_}}) == expected
    assert await post(sandbox, {"query": f'{{ nodes(ids: "{id_}") {{ id }} }}'}) == expected


async def test_variables_may_be_null_or_left_out(sandbox: Sandbox) -> None:
    assert await post(sandbox, {"query": NAME, "variables": None}) == (200, WHO)
    assert await post(sandbox, {"query": NAME}) == (200, WHO)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", NO_OBJECT),
        (b"{", NO_OBJECT),
        (b"\xff\xfe\xfd", NO_OBJECT),
        (b"[" * 100_000, NO_OBJECT),
        ("text", NO_OBJECT),
        (17, NO_OBJECT),
        (None, NO_OBJECT),
        ([{"query": NAME}], "the body is a JSON array; requests cannot be sent in batches, send one object"),
        ({}, "query must be a string"),
        ({"query": None}, "query must be a string"),
        ({"query": ["{ brands }"]}, "query must be a string"),
        ({"query": NAME, "variables": []}, "variables must be an object or null"),
        ({"query": NAME, "variables": "{}"}, "variables must be an object or null"),
        ({"query": NAME, "operationName": 1}, "operationName must be a string or null"),
    ],
)
async def test_what_is_no_graphql_request_is_a_400(sandbox: Sandbox, body: object, message: str) -> None:
    assert await post(sandbox, body) == (400, {"errors": [{"message": message}]})


async def test_a_document_that_is_not_graphql_is_an_error_of_the_document(sandbox: Sandbox) -> None:
    status, answer = await post(sandbox, {"query": "{ brands"})
    assert (status, answer["errors"][0]["message"]) == (200, "Syntax Error: Expected Name, found <EOF>.")
    assert answer["errors"][0]["locations"] == [{"line": 1, "column": 9}]


async def test_a_document_that_is_nested_without_end_does_not_bring_it_down(sandbox: Sandbox) -> None:
    status, answer = await post(sandbox, {"query": "{ node " * 20_000})
    assert status in (200, 500)
    assert answer["errors"]
    assert await post(sandbox, {"query": NAME}) == (200, WHO)


async def test_the_content_type_does_not_matter(sandbox: Sandbox) -> None:
    assert await post(sandbox, {"query": NAME}, headers={"Content-Type": "text/plain; charset=utf-8"}) == (200, WHO)


async def test_a_body_may_be_compressed(sandbox: Sandbox) -> None:
    raw = gzip.compress(b'{"query": "query Who { apiKeyPrincipal { name } }"}')
    assert await post(sandbox, raw, headers={"Content-Encoding": "gzip"}) == (200, WHO)
    status, answer = await post(sandbox, b"not compressed at all", headers={"Content-Encoding": "gzip"})
    assert (status, answer["errors"][0]["message"]) == (400, "the body is not what its Content-Encoding says")


async def test_a_body_may_be_huge_up_to_16_mib(sandbox: Sandbox) -> None:
    padding = "x" * (16 * 1024 * 1024 - 200)
    assert await post(sandbox, {"query": NAME, "variables": {"padding": padding}}) == (200, WHO)
    status, answer = await post(sandbox, {"query": NAME, "variables": {"padding": padding + "x" * 300}})
    assert status == 413
    assert answer["errors"][0]["message"] == "the body is larger than 16777216 bytes"


async def test_only_post_is_answered(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.get(sandbox.url, params={"query": NAME}) as answer:
        assert answer.status == 405


async def test_a_client_that_always_sends_basic_is_let_in_by_its_key(sandbox: Sandbox) -> None:
    body = {"query": NAME}
    assert await post(sandbox, body, headers={**SITE, "MARKETPLACER-API-KEY": "sandbox-key"}) == (200, WHO)
    assert await post(sandbox, body, headers=SITE) == (401, {"errors": [{"message": "API Token has expired"}]})


async def test_three_hundred_mutations_at_once_are_all_answered_and_have_all_acted(sandbox: Sandbox) -> None:
    owners = [advert(sandbox, place) for place in range(20)]
    before = {owner: sandbox.store.version("Advert", owner) for owner in owners}
    headers = {"Authorization": "Bearer sandbox-key"}

    async def one(session: aiohttp.ClientSession, number: int) -> tuple[int, dict[str, Any]]:
        body = upsert(owners[number % 20], str(number), key=f"key-{number}")
        async with session.post(sandbox.url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        answers = await asyncio.gather(*(one(session, number) for number in range(300)))
    made = [answer["data"]["externalIdUpsert"] for status, answer in answers if status == 200]
    assert [entry["externalId"]["value"] for entry in made] == [str(number) for number in range(300)]
    assert {(entry["status"], str(entry["errors"])) for entry in made} == {(200, "None")}
    assert len({entry["externalId"]["id"] for entry in made}) == 300
    for number in range(300):
        assert values(sandbox, owners[number % 20], f"key-{number}") == [str(number)]
    assert {owner: sandbox.store.version("Advert", owner) - before[owner] for owner in owners} == dict.fromkeys(
        owners, 15
    )


async def test_three_hundred_orders_at_once_are_three_hundred_orders() -> None:
    text = """mutation Buy($order: OrderInput!, $lines: [LineItemInput!]!) {
      orderCreate(input: {order: $order, lineItems: $lines}) {
        status errors { field messages }
        order { id invoices(first: 5) { nodes { id lineItems { id quantity } } } }
      }
    }"""
    async with Sandbox(adverts=30) as sandbox:
        before = len(sandbox.store.all("Order"))
        variants = [record["id"] for record in sandbox.store.all("Variant")]
        headers = {"Authorization": "Bearer sandbox-key"}

        async def one(session: aiohttp.ClientSession, number: int) -> dict[str, Any]:
            line = {"variantId": variants[0], "quantity": 1, "cost": {"amount": 100}, "postage": {"amount": 0}}
            buyer = {"firstName": "A", "surname": str(number), "emailAddress": "a@example.com", "phone": "1", **HOME}
            body = {"query": text, "variables": {"order": buyer, "lines": line}}
            async with session.post(sandbox.url, json=body, headers=headers) as answer:
                assert answer.status == 200
                made: dict[str, Any] = (await answer.json())["data"]["orderCreate"]
                return made

        sandbox.change("Variant", variants[0], countOnHand=300, infiniteQuantity=False)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            made = await asyncio.gather(*(one(session, number) for number in range(300)))
        assert {str(entry["errors"]) for entry in made} == {"None"}
        ids = [entry["order"]["id"] for entry in made]
        invoices = [invoice for entry in made for invoice in entry["order"]["invoices"]["nodes"]]
        assert (len(set(ids)), len({invoice["id"] for invoice in invoices})) == (300, 300)
        assert len({line["id"] for invoice in invoices for line in invoice["lineItems"]}) == 300
        assert len(sandbox.store.all("Order")) == before + 300
        assert {sandbox.store.get(id_)["surname"] for id_ in ids} == {str(number) for number in range(300)}  # type: ignore[index]
        assert sandbox.store.get(variants[0])["countOnHand"] == 0  # type: ignore[index]


async def test_introspection_is_answered(sandbox: Sandbox) -> None:
    status, answer = await post(sandbox, {"query": get_introspection_query(), "operationName": "IntrospectionQuery"})
    assert (status, answer.get("errors")) == (200, None)
    assert "Advert" in build_client_schema(answer["data"]).type_map


async def test_a_sandbox_that_is_broken_answers_all_the_same_and_logs_where(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    del sandbox.executor
    with caplog.at_level(logging.ERROR, "marketplacer_callback.sandbox"):
        assert await post(sandbox, {"query": NAME}) == (
            500,
            {"errors": [{"message": "the sandbox failed at this request; its log says where"}]},
        )
    [record] = caplog.records
    assert (record.message, record.exc_info is not None) == ("sandbox.failed", True)


async def test_a_resolver_that_breaks_is_an_error_at_its_path_and_a_traceback_in_the_log(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    id_ = advert(sandbox)
    sandbox.store.all("Advert")[0]["variants"] = 17  # what no relation can be
    text = "query Broken($id: ID!) { node(id: $id) { id ... on Advert { variants { totalCount } } } }"
    with caplog.at_level(logging.ERROR, "marketplacer_callback.sandbox"):
        status, answer = await post(sandbox, {"query": text, "variables": {"id": id_}})
    assert status == 200
    assert [error["path"] for error in answer["errors"]] == [["node", "variants"]]
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.message == "sandbox.resolver_failed"


async def test_a_chain_of_fragments_too_long_to_be_followed_is_an_error_of_the_document(sandbox: Sandbox) -> None:
    chain = " ".join(f"fragment F{number} on Query {{ ...F{number + 1} }}" for number in range(2000))
    query = f"{{ ...F0 }} {chain} fragment F2000 on Query {{ __typename }}"
    status, answer = await post(sandbox, {"query": query})
    assert status == 200
    assert "data" not in answer
    assert len(answer["errors"]) == 1
