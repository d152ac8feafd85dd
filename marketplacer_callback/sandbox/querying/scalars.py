"""The scalars of the schema that are more than text: what they take, what they look like in an answer.

Documented: ``Decimal`` and ``BigInt`` travel as strings, ``JSON`` is untyped, dates are ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

__all__ = ["checked", "day", "moment", "shape_scalars"]

Read = Callable[[Any], Any]
BARE_DATE: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}")
EXPECTED: Final = {
    "ISO8601DateTime": "an ISO 8601 date-time such as 2024-05-01T03:04:05Z, or a bare date",
    "ISO8601Date": "an ISO 8601 date such as 2024-05-01",
    "Decimal": 'a decimal number such as "12.5"',
    "BigInt": 'a whole number such as "12"',
}


def moment(text: str) -> datetime:
    """The point in time that an ISO 8601 text names; without a zone it is in UTC, a bare date is its midnight.

    ``ValueError`` for anything else. That a bare date is taken is seen in samples, that it is midnight UTC is a guess.
    """
    at = datetime.fromisoformat(text)
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:  # an hour of the year 1 or 9999 whose zone leads out of it
        raise ValueError(f"{text} is beyond the years 1 to 9999") from None


def day(text: str) -> date:
    """The day in UTC of an ISO 8601 date or date-time. ``ValueError`` for anything else."""
    return moment(text).date()


def shape_scalars(schema: GraphQLSchema) -> None:
    """Give the schema's scalars their form in answers, whatever form a record holds."""
    for name, shape in SHAPES.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            scalar.serialize = shape  # type: ignore[method-assign, assignment]


def checked(name: str, arguments: Mapping[str, GraphQLArgument], resolve: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver of a root field behind a check of its dates and numbers, as deep as they are nested.

    What is none is an error at the field that names the argument; the platform's words are undocumented. A bare date
    given for a date-time becomes its midnight in UTC, a number given for a ``Decimal`` or a ``BigInt`` its text.
    """
    relevant = {key: argument for key, argument in arguments.items() if _carries(argument.type, set())}
    if not relevant:
        return resolve

    def resolve_checked(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        for key, argument in relevant.items():
            if given.get(key) is not None:
                given[key] = _read(argument.type, given[key], key, name)
        return resolve(root, info, **given)

    return resolve_checked


def _carries(type_: Any, seen: set[str]) -> bool:
    """Whether an input type has one of the scalars in it."""
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType):
        return named.name in READERS
    if named.name in seen:
        return False
    seen.add(named.name)
    return any(_carries(field.type, seen) for field in named.fields.values())


def _read(type_: Any, value: Any, argument: str, field: str) -> Any:
    if value is None:
        return None
    if is_non_null_type(type_):
        return _read(type_.of_type, value, argument, field)
    if is_list_type(type_):
        return [_read(type_.of_type, one, argument, field) for one in value]
    if isinstance(type_, GraphQLInputObjectType):
        return {key: _read(type_.fields[key].type, one, key, field) for key, one in value.items()}
    reader = READERS.get(type_.name)
    if reader is None:
        return value
    try:
        return reader(value)
    except (ValueError, TypeError, InvalidOperation):
        expected = EXPECTED[type_.name]
        raise GraphQLError(f"the argument {argument!r} of {field!r} must be {expected}, not {value!r}") from None


def _date_time(value: str) -> str:
    at = moment(value)
    return f"{at.date().isoformat()}T00:00:00Z" if BARE_DATE.fullmatch(value) else value


def _date(value: str) -> str:
    day(value)
    return value


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not Decimal(str(value)).is_finite():
        raise ValueError(value)
    return str(value)


def _whole(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError(value)
    return str(int(str(value)))


def _shaped_decimal(value: Any) -> str:
    return value if isinstance(value, str) else str(float(value) if isinstance(value, int) else value)


def _shaped_whole(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _shaped_date_time(value: Any) -> Any:
    return f"{value}T00:00:00Z" if isinstance(value, str) and len(value) == len("2024-05-01") else value


def _shaped_date(value: Any) -> Any:
    return value[: len("2024-05-01")] if isinstance(value, str) else value


READERS: Final[Mapping[str, Read]] = {
    "ISO8601DateTime": _date_time,
    "ISO8601Date": _date,
    "Decimal": _decimal,
    "BigInt": _whole,
}
SHAPES: Final[Mapping[str, Read]] = {
    "ISO8601DateTime": _shaped_date_time,
    "ISO8601Date": _shaped_date,
    "Decimal": _shaped_decimal,
    "BigInt": _shaped_whole,
}
