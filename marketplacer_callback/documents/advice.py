"""What is doubtful about a valid operation: the warnings of a check, and the errors of a default document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
)

from marketplacer_callback.documents.model import Problem
from marketplacer_callback.documents.reach import Fragments, selected, walk
from marketplacer_callback.documents.rewrite import Rewritten, node_field
from marketplacer_callback.documents.sources import problem_at
from marketplacer_callback.typenames import canonical

__all__ = ["MAX_PAGE", "advice"]

MAX_PAGE: Final = 500
"""The largest page that Marketplacer's documentation recommends."""


def advice(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fragments: Fragments,
    schema: GraphQLSchema,
    texts: Rewritten,
) -> Iterator[Problem]:
    """The problems of a valid operation; ``document`` is that operation with the fragments that it reaches."""
    yield from page_sizes(document)
    name = operation.name.value if operation.name else ""
    typename = name if is_node_type(schema, name) else ""
    field = node_field(operation, fragments)
    if not texts.root or field is None:
        if typename:
            yield problem_at(
                operation,
                f"{name} is the default document of the type {name}, but {texts.unbatchable}; "
                f"write query {name}($id: ID!) {{ node(id: $id) {{ ... }} }}, or give it another name",
            )
        return
    yield from variables(operation, texts)
    if texts.unbatchable:
        yield problem_at(operation, f"not batchable, one request an object: {texts.unbatchable}", "warning")
    yield from identity(field, fragments)
    if typename:
        yield from impossible(field, fragments, schema, typename)


def is_node_type(schema: GraphQLSchema, name: str) -> bool:
    """Whether objects of this name can be fetched by ``node(id:)``."""
    found = schema.get_type(name)
    return isinstance(found, GraphQLObjectType) and any(interface.name == "Node" for interface in found.interfaces)


def page_sizes(document: DocumentNode) -> Iterator[Problem]:
    for field in (part for node in document.definitions for part in walk(node) if isinstance(part, FieldNode)):
        for argument in field.arguments:
            value = argument.value
            if argument.name.value in ("first", "last") and isinstance(value, IntValueNode) and over(value.value):
                message = f"a page of {value.value} is over the {MAX_PAGE} that Marketplacer recommends at most"
                yield problem_at(argument, message, "warning")


def over(digits: str) -> bool:
    # Not int(): Python refuses to read very long numbers.
    return not digits.startswith("-") and (len(digits) > 9 or int(digits) > MAX_PAGE)


def variables(operation: OperationDefinitionNode, texts: Rewritten) -> Iterator[Problem]:
    for definition in operation.variable_definitions:
        name = definition.variable.name.value
        if name == texts.variable and name != "id":
            yield problem_at(definition, f"the variable of the id is ${name}; by convention it is $id", "warning")
        elif name != texts.variable:
            yield problem_at(definition, f"${name} is never given a value; only ${texts.variable} is", "warning")


def identity(field: FieldNode, fragments: Fragments) -> Iterator[Problem]:
    if field.selection_set is None:
        return
    plain = {
        node.name.value
        for node in selected(field.selection_set, fragments)
        if isinstance(node, FieldNode) and node.alias is None
    }
    missing = [name for name in ("__typename", "id") if name not in plain]
    if missing:
        yield problem_at(field, f"{' and '.join(missing)} should be selected: handlers will look for it", "warning")


def impossible(field: FieldNode, fragments: Fragments, schema: GraphQLSchema, typename: str) -> Iterator[Problem]:
    """Fragments of a default document that no object of its type can match: an error if there is no other."""
    if field.selection_set is None:
        return
    chosen = [
        (node, node.type_condition.name.value)
        for node in selected(field.selection_set, fragments)
        if isinstance(node, InlineFragmentNode | FragmentDefinitionNode) and node.type_condition is not None
    ]
    never = [(node, on) for node, on in chosen if typename not in {canonical(name) for name in possible(schema, on)}]
    reads_nothing = bool(never) and len(never) == len(chosen)
    for node, on in never:
        text = f"{typename} is the default document of the type {typename}, which is never {on}"
        yield problem_at(node, text, "error" if reads_nothing else "warning")


def possible(schema: GraphQLSchema, name: str) -> set[str]:
    found = schema.get_type(name)
    if isinstance(found, GraphQLInterfaceType | GraphQLUnionType):
        return {member.name for member in schema.get_possible_types(found)}
    return {name}
