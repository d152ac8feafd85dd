"""How the schema's fields are read off the store's records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_list_type,
)

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.defaults import fill
from marketplacer_callback.sandbox.querying.relations import PAGE_ARGUMENTS, connect, edges

__all__ = ["attach", "denied", "read_field", "refuse_arguments", "type_of"]

OWN_ARGUMENTS = {"displayableOnly"}  # every seeded variant is displayable, so the filter changes nothing


def read_field(source: Any, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    """The resolver of every field that has none of its own."""
    try:
        return source[info.field_name]
    except KeyError:
        return fill(source, info.field_name, info.return_type, info.context.store)


def type_of(value: Record, _info: GraphQLResolveInfo, _abstract: object) -> str:
    """The type of a record where the schema names an interface or a union."""
    return str(value["__typename"])


def attach(schema: GraphQLSchema, roots: dict[str, Callable[..., Any]]) -> None:
    """Give the schema's fields their resolvers. A root field that ``roots`` lacks answers that it is not emulated."""
    for root in (schema.query_type, schema.mutation_type):
        for name, field_ in (root.fields if root else {}).items():
            field_.resolve = roots.get(name, _not_emulated)
    special = {schema.query_type, schema.mutation_type}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in special and not type_.name.startswith("__"):
            for name, field_ in type_.fields.items():
                _attach_field(type_, name, field_)


def denied(what: str) -> GraphQLError:
    """The error for what a seller's key may not see."""
    return GraphQLError(f"permission denied: {what} is not visible with a seller's API key")


def refuse_arguments(info: GraphQLResolveInfo, arguments: dict[str, Any], known: set[str]) -> None:
    """An argument that would have an effect on the platform and has none here is an error, not silently wrong data."""
    defined = info.parent_type.fields[info.field_name].args
    for name, value in arguments.items():
        if (
            name not in known
            and name not in PAGE_ARGUMENTS
            and value not in (None, [], {}, defined[name].default_value)
        ):
            raise GraphQLError(f"the argument {name!r} of {info.field_name!r} is not emulated by the sandbox")


def _attach_field(type_: GraphQLObjectType, name: str, field_: GraphQLField) -> None:
    named = get_named_type(field_.type)
    if (type_.name, name) == ("Invoice", "order"):
        field_.resolve = _order
    elif isinstance(named, GraphQLObjectType) and named.name.endswith("Connection") and "pageInfo" in named.fields:
        node = named.fields["nodes"].type if "nodes" in named.fields else None
        field_.resolve = _abstract_connection if node and is_abstract_type(get_named_type(node)) else _connection
    elif type_.name.endswith("Connection") and name == "edges":
        field_.resolve = _edges
    elif is_abstract_type(named) and not type_.name.endswith(("Connection", "Edge")):
        field_.resolve = _abstract_list if is_list_type(getattr(field_.type, "of_type", field_.type)) else _abstract


def _not_emulated(_source: Any, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    raise GraphQLError(f"{info.field_name!r} is not emulated by the sandbox")


def _order(source: Record, info: GraphQLResolveInfo) -> Any:
    if info.context.role == "seller":
        raise denied("Invoice.order")
    return read_field(source, info)


def _connection(source: Record, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    refuse_arguments(info, arguments, OWN_ARGUMENTS)
    page = {name: arguments[name] for name in PAGE_ARGUMENTS if name in arguments}
    return connect(source.get(info.field_name) or [], **page)


def _abstract_connection(source: Record, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    connection = _connection(source, info, **arguments)
    connection["nodes"] = [info.context.store.shown(record) for record in connection["nodes"]]
    return connection


def _edges(source: Record, _info: GraphQLResolveInfo) -> list[Record]:
    return edges(source)


def _abstract(source: Record, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    record = read_field(source, info)
    return info.context.store.shown(record) if record else record


def _abstract_list(source: Record, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    return [info.context.store.shown(record) for record in read_field(source, info) or ()]
