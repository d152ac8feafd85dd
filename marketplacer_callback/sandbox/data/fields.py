"""From the fields that a caller names to what a record holds."""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["record_fields"]

OWN_FIELDS: Final = frozenset({"id", "legacyId", "createdAt", "updatedAt", "__typename"})


def record_fields(store: Store, typename: str, fields: Record) -> Record:
    """The fields with the ids of objects turned into those objects.

    ``ValueError`` for a type or a field that the schema lacks or that the sandbox sets itself, ``KeyError`` for an
    unknown object.
    """
    type_ = store.schema.type_map.get(typename)
    if not isinstance(type_, GraphQLObjectType):
        raise ValueError(f"the schema has no object type {typename!r}")
    values: Record = {}
    for name, value in fields.items():
        if name in OWN_FIELDS:
            raise ValueError(f"{typename}.{name} is set by the sandbox")
        if name not in type_.fields:
            raise ValueError(f"the schema has no field {typename}.{name}")
        named = get_named_type(type_.fields[name].type)
        values[name] = value
        if is_composite_type(named):
            many = is_list_type(get_nullable_type(type_.fields[name].type)) or named.name.endswith("Connection")
            if value is not None and isinstance(value, list) is not many:
                raise ValueError(f"{typename}.{name} takes {'a list of ids' if many else 'one id'}")
            values[name] = _referred(store, named, f"{typename}.{name}", value)
    return values


def _referred(store: Store, named: GraphQLNamedType, field: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_referred(store, named, field, one) for one in value]
    if isinstance(value, int | float) or (isinstance(value, dict) and _has_id(named)):
        raise ValueError(f"{field} refers to an object: give its id")
    if not isinstance(value, str):
        return value
    record = store.get(value)
    if record is None:
        raise KeyError(f"the sandbox has no object {value!r}")
    if not _is_for(store, named, record["__typename"]):
        raise ValueError(f"{field} refers to no {record['__typename']}, which {value!r} is")
    return record


def _has_id(named: GraphQLNamedType) -> bool:
    return not isinstance(named, GraphQLObjectType) or "id" in named.fields


def _is_for(store: Store, named: GraphQLNamedType, typename: str) -> bool:
    if isinstance(named, GraphQLObjectType):
        return named.name == typename or named.name.endswith("Connection")
    type_ = store.schema.type_map.get(typename)
    return (
        isinstance(named, GraphQLInterfaceType | GraphQLUnionType)
        and isinstance(type_, GraphQLObjectType)
        and store.schema.is_sub_type(named, type_)
    )
