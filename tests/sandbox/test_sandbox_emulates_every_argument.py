"""No root field of the bundled schema, and no argument of one, is without effect or an error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from sandbox_documents import read_schema

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.querying import arguments
from marketplacer_callback.sandbox.querying.roots import ROOTS
from marketplacer_callback.sandbox.webhooks.roots import WEBHOOK_ROOTS

QUERY = read_schema().graphql.query_type
assert QUERY is not None
FIELDS = QUERY.fields
SAMPLES: dict[str, Any] = {
    "Boolean": True,
    "Float": 1.5,
    "ID": "QWR2ZXJ0LTE=",
    "ISO8601Date": "2024-05-01",
    "ISO8601DateTime": "2024-05-01",
    "Int": 1,
    "String": "x",
}
REFUSED = {"before": "not supported", "last": "not supported", "after": "not a cursor", "webhookId": "No object found"}
ARGUMENTS = [(field, name) for field, one in FIELDS.items() for name in one.args]


@pytest.fixture(scope="module")
def market() -> Sandbox:
    return Sandbox(adverts=6)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """What is logged, with nothing told before."""
    monkeypatch.setattr(arguments, "_told", set())
    caplog.set_level(logging.WARNING)
    return caplog


def values(type_: Any) -> Iterator[Any]:
    """Values of an input type: each enum value, each field of an input object on its own."""
    if is_non_null_type(type_):
        yield from values(type_.of_type)
    elif is_list_type(type_):
        yield from ([value] for value in values(type_.of_type))
    elif isinstance(type_, GraphQLEnumType):
        yield from type_.values
    elif isinstance(type_, GraphQLInputObjectType):
        required = {name: next(values(one.type)) for name, one in type_.fields.items() if is_required_input_field(one)}
        for name, one in type_.fields.items():
            yield from ({**required, name: value} for value in values(one.type))
    else:
        yield SAMPLES[type_.name]


def asked(market: Sandbox, field: str, given: dict[str, Any]) -> dict[str, Any]:
    args = FIELDS[field].args
    required = {name: next(values(one.type)) for name, one in args.items() if is_required_argument(one)}
    if field == "order":
        required = {"orderId": market.store.all("Order")[0]["id"]}
    variables = required | given
    declared = ", ".join(f"${name}: {args[name].type}" for name in variables)
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    head, tail = (f"query({declared})", f"({passed})") if variables else ("query", "")
    return market.executor.run(f"{head} {{ {field}{tail} {{ __typename }} }}", variables, None, market.request())


@pytest.mark.parametrize("field", FIELDS)
def test_every_root_field_is_emulated(market: Sandbox, warnings: pytest.LogCaptureFixture, field: str) -> None:
    answer = asked(market, field, {})
    assert "errors" not in answer
    assert answer["data"][field] is not None
    assert field in {**ROOTS, **WEBHOOK_ROOTS}
    assert warnings.records == []


@pytest.mark.parametrize(("field", "name"), ARGUMENTS)
def test_every_argument_of_every_root_field_is_emulated(
    market: Sandbox, warnings: pytest.LogCaptureFixture, field: str, name: str
) -> None:
    for value in values(FIELDS[field].args[name].type):
        if (field, name) == ("order", "orderId"):
            value = market.store.all("Order")[0]["id"]
        answer = asked(market, field, {name: value})
        errors = [error["message"] for error in answer.get("errors", [])]
        assert [REFUSED.get(name, "no error") in message for message in errors] == ([True] if name in REFUSED else [])
    assert warnings.records == []


def test_the_bundled_schema_has_every_argument_of_the_published_one(shared: Path) -> None:
    theirs, ours = read_schema(shared / "marketplacer/schema-2023.graphqls").graphql, read_schema().graphql
    published = theirs.query_type
    assert published is not None
    missing = {
        field: set(published.fields[field].args) - set(one.args)
        for field, one in FIELDS.items()
        if set(published.fields[field].args) - set(one.args)
    }
    assert missing == {}
    inputs = {get_named_type(one.type).name for field in FIELDS.values() for one in field.args.values()}
    for name in inputs:
        if isinstance(ours.type_map[name], GraphQLInputObjectType):
            assert set(ours.type_map[name].fields) == set(theirs.type_map[name].fields), name  # type: ignore[attr-defined]


def test_an_argument_of_another_schema_is_ignored_with_one_warning(
    tmp_path: Path, warnings: pytest.LogCaptureFixture
) -> None:
    text = (files("marketplacer_callback.api") / "schema.graphqls").read_text("utf-8")
    text = text.replace("  allAdverts(\n", "  allAdverts(\n    colour: String = null\n    loud: Boolean = false\n")
    text = text.replace("input InvoiceFilters {\n", "input InvoiceFilters {\n  mood: String = null\n")
    text = text.replace("  images(after: String, first: Int)", "  images(after: String, first: Int, shape: String)")
    path = tmp_path / "schema.graphqls"
    path.write_text(text)
    market = Sandbox(adverts=3, schema=path)
    document = """{ allAdverts(colour: "mauve", loud: false) {
            nodes { ... on Advert { images(shape: "round") { totalCount } } } }
        invoices(filters: {mood: "bright", legacyId: 1}) { totalCount } }"""
    for _ in range(2):
        answer = market.executor.run(document, None, None, market.request())
        assert "errors" not in answer
        assert len(answer["data"]["allAdverts"]["nodes"]) == 3
        assert answer["data"]["invoices"] == {"totalCount": 1}
    told = [(record.message, record.__dict__["fields"]["argument"]) for record in warnings.records]
    assert sorted(told) == [
        ("sandbox.argument_ignored", "Advert.images(shape:)"),
        ("sandbox.argument_ignored", "Query.allAdverts(colour:)"),
        ("sandbox.argument_ignored", "Query.invoices(filters:)(mood:)"),
    ]
    assert "mauve" not in json.dumps(told)


def test_relations_are_narrowed_by_their_arguments() -> None:
    market = Sandbox(adverts=2)
    advert = market.store.all("Advert")[0]
    golden, product = market.store.all("GoldenProductVariant")[0], market.store.all("GoldenProduct")[0]
    hidden, *shown = [variant["id"] for variant in advert["variants"]]
    assert shown
    for id_ in (hidden, *shown):
        market.change("Variant", id_, goldenProductVariant=golden["id"])
    market.change("Variant", hidden, displayable=False)
    for one, online in zip(market.store.all("Advert"), (True, False), strict=True):
        market.change("Advert", one["id"], displayable=online, goldenProduct=product["id"])
    everything, root = market.store.all("Taxon")[1:3], market.store.all("Taxon")[0]
    market.change("Advert", advert["id"], taxonNullable=everything[0]["id"], taxon=everything[0]["id"])
    document = """query($advert: ID!, $golden: ID!, $product: ID!, $taxon: ID!, $only: Boolean) {
        advert: node(id: $advert) { ... on Advert { variants(displayableOnly: $only) { nodes { id } } } }
        golden: node(id: $golden) { ... on GoldenProductVariant { variants(displayableOnly: $only) { nodes { id } } } }
        product: node(id: $product) { ... on GoldenProduct { adverts(displayableOnly: $only) { nodes { id } } } }
        taxon: node(id: $taxon) { ... on Taxon { children(showOnlineOnly: $only) { nodes { id } } } } }"""
    ids = {"advert": advert["id"], "golden": golden["id"], "product": product["id"], "taxon": root["id"]}

    def found(only: bool | None) -> list[list[str]]:
        data = market.executor.run(document, ids | {"only": only}, None, market.request())["data"]
        connections = [next(iter(data[name].values())) for name in ("advert", "golden", "product", "taxon")]
        return [[node["id"] for node in one["nodes"]] for one in connections]

    adverts = [one["id"] for one in market.store.all("Advert")]
    below = [one["id"] for one in market.store.all("Taxon") if one.get("parent") is root]
    assert found(None) == found(False) == [[hidden, *shown], [hidden, *shown], adverts, below]
    assert found(True) == [shown, shown, adverts[:1], [everything[0]["id"]]]


def test_a_categorys_tree_name_has_the_separator_that_is_asked_for() -> None:
    market = Sandbox(adverts=1)
    root, child = market.store.all("Taxon")[:2]
    document = 'query($id: ID!) { node(id: $id) { ... on Taxon { a: treeName b: treeName(separator: "/") } } }'
    shown = market.executor.run(document, {"id": child["id"]}, None, market.request())["data"]["node"]
    assert shown == {"a": f"{root['title']} - {child['title']}", "b": f"{root['title']}/{child['title']}"}
