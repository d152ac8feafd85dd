"""How the schema's fields are read off the store's records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)

from marketplacer_callback.sandbox.data.made_up import is_connection
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.arguments import page_of, warn_of_unknown
from marketplacer_callback.sandbox.querying.defaults import fill
from marketplacer_callback.sandbox.querying.derived import NARROWING, related, tree_name
from marketplacer_callback.sandbox.querying.relations import connect, edges
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import checked, shape_scalars
from marketplacer_callback.sandbox.querying.sight import denied, shown, visible_ones, world_of

__all__ = ["attach", "read_field", "type_of"]


def read_field(source: Any, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    """The resolver of every field that has none of its own."""
    try:
        return source[info.field_name]
    except KeyError:
        return fill(source, info.field_name, info.return_type, world_of(info.context))


def type_of(value: Record, _info: GraphQLResolveInfo, _abstract: object) -> str:
    """The type of a record where the schema names an interface or a union."""
    return str(value["__typename"])


def attach(schema: GraphQLSchema, roots: Mapping[str, Callable[..., Any]]) -> None:
    """Give the schema's fields their resolvers. Root fields that ``roots`` lacks are left to ``answer_the_rest``."""
    shape_scalars(schema)
    for root in (schema.query_type, schema.mutation_type):
        for name, field_ in (root.fields if root else {}).items():
            if name in roots:
                field_.resolve = checked(name, field_.args, roots[name])
    special = {schema.query_type, schema.mutation_type}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in special and not type_.name.startswith("__"):
            for name, field_ in type_.fields.items():
                _attach_field(type_, name, field_)


def _attach_field(type_: GraphQLObjectType, name: str, field_: GraphQLField) -> None:
    named = get_named_type(field_.type)
    if (type_.name, name) in OWN:
        field_.resolve = OWN[type_.name, name]
    elif named.name == "Order":
        field_.resolve = _order
    elif is_connection(named):
        node = named.fields["nodes"].type if "nodes" in named.fields else None
        field_.resolve = _abstract_connection if node and is_abstract_type(get_named_type(node)) else _connection
    elif type_.name.endswith("Connection") and name == "edges":
        field_.resolve = _edges
    elif is_abstract_type(named) and not type_.name.endswith(("Connection", "Edge")):
        field_.resolve = _abstract_list if is_list_type(_nullable(field_.type)) else _abstract


def _nullable(type_: Any) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_


def _order(source: Record, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    if info.context.role == "seller" and source.get(info.field_name, ...) is not None:
        raise denied(f"{info.parent_type.name}.{info.field_name}")
    return read_field(source, info)


def _tree_name(source: Record, _info: GraphQLResolveInfo, separator: str | None = None) -> str:
    return tree_name(source, " - " if separator is None else separator)


def _connection(source: Record, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    request: Request = info.context
    warn_of_unknown(info, arguments, NARROWING)
    records = visible_ones(request, related(request.store, source, info.parent_type.name, info.field_name))
    for name, narrowing in NARROWING.items():
        if arguments.get(name):
            test = narrowing(request, info.parent_type.name)
            records = [record for record in records if test(record)]
    return connect(records, **page_of(arguments))


def _abstract_connection(source: Record, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    connection = _connection(source, info, **arguments)
    connection["nodes"] = [shown(info.context, record) for record in connection["nodes"]]
    return connection


def _edges(source: Record, _info: GraphQLResolveInfo) -> list[Record]:
    return edges(source)


def _abstract(source: Record, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    record = read_field(source, info)
    return shown(info.context, record) if record else record


def _abstract_list(source: Record, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    return [shown(info.context, record) for record in read_field(source, info) or ()]


OWN: Final[Mapping[tuple[str, str], Callable[..., Any]]] = {("Taxon", "treeName"): _tree_name}
