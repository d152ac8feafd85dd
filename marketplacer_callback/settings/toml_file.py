"""The TOML file: its tables, and on which line each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.settings.problems import Key

__all__ = ["TomlFile", "read"]

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_AT: Final = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """``tables`` as parsed. ``lines``: the line of each key that starts one (a key of an inline table does not)."""

    path: Path
    tables: dict[str, Any]
    lines: Mapping[Key, int] = field(repr=False)

    def line_of(self, key: Key) -> int | None:
        """The line of the key, or of the nearest table around it."""
        return next((self.lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.lines), None)


def read(path: Path) -> TomlFile:
    """The file. Raises ``ConfigurationError``: not there, not readable, not TOML (file:line:column)."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 at byte {error.start}") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax_error(path, text, str(error))) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets without end
        raise ConfigurationError(f"{path}: is not usable TOML: a value is far too large or too deeply nested") from None
    return TomlFile(path, tables, _lines(text))


def _syntax_error(path: Path, text: str, message: str) -> str:
    match = _AT.fullmatch(message)
    if match is None:
        return f"{path}: not valid TOML: {message}"
    lines = text.split("\n")
    line, column = match["line"] or str(len(lines)), match["column"] or str(len(lines[-1]) + 1)
    return f"{path}:{line}:{column}: not valid TOML: {match['what']}"


def _lines(text: str) -> dict[Key, int]:
    """Good enough for messages: a line within a multi-line text that looks like a key is taken for one."""
    found: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.fullmatch(line):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, number)
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def _parts(dotted: str) -> Key:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
