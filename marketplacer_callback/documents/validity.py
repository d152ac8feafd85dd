"""What the schema says of a document: graphql-core's errors, with their places and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    NoDeprecatedCustomRule,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)
from graphql.pyutils import did_you_mean, suggestion_list

from marketplacer_callback.documents.model import Problem, Schema
from marketplacer_callback.documents.sources import problem_at

__all__ = ["FRAGMENT_RULES", "found_by_schema"]

FRAGMENT_RULES: Final[tuple[type[ASTValidationRule], ...]] = tuple(
    rule for rule in specified_rules if rule is not NoUnusedFragmentsRule
)
"""The rules for a fragment that no operation uses."""

UNKNOWN_FRAGMENT: Final = re.compile(r"Unknown fragment '(\w+)'\.")
ABSENT: Final = re.compile(
    r"Cannot query field |Unknown (type|argument) |Value '.*' does not exist in |Field '.*' is not defined by "
)
"""How graphql-core's messages about names start that the schema does not have."""
SUBSET: Final = (
    " The bundled schema is a subset; `marketplacer-callback schema pull` gets the schema of your own instance."
)


class DeprecatedUse(NoDeprecatedCustomRule):
    """graphql-core's rule, with its findings marked as warnings."""

    def report_error(self, error: GraphQLError) -> None:
        message = f"{error.message.removesuffix('.')}; it may be removed."
        super().report_error(GraphQLError(message, error.nodes, extensions={"severity": "warning"}))


def found_by_schema(
    document: DocumentNode,
    schema: Schema,
    fragments: Collection[str],
    *,
    unread: bool = False,
    rules: Collection[type[ASTValidationRule]] = specified_rules,
) -> Iterator[Problem]:
    """The errors of a document, and its use of what is deprecated.

    ``fragments`` are the names that a misspelt spread may have meant. ``unread`` says that not all files could be read:
    then an unknown fragment is a consequence, and not reported.
    """
    for error in validate(schema.graphql, document, (*rules, DeprecatedUse)):
        unknown = UNKNOWN_FRAGMENT.match(error.message)
        if not (unknown and unread):
            suggestion = did_you_mean(suggestion_list(unknown[1], fragments)) if unknown else ""
            yield located(error, document, explained(error.message, schema) + suggestion)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.SUBSCRIPTION:
            yield problem_at(node, "Marketplacer has no subscriptions; its webhooks take their place")


def explained(message: str, schema: Schema) -> str:
    return message + SUBSET if schema.bundled and ABSENT.match(message) else message


def located(error: GraphQLError, document: DocumentNode, message: str) -> Problem:
    warning = bool(error.extensions and error.extensions.get("severity") == "warning")
    node = error.nodes[0] if error.nodes else document.definitions[0]
    return problem_at(node, message, "warning" if warning else "error")
