"""The bundled schema claims nothing that the platform does not have, and it has what the library needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    validate_schema,
)
from graphql.type.introspection import is_introspection_type

from marketplacer_callback.documents import Schema, load_schema
from marketplacer_callback.documents.schema import BUNDLED_SCHEMA
from marketplacer_callback.errors import DocumentError
from marketplacer_callback.typenames import FOLLOWED_THROUGH, WEBHOOK_TYPES

PUBLISHED = "marketplacer/schema-2023.graphqls"
BUNDLED_TYPES = [
    name
    for name, kind in load_schema(None).graphql.type_map.items()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
]
MAIN_TYPES = sorted([*WEBHOOK_TYPES, *FOLLOWED_THROUGH.keys() - {"Brand", "Inventory"}])


@pytest.fixture(scope="module")
def published(shared: Path) -> GraphQLSchema:
    return load_schema(shared / PUBLISHED).graphql


def deprecated(part: object) -> bool:
    return getattr(part, "deprecation_reason", None) is not None


def same_input(ours: GraphQLArgument | GraphQLInputField, theirs: GraphQLArgument | GraphQLInputField) -> None:
    assert str(ours.type) == str(theirs.type)
    assert ours.default_value == theirs.default_value
    assert deprecated(ours) == deprecated(theirs)


@pytest.mark.parametrize("name", BUNDLED_TYPES)
def test_every_part_of_a_type_is_published_so(name: str, bundled_schema: Schema, published: GraphQLSchema) -> None:
    ours, theirs = bundled_schema.graphql.type_map[name], published.type_map[name]
    assert type(ours) is type(theirs)
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        compare_fields(ours, theirs)
    elif isinstance(ours, GraphQLInputObjectType):
        assert isinstance(theirs, GraphQLInputObjectType)
        for field_name, field in ours.fields.items():
            same_input(field, theirs.fields[field_name])
        missing = [field for key, field in theirs.fields.items() if key not in ours.fields]
        assert not any(is_required_input_field(field) for field in missing)
    elif isinstance(ours, GraphQLEnumType):
        assert isinstance(theirs, GraphQLEnumType)
        assert {key: deprecated(value) for key, value in ours.values.items()} == {
            key: deprecated(value) for key, value in theirs.values.items()
        }
    elif isinstance(ours, GraphQLUnionType):
        assert isinstance(theirs, GraphQLUnionType)
        assert [member.name for member in ours.types] == [member.name for member in theirs.types]


def compare_fields(ours: GraphQLNamedType, theirs: GraphQLNamedType) -> None:
    assert isinstance(ours, GraphQLObjectType | GraphQLInterfaceType)
    assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
    assert {interface.name for interface in ours.interfaces} == {interface.name for interface in theirs.interfaces}
    for name, field in ours.fields.items():
        other = theirs.fields[name]
        assert str(field.type) == str(other.type)
        assert deprecated(field) == deprecated(other)
        for argument_name, argument in field.args.items():
            same_input(argument, other.args[argument_name])
        missing = [argument for key, argument in other.args.items() if key not in field.args]
        assert not any(is_required_argument(argument) for argument in missing)


@pytest.mark.parametrize("name", MAIN_TYPES)
def test_the_main_types_have_every_published_scalar_and_enum(
    name: str, bundled_schema: Schema, published: GraphQLSchema
) -> None:
    ours, theirs = bundled_schema.graphql.type_map[name], published.type_map[name]
    assert isinstance(ours, GraphQLObjectType)
    assert isinstance(theirs, GraphQLObjectType)
    wanted = {key for key, field in theirs.fields.items() if is_leaf_type(unwrapped(field.type))}
    assert wanted <= set(ours.fields)


def unwrapped(kind: object) -> object:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind


@pytest.mark.parametrize("name", MAIN_TYPES)
def test_every_type_with_events_can_be_fetched_as_a_node(name: str, bundled_schema: Schema) -> None:
    node = bundled_schema.graphql.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert name in {member.name for member in bundled_schema.graphql.get_possible_types(node)}


def test_every_mutation_of_the_facts_is_there(shared: Path, bundled_schema: Schema) -> None:
    text = (shared / "marketplacer/facts.md").read_text()
    names = set(re.findall(r"^(\w+)\(input: \w+!\)", text, re.MULTILINE))
    assert len(names) > 30
    mutation = bundled_schema.graphql.mutation_type
    assert mutation is not None
    assert names <= set(mutation.fields)


def test_it_is_valid_short_and_without_prose(bundled_schema: Schema) -> None:
    text = BUNDLED_SCHEMA.read_text()
    assert validate_schema(bundled_schema.graphql) == []
    assert '"' not in re.sub(r'= "[^"]*"', "", text)
    assert text.count("#") == 1
    # Parsing is what a process pays at start: about a millisecond a kilobyte.
    assert len(text) < 80_000
    assert max(map(len, text.splitlines())) <= 120


def test_there_is_no_subscription_root_even_if_a_type_has_that_name(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphqls"
    path.write_text("type Query { a: Subscription } type Subscription { email: String }")
    schema = load_schema(path).graphql
    assert schema.subscription_type is None
    assert "Subscription" in schema.type_map


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("type Query {\n  a: Int\n", ":3:1:", "not valid SDL"),
        ("type Query { a: Unknown }", ":", "Unknown"),
        ("type A { a: Int }", ":", "Query root"),
        ("type Query { a: Int }\ntype Query { b: Int }", ":", "Query"),
        ("type Query {}", ":1:13:", "not valid SDL"),
        ("type Query { a: Int }\ninput I { a: Query }", ":", "Input field type must be"),
        ("type Query {\n  __a: Int }", ":2:3:", "__a"),
        ("{" * 20_000, ":", "not valid SDL"),
        ("type Query { a(b: Int = " + "[" * 20_000, ":", "nested too deeply"),
    ],
)
def test_a_bad_schema_is_an_error_with_its_place(tmp_path: Path, text: str, where: str, words: str) -> None:
    path = tmp_path / "schema.graphqls"
    path.write_text(text)
    with pytest.raises(DocumentError) as caught:
        load_schema(path)
    assert str(caught.value).startswith(f"{path}{where}")
    assert words in str(caught.value)


def test_a_schema_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_schema(tmp_path / "none.graphqls")
    (tmp_path / "latin.graphqls").write_bytes(b"# caf\xe9")
    with pytest.raises(DocumentError, match="not UTF-8"):
        load_schema(tmp_path / "latin.graphqls")
