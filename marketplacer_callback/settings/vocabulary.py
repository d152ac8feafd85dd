"""Which keys there are, read off the models: for suggestions, and for what a variable of the environment means."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from marketplacer_callback.settings.problems import Key, Problem, suggestion

__all__ = ["Listed", "Named", "Shape", "Table", "Texts", "Value", "shape_of", "unknown_keys"]


@dataclass(frozen=True, slots=True)
class Value:
    """One text, number, …"""


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts."""


@dataclass(frozen=True, slots=True)
class Table:
    """Fixed keys."""

    keys: Mapping[str, Shape] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Named:
    """Any keys, each with the same below it: instances, sinks."""

    each: Shape


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of tables."""

    each: Shape


Shape = Value | Texts | Table | Named | Listed


def shape_of(annotation: object) -> Shape:
    """The shape of a model, or of the annotation of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Table({name: shape_of(info.annotation) for name, info in annotation.model_fields.items()})
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return shape_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _merged([shape_of(one) for one in arguments if one is not type(None)])
    if origin is dict:
        return Named(shape_of(arguments[1]))
    if origin is tuple:
        each = shape_of(arguments[0])
        return Texts() if isinstance(each, Value) else Listed(each)
    return Value()


def unknown_keys(shape: Shape, value: object, at: Key = ()) -> Iterator[Problem]:
    """Every key of ``value`` that the shape does not have, with a suggestion."""
    if isinstance(shape, Listed) and isinstance(value, Sequence) and not isinstance(value, str):
        for index, one in enumerate(value):
            yield from unknown_keys(shape.each, one, (*at, index))
    if not isinstance(value, Mapping):
        return
    for name, below in value.items():
        if isinstance(shape, Named):
            yield from unknown_keys(shape.each, below, (*at, name))
        elif isinstance(shape, Table) and name in shape.keys:
            yield from unknown_keys(shape.keys[name], below, (*at, name))
        elif isinstance(shape, Table):
            yield Problem((*at, str(name)), f"unknown key; {suggestion(str(name), shape.keys)}")


def _merged(shapes: Sequence[Shape]) -> Shape:
    """What a value may be that is one of several: of tables, the keys of all."""
    if len(shapes) == 1:
        return shapes[0]
    keys: dict[str, Shape] = {}
    for shape in shapes:
        if not isinstance(shape, Table):
            return Value()
        keys |= shape.keys
    return Table(keys)
