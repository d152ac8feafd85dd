"""The rewrite of ``node(id:)`` to ``nodes(ids:)``: what is rewritten to what, and what is left alone, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, print_ast, validate

from marketplacer_callback.documents import check, load_schema
from marketplacer_callback.documents.rewrite import rewrite


def same(left: str, right: str) -> bool:
    return print_ast(parse(left)) == print_ast(parse(right))


def test_a_node_query_takes_a_list_of_ids():
    rewritten = rewrite("query Advert($id: ID!) { node(id: $id) { id ...P } } fragment P on Advert { title }")
    assert rewritten.batched is not None
    assert same(
        rewritten.batched.text,
        "query Advert($ids: [ID!]!) { node: nodes(ids: $ids) { mcb_id: id mcb_typename: __typename id ...P } }"
        " fragment P on Advert { title }",
    )
    assert (rewritten.batched.variable, rewritten.batched.root) == ("ids", "node")
    assert same(
        rewritten.single,
        "query Advert($id: ID!) { node(id: $id) { mcb_id: id mcb_typename: __typename id ...P } }"
        " fragment P on Advert { title }",
    )
    assert (rewritten.variable, rewritten.root, rewritten.unbatchable) == ("id", "node", None)


def test_the_root_alias_is_kept():
    rewritten = rewrite("query A($id: ID!) { advert: node(id: $id) { id } }")
    assert rewritten.batched is not None
    assert rewritten.root == rewritten.batched.root == "advert"
    assert "advert: nodes(ids: $ids)" in rewritten.batched.text


def test_the_private_names_avoid_those_of_the_document():
    rewritten = rewrite("query A($ids: ID!) { node(id: $ids) { mcb_id: id ...F } } fragment F on Node { mcb_typename }")
    assert rewritten.batched is not None
    assert rewritten.batched.id_alias == rewritten.id_alias == "mcb_id_"
    assert rewritten.batched.typename_alias == rewritten.typename_alias == "mcb_typename_"
    assert rewritten.batched.variable == "ids"
    assert rewritten.variable == "ids"


def test_directives_and_arguments_below_the_root_are_kept(bundled_schema):
    text = """
      query A($id: ID!) {
        node(id: $id) { id @skip(if: false) ... on Advert @include(if: true) { images(first: 3) { totalCount } } }
      }"""
    rewritten = rewrite(text)
    assert rewritten.batched is not None
    assert "images(first: 3)" in rewritten.batched.text
    assert "@include(if: true)" in rewritten.batched.text
    assert validate(bundled_schema.graphql, parse(rewritten.batched.text)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("query A($id: ID!) { node(id: $id) { id } other: node(id: $id) { id } }", "more than one root field"),
        ("query A($id: ID!) { ... on Query { node(id: $id) { id } } }", "inside of a fragment"),
        ("query A($id: ID!) { ...R } fragment R on Query { node(id: $id) { id } }", "inside of a fragment"),
        ("query A($id: ID!) @skip(if: false) { node(id: $id) { id } }", "directive"),
        ("query A($id: ID!, $n: Int) { node(id: $id) { id } }", "variables beside $id"),
        ('query A($id: ID! = "x") { node(id: $id) { id } }', "default value"),
        ("query A($id: ID!) { node(id: $id) { id ... on X { y(z: $id) } } }", "used in other places"),
        ("query A($id: ID!) { node(id: $id) { ...F } } fragment F on X { y(z: [$id]) }", "used in other places"),
    ],
)
def test_what_cannot_be_batched_is_sent_for_one_id(text, why):
    rewritten = rewrite(text)
    assert rewritten.batched is None
    assert why in str(rewritten.unbatchable)
    assert (rewritten.variable, rewritten.root) == ("id", "node")
    assert "mcb_id: id" in rewritten.single


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mutation A($id: ID!) { node(id: $id) { id } }", "it is a mutation"),
        ('query A { node(id: "literal") { id } }', "no root field node(id: $id)"),
        ("query A($id: ID!) { order(orderId: $id) { id } }", "no root field node(id: $id)"),
        ("query A($ids: [ID!]!) { nodes(ids: $ids) { id } }", "no root field node(id: $id)"),
        ("query A($id: ID!, $n: Int!) { node(id: $id) { id } }", "it needs $n beside $id"),
        ("query A($id: ID!) { node(id: $id) }", "no root field node(id: $id)"),
    ],
)
def test_what_does_not_read_one_object_by_its_id_is_left_as_it_is(text, why):
    rewritten = rewrite(text)
    assert rewritten.batched is None
    assert why in str(rewritten.unbatchable)
    assert (rewritten.variable, rewritten.root, rewritten.single) == ("", "", text)


def test_the_same_text_is_rewritten_once():
    text = "query Cached($id: ID!) { node(id: $id) { id } }"
    assert rewrite(text) is rewrite(text)


def test_a_schema_without_nodes_makes_every_document_one_request_an_object(tmp_path: Path) -> None:
    schema = tmp_path / "schema.graphqls"
    schema.write_text(
        "interface Node { id: ID! } type Seller implements Node { id: ID! } type Query { node(id: ID!): Node }"
    )
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "Seller.graphql").write_text("query Seller($id: ID!) { node(id: $id) { __typename id } }")
    checked = check(queries, role="operator", schema=load_schema(schema))
    assert checked.ok
    assert checked.documents["Seller"].batched is None
    assert any("no nodes(ids: [ID!]!)" in problem.message for problem in checked.problems)
