"""Which fragments an operation reaches, across files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

__all__ = ["Fragments", "Selected", "reached", "selected", "spreads", "standalone", "walk"]

Fragments = Mapping[str, FragmentDefinitionNode]


def walk(node: DefinitionNode) -> Iterator[SelectionNode]:
    """Every selection inside of an operation or a fragment, at any depth; spreads are not followed."""
    waiting: list[SelectionSetNode | None] = [getattr(node, "selection_set", None)]
    while waiting:
        selections = waiting.pop()
        for selection in selections.selections if selections else ():
            yield selection
            waiting.append(getattr(selection, "selection_set", None))


def spreads(node: DefinitionNode) -> tuple[str, ...]:
    """The names of the fragments that are spread inside of a definition, each once."""
    return tuple(dict.fromkeys(part.name.value for part in walk(node) if isinstance(part, FragmentSpreadNode)))


def reached(definition: DefinitionNode, fragments: Fragments) -> tuple[FragmentDefinitionNode, ...]:
    """The fragments that a definition needs, also by way of others, in the order in which they are met.

    Names that are not in ``fragments`` are left out.
    """
    found: dict[str, FragmentDefinitionNode] = {}
    waiting = list(reversed(spreads(definition)))
    while waiting:
        name = waiting.pop()
        fragment = fragments.get(name)
        if fragment is not None and name not in found:
            found[name] = fragment
            waiting.extend(reversed(spreads(fragment)))
    return tuple(found.values())


def standalone(operation: OperationDefinitionNode, fragments: Fragments) -> DocumentNode:
    """A document of one operation and only the fragments that it reaches."""
    return DocumentNode(definitions=(operation, *reached(operation, fragments)))


Selected = FieldNode | InlineFragmentNode | FragmentDefinitionNode
"""A field at one level, or a fragment that was entered on the way to it."""


def selected(selections: SelectionSetNode, fragments: Fragments) -> Iterator[Selected]:
    """The fields at the level of a selection, inside of fragments too, and the fragments around them."""
    entered: set[str] = set()
    waiting = list(reversed(selections.selections))
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield selection
            waiting.extend(reversed(selection.selection_set.selections))
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in entered:
            entered.add(selection.name.value)
            fragment = fragments.get(selection.name.value)
            if fragment is not None:
                yield fragment
                waiting.extend(reversed(fragment.selection_set.selections))
