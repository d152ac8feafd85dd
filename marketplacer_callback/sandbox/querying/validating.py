"""What a document must keep to before it is executed: the schema, and how deep it may go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    FieldsOnCorrectTypeRule,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    specified_rules,
)
from graphql.validation import ValidationRule

__all__ = ["RULES", "depth", "too_deep"]


class UndefinedFieldRule(ValidationRule):
    """A field that its type does not have, in the words, with the path and the extensions of a recorded answer.

    The path leads through the document: the operation, the fields by their aliases or names, and the fragments. Only
    that of an unnamed query with an inline fragment is recorded; the names of others follow its form.
    """

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> None:
        type_ = self.context.get_parent_type()
        if type_ is None or self.context.get_field_def() is not None:
            return
        name = node.name.value
        steps = [_step(ancestor) for ancestor in [*ancestors, node] if isinstance(ancestor, STEPS)]
        self.report_error(
            GraphQLError(
                f"Field '{name}' doesn't exist on type '{type_.name}'",
                node,
                path=steps,
                extensions={"code": "undefinedField", "typeName": type_.name, "fieldName": name},
            )
        )


STEPS: Final = (OperationDefinitionNode, FragmentDefinitionNode, InlineFragmentNode, FieldNode)
RULES: Final = tuple(UndefinedFieldRule if rule is FieldsOnCorrectTypeRule else rule for rule in specified_rules)
"""The rules of the GraphQL specification, one of them in the platform's words."""


def depth(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """How many fields are within one another at most. What introspects the schema does not count."""
    known: dict[str, int] = {}

    def of(selected: SelectionSetNode | None) -> int:
        return max((of_selection(one) for one in selected.selections), default=0) if selected else 0

    def of_selection(selection: Any) -> int:
        if isinstance(selection, FieldNode):
            return 0 if selection.name.value in ("__schema", "__type") else 1 + of(selection.selection_set)
        if not isinstance(selection, FragmentSpreadNode):
            return of(selection.selection_set)
        name = selection.name.value
        if name not in known:
            known[name] = of(fragments[name].selection_set)
        return known[name]

    return of(operation.selection_set)


def too_deep(found: int, allowed: int) -> GraphQLError | None:
    """The error of a document that is deeper than it may be; 0 allows any. Limit and words are unofficial."""
    if not allowed or found <= allowed:
        return None
    return GraphQLError(f"Query has depth of {found}, which exceeds max depth of {allowed}")


def _step(node: Any) -> str:
    if isinstance(node, FieldNode):
        return node.alias.value if node.alias else node.name.value
    if isinstance(node, InlineFragmentNode):
        return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    kind = "fragment" if isinstance(node, FragmentDefinitionNode) else node.operation.value
    return f"{kind} {node.name.value}" if node.name else kind
