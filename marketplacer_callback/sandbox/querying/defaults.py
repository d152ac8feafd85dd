"""Values for what a record does not hold: every field that the schema promises gets one, whatever the schema."""

from __future__ import annotations

import random
import re
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
)

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["fill"]

SCALARS: Final[dict[str, Any]] = {
    "Boolean": False,
    "Int": 0,
    "Float": 0.0,
    "BigInt": "0",
    "Decimal": "0.0",
    "JSON": {},
    "ISO8601Date": "2024-01-01",
    "ISO8601DateTime": "2024-01-01T00:00:00.000Z",
}


def fill(record: Record, name: str, type_: GraphQLOutputType, store: Store) -> Any:
    """The value of a field that the record lacks, and the same one each time.

    ``…Formatted`` is made anew from its ``…Cents``. Anything else is ``None`` where the schema allows that and
    otherwise a value by the field's type, kept in the record.
    """
    cents = record.get(f"{name.removesuffix('Formatted')}Cents") if name.endswith("Formatted") else None
    if isinstance(cents, int):
        return f"${cents / 100:,.2f}"
    value = record[name] = _promised(record, name, type_.of_type, store) if isinstance(type_, GraphQLNonNull) else None
    return value


def _promised(record: Record, name: str, type_: Any, store: Store) -> Any:
    if isinstance(type_, GraphQLList):
        return []
    if isinstance(type_, GraphQLEnumType):
        return next(value for value, enum in type_.values.items() if not enum.deprecation_reason)
    if isinstance(type_, GraphQLScalarType):
        return _scalar(record, name, type_.name, store)
    if is_abstract_type(type_):
        type_ = store.schema.get_possible_types(type_)[0]
    return _object(type_, store)


def _scalar(record: Record, name: str, scalar: str, store: Store) -> Any:
    if scalar not in ("String", "ID"):
        return SCALARS.get(scalar, "")
    rng = random.Random(f"{store.seed}:{record.get('id', '')}:{name}")  # noqa: S311
    if scalar == "ID" or name.lower().endswith(("token", "slug", "path")):
        return f"{rng.getrandbits(64):016x}"
    if name.lower().endswith("url"):
        return f"https://sandbox.example.com/{_spaced(name).replace(' ', '-')}/{record.get('legacyId', 0)}"
    return f"{rng.choice(words.MATERIALS)} {_spaced(name)}"


def _object(type_: GraphQLObjectType, store: Store) -> Record:
    """A record of the type: the store's first where it is a node, else one of its own."""
    if not any(interface.name == "Node" for interface in type_.interfaces):
        return {"__typename": type_.name}
    existing = store.all(type_.name)
    return existing[0] if existing else store.add_silently(type_.name)


def _spaced(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
