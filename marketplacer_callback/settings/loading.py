"""From file and environment to raw tables, and from a problem back to the place it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.settings.environment import overlay
from marketplacer_callback.settings.later import LATER_TABLES
from marketplacer_callback.settings.problems import Key, Problem
from marketplacer_callback.settings.references import literal_secrets, resolve, variables
from marketplacer_callback.settings.toml_file import TomlFile, read
from marketplacer_callback.settings.vocabulary import Shape

__all__ = ["FILE_NAME", "Gathered", "Places", "gather"]

FILE_NAME: Final = "marketplacer-callback.toml"
"""The file that is read in the working directory, if it is there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where keys were set: the file with its lines, and the variables that were laid over it."""

    file: TomlFile | None = None
    variables: Mapping[Key, str] = field(default_factory=dict)

    def tell(self, problem: Problem) -> str:
        """The problem as a line that starts with its variable, or with file:line."""
        key = problem.key
        variable = next(
            (self.variables[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.variables), None
        )
        if variable is not None:
            return f"environment variable {variable}: {problem}"
        if self.file is None:
            return str(problem)
        line = self.file.line_of(key)
        return f"{self.file.path}:{line}: {problem}" if line else f"{self.file.path}: {problem}"


@dataclass(frozen=True, slots=True)
class Gathered:
    """``tables`` still to be checked; ``problems`` found on the way, as whole lines; ``unresolved`` references."""

    tables: dict[str, Any] = field(repr=False)
    folder: Path
    places: Places
    problems: tuple[str, ...]
    unresolved: tuple[Problem, ...]

    def tell(self, found: Iterable[Problem]) -> list[str]:
        return [*(self.places.tell(problem) for problem in found), *self.problems]


def gather(config: Path | None, environ: Mapping[str, str], shape: Shape) -> Gathered:
    """Read both. Raises ``ConfigurationError`` if the file cannot be read or is not TOML."""
    path = Path(FILE_NAME) if config is None else config
    file = read(path) if config is not None or path.exists() else None
    folder = path.absolute().parent if file else Path.cwd()
    given = file.tables if file else {}
    literals = [Places(file).tell(problem) for problem in literal_secrets(given)]
    laid = overlay(given, environ, shape, later=LATER_TABLES, used=variables(given))
    unresolved = [*resolve(laid.tables, environ, folder), *_queries(laid.tables, folder)]
    return Gathered(laid.tables, folder, Places(file, laid.origins), (*literals, *laid.problems), tuple(unresolved))


def _queries(tables: dict[str, Any], folder: Path) -> Iterable[Problem]:
    """Make the documents' folder absolute. One that was named and is missing matters to who fetches; without a name
    and a folder, the documents that come with the package serve.
    """
    text = tables.get("queries")
    if text is None:
        own = folder / "queries"
        tables["queries"] = own if own.is_dir() else default_queries()
    elif isinstance(text, str):
        tables["queries"] = folder / text
        if not (folder / text).is_dir():
            yield Problem(("queries",), f"there is no folder {text}")
