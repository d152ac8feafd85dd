"""Made-up scalars and enums: a text that fits the field's name, a number, a date."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLScalarType

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.dates import EPOCH_MS, iso

__all__ = ["NEUTRAL", "enum", "scalar", "text"]

NEUTRAL: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Boolean": False,
        "Int": 0,
        "Float": 0.0,
        "BigInt": "0",
        "Decimal": "0.0",
        "JSON": {},
        "ISO8601Date": "2024-01-01",
        "ISO8601DateTime": "2024-01-01T00:00:00.000Z",
    }
)
"""Scalar → the value that says the least, for what a record of the store lacks."""
MINUTES: Final = 120 * 24 * 60

Draw = Callable[[random.Random, str], Any]


def scalar(rng: random.Random, name: str, type_: GraphQLScalarType) -> Any:
    """A value of the scalar for a field of that name."""
    draw = DRAWN.get(type_.name)
    return draw(rng, name) if draw else ""


def enum(rng: random.Random, type_: GraphQLEnumType) -> str:
    """One of the values that are not deprecated; any, if all of them are."""
    current = [name for name, value in type_.values.items() if not value.deprecation_reason]
    return rng.choice(current or list(type_.values))


def text(rng: random.Random, name: str) -> str:
    """A text that looks like what the field's name says."""
    lower = name.lower()
    if lower.endswith(("token", "slug", "path", "key", "cursor")):
        return f"{rng.getrandbits(64):016x}"
    if lower.endswith(("url", "link", "website")):
        return f"https://sandbox.example.com/{spaced(name).replace(' ', '-')}/{rng.randrange(10**6)}"
    if "email" in lower:
        return f"{rng.choice(words.FIRST_NAMES).lower()}{rng.randrange(1000)}@example.com"
    if "phone" in lower or lower == "mobile":
        return f"+61 4 5550 {rng.randrange(10_000):04}"
    if lower.endswith(("firstname", "surname")):
        return rng.choice(words.FIRST_NAMES if lower.startswith("first") else words.SURNAMES)
    if lower in ("title", "name", "displayname"):
        thing = rng.choice(words.GOODS[rng.choice(list(words.GOODS))])
        return f"{rng.choice(words.MATERIALS)} {thing.name}"
    if "price" in lower or "cost" in lower:
        return f"{rng.randrange(500, 25_000, 5) / 100:.2f}"
    return f"{rng.choice(words.MATERIALS)} {spaced(name)}"


def spaced(name: str) -> str:
    """``storeDescription`` as ``store description``."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _whole(rng: random.Random, name: str) -> int:
    return rng.randrange(500, 25_000, 5) if name.lower().endswith("cents") else rng.randrange(100)


def _moment(rng: random.Random, _name: str) -> str:
    return iso(EPOCH_MS + rng.randrange(MINUTES) * 60_000)


DRAWN: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        "String": text,
        "ID": lambda rng, _: f"{rng.getrandbits(64):016x}",
        "Boolean": lambda rng, _: rng.random() < 0.5,
        "Int": _whole,
        "Float": lambda rng, _: rng.randrange(1000) / 10,
        "BigInt": lambda rng, name: str(_whole(rng, name)),
        "Decimal": lambda rng, _: f"{rng.randrange(500, 25_000, 5) / 100:.2f}",
        "JSON": lambda _rng, _name: {},
        "ISO8601Date": lambda rng, name: _moment(rng, name)[:10],
        "ISO8601DateTime": _moment,
    }
)
