"""An API that makes up an object for any id, always the same one: enough to execute documents."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    execute_sync,
    get_named_type,
    parse,
)

__all__ = ["answer"]

GONE = "gone"


def answer(schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The data of a request; an id is ``Type-seed``, and an id that ends in ``gone`` names no object."""
    result = execute_sync(
        schema, parse(text), variable_values=variables, field_resolver=resolve, type_resolver=type_of, root_value={}
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


def node(identifier: str) -> dict[str, str] | None:
    typename = identifier.partition("-")[0]
    return None if identifier.endswith(GONE) else {"__typename": typename, "seed": identifier}


def type_of(value: dict[str, str], _info: object, _abstract: object) -> str:
    return value["__typename"]


def resolve(source: dict[str, str], info: GraphQLResolveInfo, **arguments: Any) -> Any:
    if info.parent_type is info.schema.query_type:
        ids = arguments.get("ids")
        return node(arguments["id"]) if ids is None else [node(identifier) for identifier in ids]
    if info.field_name == "id":
        return source["seed"]
    return made_up(f"{source['seed']}.{info.field_name}", info.return_type, info.schema)


def made_up(seed: str, kind: Any, schema: GraphQLSchema) -> Any:
    dice = blake2b(seed.encode(), digest_size=2).digest()
    if isinstance(kind, GraphQLNonNull):
        return made_up(f"{seed}!", kind.of_type, schema)
    if dice[0] % 5 == 0 and not seed.endswith("!"):
        return None
    if isinstance(kind, GraphQLList):
        return [made_up(f"{seed}.{index}!", kind.of_type, schema) for index in range(dice[1] % 3)]
    if isinstance(kind, GraphQLEnumType):
        return list(kind.values.values())[dice[0] % len(kind.values)].value
    if isinstance(kind, GraphQLObjectType):
        return {"__typename": kind.name, "seed": seed}
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        members = schema.get_possible_types(kind)
        return {"__typename": members[dice[1] % len(members)].name, "seed": seed}
    number = int.from_bytes(dice, "big")
    return {"Int": number, "Float": number / 2, "Boolean": number % 2 == 0}.get(get_named_type(kind).name, seed)
