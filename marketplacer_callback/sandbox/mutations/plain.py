"""Input fields that an object has under the same name."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type, is_leaf_type

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.answer import Refused

__all__ = ["can_have", "not_negative", "number", "plain_fields", "said"]

WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def plain_fields(store: Store, typename: str, values: Record, *, apart: Collection[str] = ()) -> Record:
    """The values whose names the type has as scalars or enums, as the type's fields hold them.

    Names in ``apart`` are left out, and so are those that the type lacks. Null where the type promises a yes or no, a
    number or one of an enum says nothing, as generated clients send it for what they leave out (a guess). Raises
    ``Refused`` for null or blank text where the type promises text, and for what is not a number where it has to be
    one.
    """
    type_ = store.schema.type_map[typename]
    assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - the code names it
    fields = {name: type_.fields[name].type for name in values if name in type_.fields and name not in apart}
    return {
        name: _converted(name, values[name], get_named_type(output).name, promised=isinstance(output, GraphQLNonNull))
        for name, output in fields.items()
        if is_leaf_type(get_named_type(output)) and not (values[name] is None and _promises_no_text(output))
    }


def can_have(store: Store, typename: str, name: str) -> bool:
    """Whether the schema gives the type that field."""
    type_ = store.schema.type_map.get(typename)
    return isinstance(type_, GraphQLObjectType) and name in type_.fields


def number(name: str, value: Any) -> Decimal:
    """A number as an input may spell it. ``Refused`` if it is none, or beyond what a ``Float`` can hold."""
    try:
        parsed = Decimal(str(value).strip())
    except InvalidOperation:
        parsed = Decimal("NaN")
    if isinstance(value, bool) or not math.isfinite(float(parsed)):
        raise Refused(f"{said(name)} is not a number", field=name)
    return parsed


def not_negative(values: Record, *names: str) -> None:
    """``Refused`` if one of the named numbers is below zero."""
    for name in names:
        if values.get(name) is not None and number(name, values[name]) < 0:
            raise Refused(f"{said(name)} must be greater than or equal to 0", field=name)


def said(name: str) -> str:
    """A field's name in the words of a message: ``countOnHand`` is "Count on hand"."""
    return WORD.sub(" ", name).capitalize()


def _promises_no_text(output: GraphQLOutputType) -> bool:
    return isinstance(output, GraphQLNonNull) and get_named_type(output).name not in ("String", "ID")


def _converted(name: str, value: Any, scalar: str, *, promised: bool) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        if promised:
            raise Refused(f"{said(name)} can't be blank", field=name)
        return value if scalar == "String" else None
    if scalar == "Float":
        return float(number(name, value))
    if scalar == "Decimal":
        return str(number(name, value))
    return value
