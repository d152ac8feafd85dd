"""Values for what a record does not hold: every field that the schema promises gets one, whatever the schema."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, GraphQLScalarType

from marketplacer_callback.sandbox.data.emulated import emulated_fields
from marketplacer_callback.sandbox.data.leaves import NEUTRAL
from marketplacer_callback.sandbox.data.made_up import MadeUp, World
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.summaries import SUMMARIES

__all__ = ["fill"]


def fill(record: Record, name: str, type_: GraphQLOutputType, world: World) -> Any:
    """The value of a field that the record lacks, and the same one each time.

    What the bundled schema has and allows to be null is null: the store knows all there is. Numbers and booleans are
    0 and false, lists empty, an enum its first value; anything else is made up.
    """
    if isinstance(record, MadeUp):
        return record[name]
    summary = SUMMARIES.get((record.get("__typename", ""), name))
    if summary is not None:
        return summary(record)
    if not isinstance(type_, GraphQLNonNull) and _emulated(record, name):
        record[name] = None  # costs nothing, and the next reader finds it at once
        return None
    value = _value(record, name, type_.of_type if isinstance(type_, GraphQLNonNull) else type_, world)
    if not isinstance(value, dict | list):
        record[name] = value
    return value


def _emulated(record: Record, name: str) -> bool:
    fields = emulated_fields().get(record.get("__typename", ""))
    return fields is None or name in fields


def _value(record: Record, name: str, type_: Any, world: World) -> Any:
    if isinstance(type_, GraphQLList):
        return []
    if isinstance(type_, GraphQLScalarType) and type_.name in NEUTRAL:
        return NEUTRAL[type_.name]
    if isinstance(type_, GraphQLEnumType):
        return next(value for value, enum in type_.values.items() if not enum.deprecation_reason)
    return world.value(str(record.get("id", "")), name, type_)
