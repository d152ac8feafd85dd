"""From the fields that a caller names to what a record holds."""

from __future__ import annotations

from typing import Any, Final

from graphql import GraphQLObjectType, get_named_type, is_composite_type

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
        refers = is_composite_type(get_named_type(type_.fields[name].type))
        values[name] = _referred(store, value) if refers else value
    return values


def _referred(store: Store, value: Any) -> Any:
    if isinstance(value, list):
        return [_referred(store, one) for one in value]
    if not isinstance(value, str):
        return value
    record = store.get(value)
    if record is None:
        raise KeyError(f"the sandbox has no object {value!r}")
    return record
