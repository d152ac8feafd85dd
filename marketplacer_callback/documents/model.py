"""What a folder of documents is once it has been read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from graphql import GraphQLSchema

__all__ = ["Batched", "Checked", "Document", "DocumentSet", "Problem", "Role", "Schema"]

Role = Literal["operator", "seller"]
"""Whose API key an instance uses; documents in the folder of the other role are not loaded."""


@dataclass(frozen=True, slots=True)
class Batched:
    """A ``node(id:)`` document rewritten to fetch many objects by one ``nodes(ids:)``.

    ``variable`` is its only variable, of type ``[ID!]!``; the answer's list is at ``root``, in the order of the ids,
    with ``null`` for an object that is not there. Each object carries its id under ``id_alias`` and its type under
    ``typename_alias``, names that the document itself does not use.
    """

    text: str
    variable: str
    root: str
    id_alias: str
    typename_alias: str


@dataclass(frozen=True, slots=True)
class Document:
    """One operation of the queries folder, with the fragments that it reaches.

    ``text`` is the operation and those fragments, normalised; ``digest`` (16 hex digits) identifies that text, so it
    changes with a shared fragment and not with a comment. ``path`` and ``line`` say where the operation starts.

    A ``fetchable`` document reads one object: ``single`` is ``text`` with the object's id and type under the private
    aliases ``id_alias`` and ``typename_alias``, ``variable`` is the one that takes the id, and ``root`` is the response
    key of the object. Of any other document (a mutation, a list) those four are empty, and ``single`` is ``text``.

    ``batched`` is ``None`` if the document cannot be sent for many objects at once; ``unbatchable`` then says why.
    """

    name: str
    kind: Literal["query", "mutation"]
    text: str
    digest: str
    path: Path
    line: int
    fragments: tuple[str, ...]
    variable: str
    root: str
    single: str
    id_alias: str
    typename_alias: str
    batched: Batched | None
    unbatchable: str | None

    @property
    def fetchable(self) -> bool:
        """Whether it reads one object by its id alone."""
        return self.root != ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong (``error``) or doubtful (``warning``) at one place; lines and columns start at 1."""

    path: Path
    line: int
    column: int
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message}"


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema that documents are checked against; ``path`` is ``None`` for the bundled subset."""

    graphql: GraphQLSchema = field(repr=False)
    path: Path | None

    @property
    def bundled(self) -> bool:
        """Whether this is the subset that comes with the package, rather than one pulled from an instance."""
        return self.path is None


class DocumentSet(Mapping[str, Document]):
    """Documents by the name of their operation. The default document of an object type has the type's name."""

    __slots__ = ("_documents",)

    def __init__(self, documents: Mapping[str, Document] | None = None) -> None:
        self._documents = dict(documents or {})

    def __getitem__(self, name: str) -> Document:
        return self._documents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def __repr__(self) -> str:
        return f"DocumentSet({', '.join(self._documents)})"


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: the documents without an error, and everything that was found, in order of place."""

    documents: DocumentSet
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be mended."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings may remain."""
        return not self.errors
