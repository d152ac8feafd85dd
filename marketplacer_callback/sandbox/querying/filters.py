"""What a list's filters are made of.

A filter turns an argument's value into a test of a record, or into ``None`` where the value asks for nothing, and so
reads the value once. Texts are compared without regard to case; that is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import moment

__all__ = [
    "Filter",
    "Filters",
    "Test",
    "among",
    "any_of",
    "contains",
    "either",
    "equal",
    "external_id",
    "flag",
    "id_among",
    "named",
    "own_sellers",
    "since",
    "tests",
    "until",
    "words",
]

Test = Callable[[Record], bool]
Filter = Callable[[Any, Request], Test | None]
Filters = Mapping[str, "Filter | Filters"]
"""By argument; an input object's fields are a mapping of their own."""
Get = Callable[[Record], Any]


def tests(filters: Filters, given: Mapping[str, Any], request: Request) -> list[Test]:
    """The tests that arguments ask for; null, an empty text and an empty list ask for nothing."""
    found: list[Test] = []
    for name, filter_ in filters.items():
        value = given.get(name)
        if value in (None, "", [], {}):
            continue
        if isinstance(filter_, Mapping):
            found += tests(filter_, value, request)
        elif (test := filter_(value, request)) is not None:
            found.append(test)
    return found


def equal(name: str) -> Filter:
    """The field has the value."""
    return lambda value, _request: lambda record: bool(record.get(name) == value)


def among(get: str | Get) -> Filter:
    """The field, or what is read of the record, is one of the values."""
    read = _getter(get)

    def filter_(values: Any, _request: Request) -> Test:
        wanted = set(_listed(values))
        return lambda record: read(record) in wanted

    return filter_


def id_among(*path: str) -> Filter:
    """The object at the end of the path has one of the ids."""
    return among(lambda record: (_walk(record, path) or {}).get("id"))


def any_of(get: Get) -> Filter:
    """One of what is read of the record is one of the values."""

    def filter_(values: Any, _request: Request) -> Test:
        wanted = set(_listed(values))
        return lambda record: not wanted.isdisjoint(get(record))

    return filter_


def since(get: str | Get) -> Filter:
    """The date is the value or later."""
    read = _getter(get)

    def filter_(value: str, _request: Request) -> Test:
        bound = moment(value)
        return lambda record: bool(read(record)) and moment(read(record)) >= bound

    return filter_


def until(get: str | Get) -> Filter:
    """The date is the value or earlier."""
    read = _getter(get)

    def filter_(value: str, _request: Request) -> Test:
        bound = moment(value)
        return lambda record: bool(read(record)) and moment(read(record)) <= bound

    return filter_


def flag(test: Test) -> Filter:
    """True selects what passes the test; false, the schema's default, asks for nothing."""
    return lambda value, _request: test if value else None


def either(test: Test) -> Filter:
    """True selects what passes the test, false the rest."""
    return lambda value, _request: lambda record: bool(test(record)) is bool(value)


def named(get: str | Get) -> Filter:
    """The text, or one of the texts, is the value or one of the values."""
    read = _getter(get)

    def filter_(values: Any, _request: Request) -> Test:
        wanted = {str(value).casefold() for value in _listed(values)}
        return lambda record: str(read(record) or "").casefold() in wanted

    return filter_


def contains(get: str | Get) -> Filter:
    """The text has the value in it."""
    read = _getter(get)

    def filter_(value: str, _request: Request) -> Test:
        wanted = value.casefold()
        return lambda record: wanted in str(read(record) or "").casefold()

    return filter_


def words(get: Callable[[Record], Iterable[Any]], number: str | None = None) -> Filter:
    """Each word of the value is in one of the texts, or is the number that the record has in that field."""

    def filter_(value: str, _request: Request) -> Test:
        wanted = value.casefold().split()

        def test(record: Record) -> bool:
            texts = [str(text).casefold() for text in get(record) if text]
            own = str(record.get(number)) if number else None
            return all(word == own or any(word in text for text in texts) for word in wanted)

        return test

    return filter_


def external_id(value: Record, _request: Request) -> Test:
    """The object has an external id with the key and one of the values."""
    key, values = value["key"], set(value["value"])
    return lambda record: any(
        entry["key"] == key and entry["value"] in values for entry in record.get("externalIds") or ()
    )


def own_sellers(filter_: Filter) -> Filter:
    """A choice of sellers, which a seller's key overrides, as the schema documents: it sees its own anyway."""
    return lambda value, request: filter_(value, request) if request.role == "operator" else lambda _record: True


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _getter(get: str | Get) -> Get:
    return (lambda record: record.get(get)) if isinstance(get, str) else get


def _walk(record: Record | None, path: Iterable[str]) -> Record | None:
    for name in path:
        record = record.get(name) if record else None
    return record
