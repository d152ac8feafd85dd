"""Reading a folder of ``.graphql`` files into operations and fragments by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar, get_args

from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    Source,
    TokenKind,
    get_location,
    parse,
)
from graphql.language import Lexer

from marketplacer_callback.documents.model import Problem, Role
from marketplacer_callback.documents.reach import spreads

__all__ = ["Sources", "parsed", "problem_at", "read"]

ROLES: Final = get_args(Role)
D = TypeVar("D", bound=DefinitionNode)


@dataclass(slots=True)
class Sources:
    """The definitions of a folder.

    ``ambiguous`` has ``(operation | fragment, name)`` of names that were given twice; only the first definition is
    kept, and it must not be used. ``unread`` says that a file could not be read or parsed: a fragment may be missing
    that is there.
    """

    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ambiguous: set[tuple[str, str]] = field(default_factory=set)
    unread: bool = False

    def complete(self, document: DocumentNode) -> bool:
        """Whether everything in a document made of these definitions is there, and only once."""
        fragments = {node.name.value for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operations = {
            node.name.value
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode) and node.name is not None
        }
        names = {("fragment", name) for name in fragments} | {("operation", name) for name in operations}
        spread = {name for node in document.definitions for name in spreads(node)}
        return names.isdisjoint(self.ambiguous) and spread <= fragments


def read(folder: Path, role: Role) -> Sources:
    """Read every ``*.graphql`` of a folder and of its subfolders, hidden ones and that of the other role left out."""
    sources = Sources()
    paths = list(documents_in(folder, role))
    if not folder.is_dir():
        sources.problems.append(Problem(folder, 1, 1, "there is no such folder; `queries` in the settings names it"))
    elif not paths:
        sources.problems.append(Problem(folder, 1, 1, "there is no *.graphql file in this folder", "warning"))
    for path in paths:
        document = read_file(path, sources.problems)
        if document is None:
            sources.unread = True
            continue
        for definition in document.definitions:
            add(sources, definition)
    return sources


def documents_in(folder: Path, role: Role) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        top = Path(place) == folder
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (top and name in ROLES and name != role)
        )
        for name in sorted(files):
            if name.endswith(".graphql") and not name.startswith("."):
                yield Path(place) / name


def read_file(path: Path, problems: list[Problem]) -> DocumentNode | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(Problem(path, 1, 1, f"this file cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        problems.append(Problem(path, 1, 1, "this file is not UTF-8 text"))
    else:
        return parsed(text, path, problems)
    return None


def parsed(text: str, path: Path, problems: list[Problem]) -> DocumentNode | None:
    """The AST of a file's text; problems are added to ``problems``.

    ``None`` for what is not GraphQL; a document without definitions, and a warning, for a file without any.
    """
    source = Source(text, str(path))
    try:
        if Lexer(source).advance().kind is TokenKind.EOF:
            problems.append(Problem(path, 1, 1, "this file holds no operation and no fragment", "warning"))
            return DocumentNode(definitions=())
        return parse(source)
    except GraphQLSyntaxError as error:
        where = error.locations[0] if error.locations else None
        message = error.message.removeprefix("Syntax Error: ")
        problems.append(
            Problem(path, where.line if where else 1, where.column if where else 1, f"syntax error: {message}")
        )
    except RecursionError:
        problems.append(Problem(path, 1, 1, "this file is nested too deeply to be read"))
    return None


def add(sources: Sources, definition: DefinitionNode) -> None:
    if isinstance(definition, OperationDefinitionNode):
        if definition.name is None:
            sources.problems.append(
                problem_at(definition, f"this {definition.operation.value} has no name; documents are found by name")
            )
        else:
            add_named(sources, sources.operations, definition, definition.name.value, "operation")
    elif isinstance(definition, FragmentDefinitionNode):
        add_named(sources, sources.fragments, definition, definition.name.value, "fragment")
    else:
        sources.problems.append(
            problem_at(definition, "this is part of a schema; a queries folder holds operations and fragments")
        )


def add_named(sources: Sources, names: dict[str, D], definition: D, name: str, what: str) -> None:
    first = names.setdefault(name, definition)
    if first is not definition:
        sources.ambiguous.add((what, name))
        sources.problems.append(
            problem_at(definition, f"{what} {name} is here and at {place(first)}; rename or remove one of them")
        )


def place(node: Node) -> str:
    """Where a node starts, as ``path:line:column``."""
    problem = problem_at(node, "")
    return f"{problem.path}:{problem.line}:{problem.column}"


def problem_at(node: Node, message: str, severity: Literal["error", "warning"] = "error") -> Problem:
    """A problem at the place where a node of a parsed file starts."""
    assert node.loc is not None  # noqa: S101 - sources are parsed with locations
    where = get_location(node.loc.source, node.loc.start)
    return Problem(Path(node.loc.source.name), where.line, where.column, message, severity)
