"""Properties: no text crashes a check, and a batch answers what single requests answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fake_platform import answer
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.documents import Schema, check, load_schema, validate_text
from marketplacer_callback.documents.rewrite import rewrite

SCHEMA = load_schema(None)
ROOTS = ("Advert", "Invoice", "Order", "RefundRequest", "RemittanceAdvice", "Seller", "UnpublishedAdvert", "Variant")
DEFAULTS = [path.read_text() for path in sorted(default_queries().rglob("*.graphql"))]


class Writer:
    """Draws a document: fields, aliases, directives, inline and named fragments."""

    def __init__(self, draw: Callable, schema: GraphQLSchema) -> None:
        self.draw, self.schema = draw, schema
        self.fragments: list[str] = []
        self.aliases = 0

    def selection(self, kind: object, depth: int) -> str:
        if not isinstance(kind, GraphQLObjectType):
            return self.abstract(kind, depth)
        names = [
            name
            for name, field in kind.fields.items()
            if not any(is_required_argument(argument) for argument in field.args.values())
            and (depth > 0 or is_leaf_type(get_named_type(field.type)))
        ]
        chosen = self.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
        return " ".join(self.field(kind, name, depth) for name in chosen)

    def field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        inner = get_named_type(kind.fields[name].type)
        self.aliases += 1
        wish = self.draw(st.sampled_from(["", "f", "mcb_id", "mcb_typename"]))
        # Numbered: one name for two fields, or for one field with two selections, may not be valid.
        alias = f"{wish or 'g'}{self.aliases}: " if wish or not is_leaf_type(inner) else ""
        directive = self.draw(st.sampled_from(["", "", "", " @include(if: true)", " @skip(if: true)"]))
        body = "" if is_leaf_type(inner) else f" {{ {self.selection(inner, depth - 1)} }}"
        return self.wrapped(f"{alias}{name}{directive}{body}", kind.name)

    def wrapped(self, text: str, typename: str) -> str:
        style = self.draw(st.sampled_from(["plain", "plain", "plain", "inline", "named"]))
        if style == "named":
            self.fragments.append(f"fragment F{len(self.fragments)} on {typename} {{ {text} }}")
            return f"...F{len(self.fragments) - 1}"
        return f"... on {typename} {{ {text} }}" if style == "inline" else text

    def abstract(self, kind: object, depth: int) -> str:
        assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
        members = sorted(member.name for member in self.schema.get_possible_types(kind))
        member = self.draw(st.sampled_from(members))
        return f"__typename ... on {member} {{ {self.selection(self.schema.type_map[member], depth - 1)} }}"


@st.composite
def documents(draw: Callable) -> tuple[str, str]:
    writer = Writer(draw, SCHEMA.graphql)
    typename = draw(st.sampled_from(ROOTS))
    body = writer.selection(SCHEMA.graphql.type_map[typename], 3)
    alias = draw(st.sampled_from(["", "advert: ", "nodes: "]))
    variable = draw(st.sampled_from(["id", "ids", "mcb_id"]))
    kept = draw(st.sampled_from(["", "id ", "mcb_id: id ", "mcb_typename: __typename ids: id "]))
    query = f"query Q(${variable}: ID!) {{ {alias}node(id: ${variable}) {{ {kept}... on {typename} {{ {body} }} }} }}"
    return typename, " ".join([query, *writer.fragments])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_a_batch_answers_what_single_requests_answer(made: tuple[str, str], numbers: list[int]) -> None:
    typename, text = made
    schema = SCHEMA.graphql
    assert validate(schema, parse(text)) == []
    texts = rewrite(text)
    assert texts.batched is not None
    assert validate(schema, parse(texts.single)) == []
    assert validate(schema, parse(texts.batched.text)) == []

    ids = [f"{typename}-{number}" for number in numbers] + ["Advert-gone"]
    many = answer(schema, texts.batched.text, {texts.batched.variable: ids})[texts.batched.root]
    for identifier, found in zip(ids, many, strict=True):
        asked = answer(schema, text, {texts.variable: identifier})[texts.root]
        alone = answer(schema, texts.single, {texts.variable: identifier})[texts.root]
        assert alone == found
        if asked is None:
            assert found is None
            continue
        assert found.pop(texts.batched.id_alias) == identifier
        assert found.pop(texts.batched.typename_alias) == typename
        assert found == asked


def assert_within(text: str, line: int, column: int) -> None:
    lines = re.split(r"\r\n|\n|\r", text)
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


@st.composite
def damaged(draw: Callable) -> str:
    text = draw(st.sampled_from(DEFAULTS))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    return text[:start] + draw(st.text(max_size=6) | st.sampled_from("{}()$:!@#\"'\\")) + text[end:]


TOKENS = """query Advert A node ( id : $id ID! ) { } ... on 1 " #"""
GRAPHQL = st.lists(st.sampled_from([*TOKENS.split(), "\n"]), max_size=25).map(" ".join)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60) | GRAPHQL | damaged())
def test_no_text_crashes_a_check_and_every_place_is_within_the_file(text: str) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "any.graphql"
        path.write_bytes(text.encode())
        checked = check(Path(name), role="operator", schema=SCHEMA)
    for problem in (*checked.problems, *validate_text(text, SCHEMA, path)):
        assert problem.path == path
        assert_within(text, problem.line, problem.column)
    assert all(validate(SCHEMA.graphql, parse(document.text)) == [] for document in checked.documents.values())


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=60))
def test_no_bytes_crash_a_check(body: bytes) -> None:
    with TemporaryDirectory() as name:
        (Path(name) / "any.graphql").write_bytes(body)
        checked = check(Path(name), role="seller", schema=SCHEMA)
        assert checked.ok or checked.errors[0].path == Path(name) / "any.graphql"


@pytest.mark.parametrize("text", ['query Q { a(b: "\\ud800") }', "\ud800", "query \x00"])
def test_characters_that_are_none_are_problems(bundled_schema: Schema, text: str) -> None:
    assert validate_text(text, bundled_schema, Path("a.graphql"))
