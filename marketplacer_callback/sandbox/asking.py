"""The body of a GraphQL request: what is asked for, or why the body cannot be understood."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

__all__ = ["Asked", "NotUnderstood", "names_of", "read_asked"]


class NotUnderstood(ValueError):
    """The body is not a GraphQL request; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``operation`` is ``operationName``; ``None`` where it was null, empty or left out."""

    text: str
    variables: dict[str, Any] | None
    operation: str | None


def read_asked(body: bytes) -> Asked:
    """A JSON object with ``query``, ``variables`` and ``operationName``; every other key is ignored, as GraphQL servers
    do.

    Raises ``NotUnderstood``. The platform's answers to such bodies are undocumented: the texts are the sandbox's.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstood("the body must be a JSON object with query, variables and operationName") from None
    if isinstance(given, list):
        raise NotUnderstood("the body is a JSON array; requests cannot be sent in batches, send one object")
    if not isinstance(given, dict):
        raise NotUnderstood("the body must be a JSON object with query, variables and operationName")
    text, variables, operation = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(text, str):
        raise NotUnderstood("query must be a string")
    if not isinstance(variables, dict | None):
        raise NotUnderstood("variables must be an object or null")
    if not isinstance(operation, str | None):
        raise NotUnderstood("operationName must be a string or null")
    return Asked(text, variables, operation or None)


def names_of(document: DocumentNode, operation: str | None) -> tuple[str, tuple[str, ...]]:
    """The name of the operation that is asked for (empty if it has none), and its root fields."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    asked = [node for node in operations if operation in (None, node.name and node.name.value)]
    name = operation or (operations[0].name.value if len(operations) == 1 and operations[0].name else "")
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    roots: dict[str, None] = {}
    for node in asked:
        _add_fields(node.selection_set, fragments, roots)
    return name, tuple(roots)


def _add_fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], fields: dict[str, None]
) -> None:
    """Add the names of the fields in their order, those of fragments too. A fragment is taken out once it was looked
    at, for it may name itself; and their chain may be longer than calls can be within one another.
    """
    waiting = list(reversed(selections.selections))
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            fields[selection.name.value] = None
        elif isinstance(selection, InlineFragmentNode):
            waiting += reversed(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode) and (found := fragments.pop(selection.name.value, None)):
            waiting += reversed(found.selection_set.selections)
