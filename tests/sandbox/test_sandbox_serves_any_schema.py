"""With an SDL of its own the sandbox answers every root field, and the same each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    parse,
)

from marketplacer_callback.errors import DocumentError
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.emulated import bundled_sdl, emulated_fields, emulated_nodes

SDL = """
interface Node { id: ID! }
scalar ISO8601DateTime
enum Mood { SULLEN CHEERFUL @deprecated }
type PageInfo { endCursor: String, hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String }
type Ghost implements Node { id: ID!, legacyId: Int!, name: String!, mood: Mood!, born: ISO8601DateTime!,
  haunts: [House!]!, rival: Ghost, friends(first: Int, after: String): GhostConnection!, either: GhostOrHouse!,
  feeCents: Int!,  feeFormatted(currency: String): String! }
type House { address: String!, ghosts: [Ghost!]! }
union GhostOrHouse = Ghost | House
type GhostEdge { cursor: String!, node: Ghost }
type GhostConnection { edges: [GhostEdge], nodes: [Ghost], pageInfo: PageInfo!, totalCount: Int! }
type BanishPayload { status: Int!, errors: [String!], clientMutationId: String, ghost: Ghost, left: Int! }
input BanishInput { ghostId: ID!, clientMutationId: String }
type Query { node(id: ID!): Node, nodes(ids: [ID!]!): [Node]!, ghost(name: String!): Ghost!,
  ghosts(first: Int, after: String, mood: Mood): GhostConnection! }
type Mutation { banish(input: BanishInput!): BanishPayload }
"""
GHOST = "id legacyId name mood born haunts { address } rival { id } friends { totalCount edges { cursor node { id } } }"


@pytest.fixture
def haunted(tmp_path: Path) -> Sandbox:
    path = tmp_path / "haunted.graphqls"
    path.write_text(SDL)
    return Sandbox(adverts=1, schema=path)


def run(sandbox: Sandbox, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = sandbox.executor.run(text, variables, None, sandbox.request())
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data


def test_a_made_up_object_is_the_same_by_every_way_to_it(haunted: Sandbox) -> None:
    ghost = run(haunted, f'{{ ghost(name: "Ada") {{ {GHOST} }} }}')["ghost"]
    again = run(haunted, f"query($id: ID!) {{ node(id: $id) {{ ... on Ghost {{ {GHOST} }} }} }}", {"id": ghost["id"]})
    assert again["node"] == ghost
    assert run(haunted, '{ ghost(name: "Bo") { id } }')["ghost"]["id"] != ghost["id"]


def test_a_made_up_object_is_the_same_in_another_sandbox_whatever_was_asked_before(haunted: Sandbox) -> None:
    text = (
        f'{{ ghost(name: "Ada") {{ {GHOST} either {{ __typename }} }} ghosts(mood: SULLEN) {{ nodes {{ {GHOST} }} }} }}'
    )
    first = run(haunted, text)
    other = Sandbox(adverts=1)
    other.executor = haunted.executor
    other.store.schema = haunted.executor.schema
    run(other, "{ ghosts { nodes { friends { nodes { name } } } } }")
    run(other, '{ ghost(name: "Ada") { rival { rival { name } } } }')
    assert run(other, text) == first
    different = Sandbox(adverts=1, seed=2)
    different.executor, different.store.schema = haunted.executor, haunted.executor.schema
    assert run(different, text) != first


def test_made_up_values_have_the_form_that_the_schema_promises(haunted: Sandbox) -> None:
    for name in ("Ada", "Bo", "Cleo", "Dan"):
        ghost = run(haunted, f'{{ ghost(name: "{name}") {{ {GHOST} feeCents feeFormatted }} }}')["ghost"]
        assert ghost["mood"] == "SULLEN"
        assert re.fullmatch(r"2024-\d\d-\d\dT\d\d:\d\d:00.000Z", ghost["born"])
        assert len(ghost["haunts"]) <= 3
        assert ghost["friends"]["totalCount"] == len(ghost["friends"]["edges"]) <= 3
        assert ghost["feeFormatted"].replace(",", "") == f"${ghost['feeCents'] / 100:.2f}"


def test_a_made_up_relation_pages_forwards(haunted: Sandbox) -> None:
    text = (
        "query($after: String) { ghosts(first: 1, after: $after) { totalCount nodes { id } pageInfo { endCursor } } }"
    )
    first = run(haunted, text)["ghosts"]
    seen, page = [], first
    while page["nodes"]:
        seen += [one["id"] for one in page["nodes"]]
        page = run(haunted, text, {"after": page["pageInfo"]["endCursor"]})["ghosts"]
    assert len(seen) == len(set(seen)) == first["totalCount"] > 0


def test_an_unknown_mutation_reports_success_and_shows_the_object_that_it_was_asked_about(haunted: Sandbox) -> None:
    ghost = run(haunted, '{ ghost(name: "Ada") { id } }')["ghost"]
    text = """mutation($id: ID!) { banish(input: {ghostId: $id, clientMutationId: "7"}) {
        status errors clientMutationId ghost { id } left } }"""
    payload = run(haunted, text, {"id": ghost["id"]})["banish"]
    left = payload.pop("left")
    assert payload == {"status": 200, "errors": None, "clientMutationId": "7", "ghost": ghost}
    assert isinstance(left, int)


def test_what_is_made_up_is_not_kept(haunted: Sandbox) -> None:
    before = haunted.store.typenames()
    for number in range(50):
        run(haunted, f'{{ ghost(name: "{number}") {{ {GHOST} }} }}')
    assert haunted.store.typenames() == before


def test_every_root_field_of_the_published_schema_answers_and_twice_the_same(shared: Path) -> None:
    sandbox = Sandbox(adverts=60, schema=shared / "marketplacer" / "schema-2023.graphqls")
    query = sandbox.executor.schema.query_type
    assert query is not None
    assert len(query.fields) == 91
    for name, field in query.fields.items():
        text = f"{{ {name}{arguments(sandbox, name, field)} {selection(sandbox, field.type, 2)} }}"
        assert run(sandbox, text) == run(sandbox, text), name


def test_every_mutation_of_the_published_schema_answers(shared: Path) -> None:
    sandbox = Sandbox(adverts=60, schema=shared / "marketplacer" / "schema-2023.graphqls")
    mutation = sandbox.executor.schema.mutation_type
    assert mutation is not None
    assert len(mutation.fields) == 152
    for name, field in mutation.fields.items():
        payload = run(
            sandbox, f"mutation {{ {name}{arguments(sandbox, name, field)} {selection(sandbox, field.type, 1)} }}"
        )
        assert payload[name] is not None, name


def test_two_processes_make_up_the_same(haunted: Sandbox, tmp_path: Path) -> None:
    program = f"""if True:
        import json, pathlib, sys
        from marketplacer_callback.sandbox import Sandbox
        sandbox = Sandbox(adverts=1, schema=pathlib.Path(sys.argv[1]))
        text = '{{ ghost(name: "Ada") {{ {GHOST} either {{ __typename }} }} ghosts {{ nodes {{ {GHOST} }} }} }}'
        print(json.dumps(sandbox.executor.run(text, None, None, sandbox.request())))
    """
    command = [sys.executable, "-c", program, str(tmp_path / "haunted.graphqls")]
    other = subprocess.run(command, capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": "1"}).stdout
    text = f'{{ ghost(name: "Ada") {{ {GHOST} either {{ __typename }} }} ghosts {{ nodes {{ {GHOST} }} }} }}'
    assert json.loads(other)["data"] == run(haunted, text)


def test_what_is_emulated_is_what_the_bundled_schema_has() -> None:
    types = [one for one in parse(bundled_sdl()).definitions if isinstance(one, ObjectTypeDefinitionNode)]
    assert emulated_fields() == {one.name.value: {field.name.value for field in one.fields} for one in types}
    nodes = {one.name.value for one in types if "Node" in [interface.name.value for interface in one.interfaces]}
    assert emulated_nodes() == nodes


@pytest.mark.parametrize(
    ("sdl", "said"),
    [("type Query { a: Nope }", "Nope"), ("type Query {", "1:13"), ("\xff", "UTF-8"), (None, "cannot be read")],
)
def test_a_schema_that_cannot_be_served_is_named_with_what_is_wrong(tmp_path: Path, sdl: str | None, said: str) -> None:
    path = tmp_path / "wrong.graphqls"
    if sdl is not None:
        path.write_text(sdl, encoding="latin-1")
    with pytest.raises(DocumentError, match=said) as raised:
        Sandbox(adverts=1, schema=path)
    assert "wrong.graphqls" in str(raised.value)


def arguments(sandbox: Sandbox, name: str, field: GraphQLField) -> str:
    """The required arguments, with ids of objects that there are."""
    required = {key: one for key, one in field.args.items() if is_required_argument(one)}
    values = [f"{key}: {literal(sandbox, name, key, one.type)}" for key, one in required.items()]
    return f"({', '.join(values)})" if values else ""


def literal(sandbox: Sandbox, root: str, name: str, type_: Any) -> str:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return f"[{literal(sandbox, root, name, type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        fields = {key: one for key, one in type_.fields.items() if is_required_input_field(one)}
        return "{" + ", ".join(f"{key}: {literal(sandbox, root, key, one.type)}" for key, one in fields.items()) + "}"
    if type_.name == "ID":
        typename = (name.removesuffix("Ids").removesuffix("Id") if name not in ("id", "ids") else root).title()
        kept = {one.lower(): one for one in sandbox.store.typenames()}.get(typename.lower(), "Advert")
        return json.dumps(sandbox.store.first(kept)["id"])
    return {
        "Int": "1",
        "Float": "1.0",
        "Boolean": "true",
        "ISO8601DateTime": '"2024-01-01"',
        "ISO8601Date": '"2024-01-01"',
    }.get(type_.name, '"x"')


def selection(sandbox: Sandbox, type_: Any, levels: int) -> str:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType):
        return "{ __typename }"
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    parts = ["__typename"]
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if any(map(is_required_argument, field.args.values())):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif levels:
            parts.append(f"{name} {selection(sandbox, inner, levels - 1)}")
    return f"{{ {' '.join(parts)} }}"
