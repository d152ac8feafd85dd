"""From a document that reads one object to the texts that are sent: for one id, and for many."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache, cached
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    NameNode,
    Node,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    parse_type,
    parse_value,
    print_ast,
    visit,
)

from marketplacer_callback.documents.model import Batched
from marketplacer_callback.documents.reach import Fragments, selected

__all__ = ["Rewritten", "node_field", "rewrite"]

NODE: Final = "node"
NODES: Final = "nodes"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The texts of one document; the fields are those of ``Document``."""

    variable: str
    root: str
    single: str
    id_alias: str
    typename_alias: str
    batched: Batched | None
    unbatchable: str | None


@cached(LRUCache[Any, Rewritten](maxsize=1024), lock=threading.Lock())
def rewrite(text: str) -> Rewritten:
    """Rewrite a document of exactly one operation and the fragments that it reaches.

    Never raises for a document that parses: what cannot be fetched or batched says so in ``unbatchable``.
    """
    document = parse(text, no_location=True)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    field = node_field(operation, fragments_of(document))
    why = unfetchable(operation, field)
    if field is None or why is not None:
        return Rewritten("", "", text, "", "", None, why)
    names = Names.of(document)
    id_alias, typename_alias = names.free("mcb_id"), names.free("mcb_typename")
    variable, root = variable_of(field) or "", response_key(field)
    marked = with_identity(field, id_alias, typename_alias)
    why = unbatchable(operation, field, names)
    batched = None
    if why is None:
        many = names.free("ids", besides=variable)
        batched = Batched(print_ast(to_nodes(document, field, marked, many)), many, root, id_alias, typename_alias)
    single = print_ast(replaced(document, field, marked))
    return Rewritten(variable, root, single, id_alias, typename_alias, batched, why)


def node_field(operation: OperationDefinitionNode, fragments: Fragments) -> FieldNode | None:
    """The first ``node(id: $variable)`` among the root fields of a query, also inside of fragments."""
    if operation.operation is not OperationType.QUERY:
        return None
    for field in selected(operation.selection_set, fragments):
        if isinstance(field, FieldNode) and field.name.value == NODE and variable_of(field) is not None:
            return field
    return None


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def variable_of(field: FieldNode) -> str | None:
    """The variable of the argument ``id``."""
    for argument in field.arguments:
        if argument.name.value == "id" and isinstance(argument.value, VariableNode):
            return argument.value.name.value
    return None


def response_key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def unfetchable(operation: OperationDefinitionNode, field: FieldNode | None) -> str | None:
    """Why a document cannot read one object by its id alone; ``None`` if it can."""
    if operation.operation is not OperationType.QUERY:
        return f"it is a {operation.operation.value}"
    if field is None or field.selection_set is None:
        return "it has no root field node(id: $id)"
    if conditional(field, operation.selection_set.selections):
        return "its root field node(id: $id) is under @skip or @include, so it may not be read at all"
    for definition in operation.variable_definitions:
        name = definition.variable.name.value
        required = isinstance(definition.type, NonNullTypeNode) and definition.default_value is None
        if required and name != variable_of(field):
            return f"it needs ${name} beside ${variable_of(field)}"
    return None


def conditional(field: FieldNode, roots: Iterable[SelectionNode]) -> bool:
    """Whether the field, or the root fragment that it is in, can be left out of an answer."""
    holders = [field, *(root for root in roots if not isinstance(root, FieldNode))]
    return any(one.name.value in ("skip", "include") for holder in holders for one in holder.directives)


def unbatchable(operation: OperationDefinitionNode, field: FieldNode, names: Names) -> str | None:
    """Why a document that reads one object cannot read many at once; ``None`` if it can."""
    variable = variable_of(field)
    roots = operation.selection_set.selections
    if len(roots) != 1:
        return "it has more than one root field"
    if roots[0] is not field:
        return "its root field is inside of a fragment"
    if operation.directives or field.directives:
        return "there is a directive on the operation or on its root field"
    if len(operation.variable_definitions) != 1:
        return f"it has variables beside ${variable}"
    if operation.variable_definitions[0].default_value is not None:
        return f"${variable} has a default value"
    if names.uses(variable or "") != 1:
        return f"${variable} is used in other places as well"
    return None


def with_identity(field: FieldNode, id_alias: str, typename_alias: str) -> FieldNode:
    """The same field, whose selection starts with the object's id and type under these aliases."""
    selected = field.selection_set.selections if field.selection_set else ()
    marked = copy(field)
    marked.selection_set = SelectionSetNode(
        selections=(aliased(id_alias, "id"), aliased(typename_alias, "__typename"), *selected)
    )
    return marked


def aliased(alias: str, name: str) -> FieldNode:
    return FieldNode(alias=NameNode(value=alias), name=NameNode(value=name), arguments=(), directives=())


def to_nodes(document: DocumentNode, field: FieldNode, marked: FieldNode, variable: str) -> DocumentNode:
    """The document with ``node(id:)`` as ``nodes(ids:)``, under the same response key."""
    many = copy(marked)
    many.alias = NameNode(value=response_key(field))
    many.name = NameNode(value=NODES)
    many.arguments = (ArgumentNode(name=NameNode(value="ids"), value=parse_value(f"${variable}", no_location=True)),)
    rewritten = replaced(document, field, many)
    for node in rewritten.definitions:
        if isinstance(node, OperationDefinitionNode):
            node.variable_definitions = (list_variable(variable),)
    return rewritten


def list_variable(name: str) -> VariableDefinitionNode:
    variable = VariableNode(name=NameNode(value=name))
    return VariableDefinitionNode(variable=variable, type=parse_type("[ID!]!", no_location=True), directives=())


def replaced(document: DocumentNode, field: FieldNode, other: FieldNode) -> DocumentNode:
    return visit(document, Replacement(field, other))  # type: ignore[no-any-return]


class Replacement(Visitor):
    """Puts one node of a tree in the place of another."""

    def __init__(self, field: FieldNode, other: FieldNode) -> None:
        super().__init__()
        self.field, self.other = field, other

    def enter_field(self, node: FieldNode, *_: object) -> Any:
        return self.other if node is self.field else None


class Names(Visitor):
    """The names that a document uses: response keys, fields and variables."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()
        self.variables: list[str] = []

    @classmethod
    def of(cls, document: Node) -> Names:
        names = cls()
        visit(document, names)
        return names

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.keys.update((node.name.value, response_key(node)))

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.variables.append(node.name.value)

    def free(self, wish: str, *, besides: str = "") -> str:
        """``wish``, or the first like it that the document does not use; ``besides`` is a name that goes away."""
        taken = (self.keys | set(self.variables)) - {besides}
        while wish in taken:
            wish += "_"
        return wish

    def uses(self, variable: str) -> int:
        """How often a variable is used; its definition does not count."""
        return self.variables.count(variable) - 1
