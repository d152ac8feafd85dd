"""GraphQL over the store: a schema with resolvers, documents that are parsed once, answers as JSON objects."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SchemaDefinitionNode,
    build_ast_schema,
    execute,
    parse,
    validate,
)
from graphql.language.ast import ObjectTypeDefinitionNode

from marketplacer_callback.sandbox.mutations import MUTATIONS
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.resolvers import attach, read_field, type_of
from marketplacer_callback.sandbox.querying.roots import ROOTS
from marketplacer_callback.sandbox.querying.scopes import guard_relations, guarded
from marketplacer_callback.sandbox.webhooks.roots import WEBHOOK_ROOTS

__all__ = ["Executor", "emulated_schema", "webhook_fields"]

CACHED_DOCUMENTS: Final = 512
log = logging.getLogger("marketplacer_callback.sandbox")


def emulated_schema(path: Path | None = None) -> GraphQLSchema:
    """The schema of an SDL file, with resolvers; of the bundled subset without a path."""
    sdl = (
        path.read_text("utf-8") if path else (files("marketplacer_callback.api") / "schema.graphqls").read_text("utf-8")
    )
    return _schema(sdl)


class Executor:
    """Runs documents. Text that was seen before is neither parsed nor validated again."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._documents: LRUCache[str, tuple[DocumentNode | None, tuple[GraphQLError, ...]]] = LRUCache(
            CACHED_DOCUMENTS
        )

    def run(
        self, text: str, variables: dict[str, Any] | None, operation: str | None, request: Request
    ) -> dict[str, Any]:
        """The response as a JSON object: ``data`` and, if there are any, ``errors``."""
        document, errors = self.document(text)
        if document is None or errors:
            return {"errors": [error.formatted for error in errors]}
        result = execute(
            self.schema,
            document,
            context_value=request,
            variable_values=variables,
            operation_name=operation,
            field_resolver=read_field,
            type_resolver=type_of,
            is_awaitable=_never,
        )
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing is awaitable
        _log_broken(result)
        return dict(result.formatted)

    def document(self, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
        """The parsed document (``None`` if it does not parse) and what is wrong with it."""
        known = self._documents.get(text)
        if known is None:
            known = self._documents[text] = self._checked(text)
        return known

    def _checked(self, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
        try:
            document = parse(text)
            return document, tuple(validate(self.schema, document))
        except GraphQLError as error:
            return None, (error,)
        except RecursionError:
            return None, (GraphQLError("the document is nested too deeply"),)


def webhook_fields(document: DocumentNode) -> list[str]:
    """The mutations on webhooks that a document names, valid or not."""
    mutations = (
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION
    )
    selected = (field for node in mutations for field in node.selection_set.selections if isinstance(field, FieldNode))
    return [field.name.value for field in selected if field.name.value.lower().startswith("webhook")]


@lru_cache(maxsize=8)
def _schema(sdl: str) -> GraphQLSchema:
    document = parse(sdl, no_location=True)
    if not any(isinstance(node, SchemaDefinitionNode) for node in document.definitions):
        # Without this, the platform's data type Subscription would become the subscription root.
        names = {node.name.value for node in document.definitions if isinstance(node, ObjectTypeDefinitionNode)}
        roots = " ".join(f"{root.lower()}: {root}" for root in ("Query", "Mutation") if root in names)
        document = DocumentNode(definitions=(*document.definitions, *parse(f"schema {{ {roots} }}").definitions))
    schema = build_ast_schema(document)
    attach(schema, guarded({**ROOTS, **WEBHOOK_ROOTS, **MUTATIONS}))
    guard_relations(schema, read_field)
    return schema


def _log_broken(result: ExecutionResult) -> None:
    """An error that no resolver meant to raise is a fault of the sandbox: it is answered at its path, and logged."""
    for error in result.errors or ():
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            log.error("sandbox.resolver_failed", exc_info=error.original_error, extra={"fields": {"path": error.path}})


def _never(_value: object) -> bool:
    return False
