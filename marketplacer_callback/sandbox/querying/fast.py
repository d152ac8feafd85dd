"""Execution for documents that are asked again and again: what depends on the document alone is worked out once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionContext,
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
from graphql.execution.execute import get_field_def
from graphql.pyutils import Path, is_iterable

__all__ = ["FastContext", "Plans"]

MISSING: Final = object()
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


class FastContext(ExecutionContext):
    """``ExecutionContext`` for schemas that were built from an SDL, and for resolvers that never wait.

    It gives the same answers. Where a field has no resolver of its own and the source is a dict that holds it, that is
    its value, without a call. ``plans`` may be shared by all executions of one document; a set of its own otherwise.
    """

    plans: Plans | None = None

    def answer(self) -> dict[str, Any]:
        """The answer to the context's operation as a JSON object: ``data`` and, if there are any, ``errors``."""
        try:
            data: Any = self.execute_operation(self.operation, self.root_value)
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        result = self.build_response(data, self.collected_errors.errors)
        return dict(result.formatted)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        fields: dict[str, list[FieldNode]],
    ) -> dict[str, Any]:
        """The root selection; what is below is reached through the plan."""
        plans = self.plans or Plans()
        return self._select(plans.root(self, lambda: self._compiled(parent_type, fields)), source_value, path)

    execute_fields_serially = execute_fields  # nothing waits, so one comes after the other anyway

    def select(self, field: Field, type_: GraphQLObjectType, value: Any, path: Path) -> dict[str, Any]:
        """The fields that are asked of an object."""
        below = field.below.get(type_.name)
        if below is None:
            below = field.below[type_.name] = self._compiled(type_, self.collect_subfields(type_, field.nodes))
        return self._select(below, value, path)

    def _compiled(self, type_: GraphQLObjectType, fields: dict[str, list[FieldNode]]) -> tuple[Field, ...]:
        defined = ((key, nodes, get_field_def(self.schema, type_, nodes[0])) for key, nodes in fields.items())
        return tuple(Field(key, nodes, definition, type_) for key, nodes, definition in defined if definition)

    def _select(self, fields: tuple[Field, ...], source: Any, path: Path | None) -> dict[str, Any]:
        done: dict[str, Any] = {}
        held = source.get if isinstance(source, dict) else None
        for field in fields:
            if field.constant is not None:
                done[field.key] = field.constant
                continue
            if held is not None and field.read:
                value = held(field.name, MISSING)
                if value is None and not field.promised:
                    done[field.key] = None
                    continue
                if field.exact is not None and type(value) is field.exact and (not field.test or field.test(value)):
                    done[field.key] = value
                    continue
            else:
                value = MISSING
            done[field.key] = self._complete(field, source, value, Path(path, field.key, field.parent.name))
        return done

    def _complete(self, field: Field, source: Any, value: Any, path: Path) -> Any:
        try:
            if value is MISSING:
                definition, arguments = field.definition, field.arguments
                info = self.build_resolve_info(definition, field.nodes, field.parent, path)
                if arguments is None:
                    arguments = get_argument_values(definition, field.nodes[0], self.variable_values)
                value = (definition.resolve or self.field_resolver)(source, info, **arguments)
            return field.complete(self, field, value, path)
        except Exception as raw:  # noqa: BLE001 - whatever a resolver raises is an error of the answer (GraphQL, section 6.4.4)
            error = located_error(raw, field.nodes, path.as_list())
            self.handle_field_error(error, field.definition.type, path)
            return None


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
