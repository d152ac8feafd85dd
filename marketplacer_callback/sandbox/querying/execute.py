"""GraphQL over the store: documents that are parsed once, answers as JSON objects."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from marketplacer_callback.sandbox.querying.fast import FastContext, Plans
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.resolvers import read_field, type_of
from marketplacer_callback.sandbox.querying.validating import RULES, depth, too_deep

__all__ = ["Executor", "webhook_fields"]

CACHED_DOCUMENTS: Final = 512
"""Of all schemas that are served in the process."""


@dataclass(slots=True)
class _Known:
    """A document that was seen before."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    plans: Plans
    depths: dict[int, int] = field(default_factory=dict)

    def depth(self, context: FastContext) -> int:
        """How deep the operation is that the context is for."""
        operation = id(context.operation)
        if operation not in self.depths:
            self.depths[operation] = depth(context.operation, context.fragments)
        return self.depths[operation]


log = logging.getLogger("marketplacer_callback.sandbox")


class Executor:
    """Runs documents. Text that was seen before, by any executor of the schema, is neither parsed nor validated again,
    nor are its selections merged again.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema

    def run(
        self, text: str, variables: dict[str, Any] | None, operation: str | None, request: Request
    ) -> dict[str, Any]:
        """The response as a JSON object: ``data`` and, if there are any, ``errors``. A document that cannot be
        executed at all has no ``data``.
        """
        known = _known(self.schema, text)
        if known.document is None or known.errors:
            return _refused(known.errors)
        context = FastContext.build(
            self.schema,
            known.document,
            context_value=request,
            raw_variable_values=variables,
            operation_name=operation,
            field_resolver=read_field,
            type_resolver=type_of,
            is_awaitable=_never,
        )
        if isinstance(context, list):
            return _refused(context)
        assert isinstance(context, FastContext)  # noqa: S101 - built by its own class
        deep = too_deep(known.depth(context), request.choices.max_depth)
        if deep:
            return _refused([deep])
        context.plans = known.plans
        answer = context.answer()
        _log_broken(context.collected_errors.errors)
        return answer

    def document(self, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
        """The parsed document (``None`` if it does not parse) and what is wrong with it."""
        known = _known(self.schema, text)
        return known.document, known.errors


def webhook_fields(document: DocumentNode) -> list[str]:
    """The mutations on webhooks that a document names, valid or not."""
    mutations = (
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION
    )
    selected = (field for node in mutations for field in node.selection_set.selections if isinstance(field, FieldNode))
    return [field.name.value for field in selected if field.name.value.lower().startswith("webhook")]


@lru_cache(CACHED_DOCUMENTS)
def _known(schema: GraphQLSchema, text: str) -> _Known:
    try:
        document = parse(text)
    except GraphQLError as error:
        return _Known(None, (error,), Plans())
    return _Known(document, tuple(validate(schema, document, RULES)), Plans(document))


def _log_broken(errors: Sequence[GraphQLError]) -> None:
    """An error that no resolver meant to raise is a fault of the sandbox: it is answered at its path, and logged."""
    for error in errors:
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            log.error("sandbox.resolver_failed", exc_info=error.original_error, extra={"fields": {"path": error.path}})


def _refused(errors: Sequence[GraphQLError]) -> dict[str, Any]:
    return {"errors": [error.formatted for error in errors]}


def _never(_value: object) -> bool:
    return False
