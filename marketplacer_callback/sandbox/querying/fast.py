"""Execution for documents that are asked again and again: what depends on the document alone is worked out once."""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    get_argument_values,
    located_error,
)
from graphql.execution.execute import get_field_def
from graphql.pyutils import Path

from marketplacer_callback.sandbox.querying.plan import Field, Plans

__all__ = ["FastContext", "Plans"]

MISSING: Final = object()


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
