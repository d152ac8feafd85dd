"""A schema that calls its fields and types as the platform does, and means something else by them, is served too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketplacer_callback.documents import load_schema
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.mutations import MUTATIONS
from marketplacer_callback.sandbox.querying.alike import alike
from marketplacer_callback.sandbox.querying.roots import ROOTS

PAGE = "type PageInfo { endCursor: String, hasNextPage: Boolean! }"


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    def answer(sdl: str, text: str) -> dict[str, Any]:
        path = tmp_path / "odd.graphqls"
        path.write_text(sdl)
        market = Sandbox(adverts=5, schema=path)
        return market.executor.run(text, None, None, market.request())

    return answer


Serve = Callable[[str, str], dict[str, Any]]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("node(key: String!): Thing!", '{ node(key: "a") { id } }'),
        ("node(key: String!, id: ID): Thing!", '{ node(key: "a") { id } }'),
        ("nodes: [Thing!]!", "{ nodes { id } }"),
        ("order(id: ID!): Thing!", '{ order(id: "x") { id } }'),
        ("order: String!", "{ order }"),
        ("invoices: [Thing!]!", "{ invoices { id } }"),
        ("webhooks: Int!", "{ webhooks }"),
        ("externalIds(first: Int): Int!", "{ externalIds(first: 1) }"),
        ("apiKeyPrincipal: Boolean!", "{ apiKeyPrincipal }"),
    ],
)
def test_a_root_field_of_another_form_is_made_up(serve: Serve, fields: str, text: str) -> None:
    answer = serve(f"type Thing {{ id: ID! }} type Query {{ {fields} }}", text)
    assert "errors" not in answer
    assert next(iter(answer["data"].values())) is not None


@pytest.mark.parametrize(
    "mutation", ["advertUpsert(title: String): Boolean!", "webhookCreate(input: String): Boolean!"]
)
def test_a_mutation_of_another_form_is_made_up(serve: Serve, mutation: str) -> None:
    name = mutation.partition("(")[0]
    answer = serve(f"type Query {{ a: Int }} type Mutation {{ {mutation} }}", f"mutation {{ {name} }}")
    assert "errors" not in answer
    assert isinstance(answer["data"][name], bool)


def test_a_root_field_with_further_arguments_is_emulated(serve: Serve) -> None:
    sdl = """interface Node { id: ID! } type Advert implements Node { id: ID! } type APIKeyPrincipal { name: String }
        type Query { node(id: ID!, locale: String): Node, nodes(ids: [ID!]!, locale: String): [Node]!
        apiKeyPrincipal(locale: String): APIKeyPrincipal }"""
    id_ = '"QWR2ZXJ0LTE="'
    text = f'{{ node(id: {id_}, locale: "en") {{ id }} nodes(ids: [{id_}], locale: "en") {{ id }} '
    answer = serve(sdl, text + 'apiKeyPrincipal(locale: "en") { name } }')
    assert answer == {
        "data": {
            "node": {"id": "QWR2ZXJ0LTE="},
            "nodes": [{"id": "QWR2ZXJ0LTE="}],
            "apiKeyPrincipal": {"name": "Sandbox operator"},
        }
    }


def test_a_list_with_another_sort_lists_what_there_is(serve: Serve) -> None:
    sdl = f"""{PAGE} type Advert {{ id: ID! }} type AdvertConnection {{ nodes: [Advert!]!, pageInfo: PageInfo! }}
        type Query {{ allAdverts(first: Int, sort: String): AdvertConnection! }}"""
    answer = serve(sdl, '{ allAdverts(first: 2, sort: "newest") { nodes { id } pageInfo { hasNextPage } } }')
    assert answer == {
        "data": {
            "allAdverts": {
                "nodes": [{"id": "QWR2ZXJ0LTE="}, {"id": "QWR2ZXJ0LTI="}],
                "pageInfo": {"hasNextPage": True},
            }
        }
    }


def test_a_connection_may_have_edges_alone(serve: Serve) -> None:
    sdl = f"""{PAGE} interface Node {{ id: ID! }} type Thing implements Node {{ id: ID!, parts: ThingConnection! }}
        type ThingEdge {{ cursor: String!, node: Thing }}
        type ThingConnection {{ edges: [ThingEdge!]!, pageInfo: PageInfo! }}
        type Query {{ node(id: ID!): Node, things(first: Int): ThingConnection! }}"""
    part = "edges { cursor node { id } }"
    answer = serve(sdl, f"{{ things {{ edges {{ node {{ id parts {{ {part} }} }} }} pageInfo {{ hasNextPage }} }} }}")
    assert "errors" not in answer
    answer = serve(sdl, f'{{ node(id: "VGhpbmctMQ==") {{ ... on Thing {{ id parts {{ {part} }} }} }} }}')
    assert "errors" not in answer
    assert answer["data"]["node"]["id"] == "VGhpbmctMQ=="


def test_an_abstract_type_that_nothing_is_of_is_null(serve: Serve) -> None:
    sdl = "interface Lonely { x: Int } type Query { one: Lonely, many: [Lonely!]!, other: Boolean! }"
    answer = serve(sdl, "{ one { x } many { x } other }")
    assert "errors" not in answer
    assert answer["data"]["one"] is None
    assert answer["data"]["many"] == []


@pytest.mark.parametrize("money", ["amount: String!", "formatted: String!", "x: Int"])
def test_money_may_be_another_type_than_the_platforms(serve: Serve, money: str) -> None:
    field = money.partition(":")[0]
    answer = serve(f"type Money {{ {money} }} type Query {{ price: Money! }}", f"{{ price {{ {field} }} }}")
    assert "errors" not in answer
    assert answer["data"]["price"][field] is not None


def test_root_types_may_have_other_names(serve: Serve) -> None:
    sdl = """schema { query: Root, mutation: Change } type Root { brands: [Query!]! } type Query { x: Int! }
        type Change { poke(times: Int!): Query! }"""
    assert "errors" not in serve(sdl, "{ __typename brands { x } }")
    assert "errors" not in serve(sdl, "mutation { __typename poke(times: 3) { __typename x } }")


def test_the_published_schema_is_emulated_wherever_the_bundled_one_is(shared: Path) -> None:
    published = load_schema(shared / "marketplacer" / "schema-2023.graphqls").graphql
    emulated = {**ROOTS, **MUTATIONS}
    assert alike(published, load_schema(None).graphql, emulated).keys() == emulated.keys()
