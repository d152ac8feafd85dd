"""What a document says of its selections, worked out once: merged fields, arguments, how values are completed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    Undefined,
    VariableNode,
    Visitor,
    get_argument_values,
    located_error,
    visit,
)
from graphql.pyutils import Path, is_iterable

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.querying.fast import FastContext

__all__ = ["Field", "Plans"]

MOST_PLANS: Final = 64
INT_RANGE: Final = range(-(2**31), 2**31)
EXACT: Final[dict[str, tuple[type, Callable[[Any], bool] | None]]] = {
    "String": (str, None),
    "ID": (str, None),
    "Boolean": (bool, None),
    "Int": (int, INT_RANGE.__contains__),
    "Float": (float, math.isfinite),
}
"""Scalar → the Python type whose values are their own serialization, and which of them are."""

Complete = Callable[["FastContext", "Field", Any, Path], Any]


class Field:
    """A field of a selection, merged from all places that name it, with all that its document says of it."""

    __slots__ = (
        "arguments",
        "below",
        "complete",
        "constant",
        "definition",
        "exact",
        "key",
        "name",
        "nodes",
        "parent",
        "promised",
        "read",
        "test",
    )

    def __init__(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> None:
        self.key = key
        self.nodes = nodes
        self.name = nodes[0].name.value
        self.definition = definition
        self.parent = parent
        self.constant = parent.name if self.name == "__typename" else None
        self.arguments = _fixed_arguments(definition, nodes[0])
        self.read = definition.resolve is None and self.arguments is not None  # a dict's entry is its value
        self.promised = isinstance(definition.type, GraphQLNonNull)
        self.exact, self.test = _exact(definition.type) if self.read else (None, None)
        self.complete = _completer(definition.type)
        self.below: dict[str, tuple[Field, ...]] = {}


class Plans:
    """The plans of one document: a selection for each operation and each outcome of its @skip and @include."""

    def __init__(self, document: DocumentNode | None = None) -> None:
        finder = _Conditions()
        if document is not None:
            visit(document, finder)
        self._conditions = tuple(finder.names)
        self._roots: dict[tuple[object, ...], tuple[Field, ...]] = {}

    def root(self, context: FastContext, make: Callable[[], tuple[Field, ...]]) -> tuple[Field, ...]:
        """The root selection of the context's operation, made at most once."""
        values = context.variable_values
        key = (id(context.operation), *(values.get(name) for name in self._conditions))
        known = self._roots.get(key)
        if known is None:
            if len(self._roots) >= MOST_PLANS:
                self._roots.clear()
            known = self._roots[key] = make()
        return known


class _Conditions(Visitor):
    """Finds the variables that decide what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments:
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


class _Variables(Visitor):
    """Finds out whether there is a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def enter_variable(self, *_: Any) -> None:
        self.any = True


def _fixed_arguments(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """The arguments if no variable is among them, and nothing that a resolver could change."""
    finder = _Variables()
    for argument in node.arguments:
        visit(argument, finder)
    if finder.any:
        return None
    try:
        arguments = get_argument_values(definition, node)
    except GraphQLError:  # is raised again where it has a path
        return None
    return None if any(isinstance(value, list | dict) for value in arguments.values()) else arguments


def _exact(type_: GraphQLOutputType) -> tuple[type | None, Callable[[Any], bool] | None]:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLEnumType):
        names = {name for name, value in type_.values.items() if value.value == name}
        return str, names.__contains__
    if not isinstance(type_, GraphQLScalarType):
        return None, None
    if type_.name in EXACT:
        return EXACT[type_.name]
    own = type_.serialize is not GraphQLScalarType.serialize
    return (None, None) if own else (str, None)


def _completer(type_: GraphQLOutputType) -> Complete:
    if isinstance(type_, GraphQLNonNull):
        return _promised(_completer(type_.of_type))
    if isinstance(type_, GraphQLList):
        return _listed(type_.of_type, _completer(type_.of_type))
    if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
        return _given(lambda context, _field, value, _path: context.complete_leaf_value(type_, value))
    if isinstance(type_, GraphQLObjectType):
        return _given(lambda context, field, value, path: context.select(field, type_, value, path))
    return _given(_abstract(type_))


def _given(complete: Complete) -> Complete:
    def given(context: FastContext, field: Field, value: Any, path: Path) -> Any:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        return complete(context, field, value, path)

    return given


def _promised(complete: Complete) -> Complete:
    def promised(context: FastContext, field: Field, value: Any, path: Path) -> Any:
        done = complete(context, field, value, path)
        if done is None:
            raise TypeError(f"Cannot return null for non-nullable field {field.parent.name}.{field.name}.")
        return done

    return promised


def _listed(item_type: GraphQLOutputType, complete: Complete) -> Complete:
    def listed(context: FastContext, field: Field, value: Any, path: Path) -> list[Any]:
        if not is_iterable(value):
            where = f"'{field.parent.name}.{field.name}'"
            raise GraphQLError(f"Expected Iterable, but did not find one for field {where}.")
        done: list[Any] = []
        for index, item in enumerate(value):
            at = Path(path, index, None)
            try:
                done.append(complete(context, field, item, at))
            except Exception as raw:  # noqa: BLE001 - an item's error is its own, as a field's is
                error = located_error(raw, field.nodes, at.as_list())
                context.handle_field_error(error, item_type, at)
                done.append(None)
        return done

    return _given(listed)


def _abstract(type_: Any) -> Complete:
    types: dict[str, GraphQLObjectType] = {}

    def abstract(context: FastContext, field: Field, value: Any, path: Path) -> Any:
        info = context.build_resolve_info(field.definition, field.nodes, field.parent, path)
        name: Any = (type_.resolve_type or context.type_resolver)(value, info, type_)
        if name not in types:
            types[name] = context.ensure_valid_runtime_type(name, type_, field.nodes, info, value)
        return context.select(field, types[name], value, path)

    return abstract
