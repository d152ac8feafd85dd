"""The sandbox's quick execution gives the answers that graphql-core's own gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse
from hypothesis import given
from hypothesis import strategies as st
from sandbox_documents import default_documents

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import ApiKey
from marketplacer_callback.sandbox.querying.fast import FastContext, Plans
from marketplacer_callback.sandbox.querying.resolvers import read_field, type_of

SDL = """
interface Animal { name: String!, friend: Animal }
enum Size { SMALL LARGE }
scalar Anything
type Cat implements Animal { name: String!, friend: Animal, lives: Int!, size: Size, weight: Float, kittens: [Cat!],
  names: [String!]!, extra: Anything, shout(times: Int = 1, loud: Boolean!): String!, broken: String, worse: String! }
type Dog implements Animal { name: String!, friend: Animal, tricks: [[String]!], good: Boolean }
union Pet = Cat | Dog
type Query { pet: Pet, pets: [Pet]!, animal(index: Int!): Animal, strict: [Pet!]! }
type Mutation { rename(name: String!): Cat, fail: String! }
"""
TOM: dict[str, Any] = {
    "__typename": "Cat",
    "name": "Tom",
    "lives": 9,
    "size": "SMALL",
    "weight": 4.5,
    "names": ["T", "Tom"],
}
REX: dict[str, Any] = {"__typename": "Dog", "name": "Rex", "good": True, "tricks": [["sit", None], []], "friend": TOM}
KIT: dict[str, Any] = {
    "__typename": "Cat",
    "name": 7,
    "lives": 2**31,
    "size": "HUGE",
    "weight": float("inf"),
    "names": [None],
}
TOM |= {"friend": REX, "kittens": [KIT], "extra": {"a": [1]}}
BAD: dict[str, Any] = {
    "__typename": "Cat",
    "name": None,
    "lives": "9",
    "names": "x",
    "kittens": [None],
    "weight": 2,
    "extra": 3,
}
PETS: list[Any] = [TOM, REX, KIT, BAD, None, ValueError("escaped"), {"__typename": "Fish"}]
TEXTS = """
{ pets { __typename ... on Animal { name } ... on Cat { lives size names extra } ... on Dog { good tricks } } }

{ pets { ... on Cat { size weight } } }

{ pets { ... on Cat { names extra } } }

{ pets { ... on Cat { kittens { name lives } } ... on Dog { friend { name friend { name } } } } }

{ pets { ... on Cat { worse } } }

{ pets { ... on Cat { broken shout(loud: true) again: shout(times: 2, loud: false) } } }

{ strict { ... on Cat { name } } }

{ a: animal(index: 0) { name } b: animal(index: 1) { called: name ...F } }
fragment F on Dog { good friend { ...G } }
fragment G on Cat { lives friend { name } }

query($i: Int!, $yes: Boolean!, $t: Int) { animal(index: $i) { name @skip(if: $yes) ...F @include(if: $yes) } }
fragment F on Cat { size shout(times: $t, loud: $yes) friend @skip(if: $yes) { name } }

query($yes: Boolean!) {
  pet { ... on Cat @include(if: $yes) { name friend { name } } ... on Cat { friend { friend { name } } } }
}

{ __schema { queryType { name fields { name type { name kind ofType { name } } } } } __type(name: "Cat") { name } }

mutation { one: rename(name: "A") { name } two: rename(name: "B") { name } }

mutation { fail rename(name: "C") { name } }

query A { pet { __typename } }
query B { animal(index: 0) { name } }
"""
DOCUMENTS = [text.strip() for text in TEXTS.split("\n\n")]
PARSED = {text: (document := parse(text), Plans(document)) for text in DOCUMENTS}


@pytest.fixture(scope="module")
def animals() -> GraphQLSchema:
    schema = build_schema(SDL)
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    cat = schema.type_map["Cat"].fields  # type: ignore[attr-defined]
    schema.query_type.fields["pet"].resolve = lambda *_: TOM
    schema.query_type.fields["pets"].resolve = lambda *_: PETS
    schema.query_type.fields["strict"].resolve = lambda *_: [TOM, None]
    schema.query_type.fields["animal"].resolve = lambda _s, _i, index: PETS[index]
    schema.mutation_type.fields["rename"].resolve = lambda _s, _i, name: {**TOM, "name": name}
    schema.mutation_type.fields["fail"].resolve = raise_it
    cat["broken"].resolve = raise_it
    cat["worse"].resolve = lambda *_: None
    cat["shout"].resolve = lambda source, _i, times, loud: f"{source['name']}{'!' * (times or 0)}{loud}"
    return schema


def raise_it(*_: Any) -> None:
    raise ValueError("broken")


def read(source: Any, info: Any, **_: Any) -> Any:
    return source.get(info.field_name) if source else None


def named(value: Any, _info: Any, _type: Any) -> Any:
    return value["__typename"]


def both(schema: GraphQLSchema, text: str, variables: dict[str, Any], name: str | None) -> tuple[Any, Any]:
    """What the reference answers, and what the sandbox's execution does."""
    document, plans = PARSED[text]
    known: dict[str, Any] = {"operation_name": name, "field_resolver": read, "type_resolver": named}
    expected = execute(schema, document, variable_values=variables, **known)
    assert isinstance(expected, ExecutionResult)
    context = FastContext.build(schema, document, raw_variable_values=variables, **known)
    if isinstance(context, list):
        return expected.formatted, {"data": None, "errors": [error.formatted for error in context]}
    assert isinstance(context, FastContext)
    context.plans = plans
    return expected.formatted, context.answer()


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "i": st.one_of(st.integers(-1, 5), st.none()),
        "yes": st.one_of(st.booleans(), st.none()),
        "t": st.one_of(st.integers(0, 2), st.none()),
    },
)


@given(text=st.sampled_from(DOCUMENTS), variables=VALUES, name=st.sampled_from([None, "A", "B", "Z"]))
def test_any_document_and_variables_are_answered_alike_the_first_and_the_next_time(
    animals: GraphQLSchema, text: str, variables: dict[str, Any], name: str | None
) -> None:
    if name and "query A" not in text:
        name = None
    for _ in range(2):
        expected, got = both(animals, text, variables, name)
        assert got == expected
        assert json.dumps(got, default=str) == json.dumps(expected, default=str)  # the fields come in the same order


def test_these_documents_do_fail_in_the_ways_that_are_compared(animals: GraphQLSchema) -> None:
    messages = set()
    for text in DOCUMENTS:
        _, got = both(animals, text, {"i": 0, "yes": True}, "A" if "query A" in text else None)
        messages |= {error["message"] for error in got.get("errors", ())}
    for part in (
        "escaped",
        "broken",
        "non-nullable",
        "Int cannot represent",
        "Enum 'Size'",
        "Expected Iterable",
        "Fish",
    ):
        assert any(part in message for message in messages), (part, messages)


@pytest.mark.parametrize("role", ["operator", "seller"])
def test_the_default_documents_are_answered_alike(role: Any) -> None:
    sandbox = Sandbox(adverts=40)
    advert = sandbox.store.first("Advert")
    sandbox.change("Advert", advert["id"], published=False)
    request = sandbox.request(key=ApiKey("", role))
    for name, document in default_documents(role).items():
        typename = name if name in sandbox.store.typenames() else name.removesuffix("Inventory")
        ids = [record["id"] for record in sandbox.store.all(typename)[:8]]
        cases: list[tuple[str, dict[str, Any]]] = [
            (document.single, {document.variable: id_}) for id_ in [*ids[:2], "nobody"]
        ]
        if document.batched:
            cases.append((document.batched.text, {document.batched.variable: [*ids, "nobody"]}))
        for text, variables in cases:
            plain = execute(
                sandbox.executor.schema,
                parse(text),
                context_value=request,
                variable_values=variables,
                field_resolver=read_field,
                type_resolver=type_of,
            )
            assert sandbox.executor.run(text, variables, None, request) == plain.formatted, name  # type: ignore[union-attr]
