"""Checking documents against a schema: a folder at start and on reload, or one file's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    print_ast,
)

from marketplacer_callback.documents.advice import advice
from marketplacer_callback.documents.model import Checked, Document, DocumentSet, Problem, Role, Schema
from marketplacer_callback.documents.reach import reached, standalone
from marketplacer_callback.documents.rewrite import Rewritten, rewrite
from marketplacer_callback.documents.sources import Sources, parsed, problem_at, read
from marketplacer_callback.documents.validity import FRAGMENT_RULES, found_by_schema

__all__ = ["check", "validate_text"]


def check(folder: Path, *, role: Role, schema: Schema) -> Checked:
    """Read and check a folder of documents; never raises for what its files hold.

    A document with an error, also in a fragment that it reaches, is left out of the result; the others can be used.
    """
    sources = read(folder, role)
    problems = list(sources.problems)
    documents: dict[str, Document] = {}
    for operation in sources.operations.values():
        document, found = guarded(operation, sources, schema)
        problems.extend(found)
        if document is not None:
            documents[document.name] = document
    problems.extend(lone_fragments(sources, schema))
    return Checked(DocumentSet(documents), in_order(problems))


def validate_text(text: str, schema: Schema, path: Path) -> tuple[Problem, ...]:
    """The problems of one file on its own; an operation without a name is only a warning here."""
    problems: list[Problem] = []
    document = parsed(text, path, problems)
    if document is not None and document.definitions:
        try:
            problems.extend(checked_text(document, schema))
        except RecursionError:
            problems.append(too_deep(document.definitions[0]))
    return in_order(problems)


def guarded(
    operation: OperationDefinitionNode, sources: Sources, schema: Schema
) -> tuple[Document | None, list[Problem]]:
    try:
        return checked(operation, sources, schema)
    except RecursionError:
        return None, [too_deep(operation)]


def checked(
    operation: OperationDefinitionNode, sources: Sources, schema: Schema
) -> tuple[Document | None, list[Problem]]:
    """One operation with the fragments that it reaches: the document if it can be used, and what was found."""
    ast = standalone(operation, sources.fragments)
    found = list(found_by_schema(ast, schema, sources.fragments, unread=sources.unread))
    if has_error(found) or not sources.complete(ast):
        return None, found
    text = print_ast(ast)
    texts = fitted(rewrite(text), schema)
    document = document_of(operation, ast, text, texts)
    found += advice(ast, operation, sources.fragments, schema.graphql, texts)
    return None if has_error(found) else document, found


def fitted(texts: Rewritten, schema: Schema) -> Rewritten:
    """Without the batched form, where the schema in use has no ``nodes(ids:)`` to send it to."""
    query = schema.graphql.query_type
    nodes = query.fields.get("nodes") if query is not None else None
    if texts.batched is None or (nodes is not None and str(getattr(nodes.args.get("ids"), "type", "")) == "[ID!]!"):
        return texts
    return replace(texts, batched=None, unbatchable="the schema has no nodes(ids: [ID!]!)")


def document_of(operation: OperationDefinitionNode, ast: DocumentNode, text: str, texts: Rewritten) -> Document:
    start = problem_at(operation, "")
    return Document(
        name=operation.name.value if operation.name else "",
        kind="mutation" if operation.operation is OperationType.MUTATION else "query",
        text=text,
        digest=blake2b(text.encode(), digest_size=8).hexdigest(),
        path=start.path,
        line=start.line,
        fragments=tuple(node.name.value for node in ast.definitions if isinstance(node, FragmentDefinitionNode)),
        variable=texts.variable,
        root=texts.root,
        single=texts.single,
        id_alias=texts.id_alias,
        typename_alias=texts.typename_alias,
        batched=texts.batched,
        unbatchable=texts.unbatchable,
    )


def lone_fragments(sources: Sources, schema: Schema) -> Iterator[Problem]:
    """The errors of fragments that no operation reaches."""
    used = {
        fragment.name.value
        for operation in sources.operations.values()
        for fragment in reached(operation, sources.fragments)
    }
    for name, fragment in sources.fragments.items():
        if name not in used:
            ast = DocumentNode(definitions=(fragment, *reached(fragment, sources.fragments)))
            try:
                yield from found_by_schema(ast, schema, sources.fragments, unread=sources.unread, rules=FRAGMENT_RULES)
            except RecursionError:
                yield too_deep(fragment)


def checked_text(document: DocumentNode, schema: Schema) -> list[Problem]:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    problems = list(found_by_schema(document, schema, fragments))
    if has_error(problems):
        return problems
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            ast = standalone(node, fragments)
            problems.extend(advice(ast, node, fragments, schema.graphql, rewrite(print_ast(ast))))
            if node.name is None:
                problems.append(problem_at(node, "this operation has no name; documents are found by name", "warning"))
    return problems


def has_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def too_deep(node: DefinitionNode) -> Problem:
    return problem_at(node, "this is nested too deeply to be checked")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, by place: several documents report the same error of a fragment that they share."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.path, problem.line, problem.column)))
