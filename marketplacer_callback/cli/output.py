"""Writing for people and for programs: data to stdout, messages to stderr."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

import click

__all__ = ["ago", "data", "note", "plain", "printable", "record", "table", "text", "when"]


def data(value: object) -> None:
    """``value`` as JSON on stdout."""
    written = json.dumps(plain(value), indent=2, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON may escape but UTF-8 cannot hold
        written = json.dumps(plain(value), indent=2)
    click.echo(written)


def text(line: str = "") -> None:
    """A line of the answer, on stdout."""
    click.echo(line)


def note(line: str) -> None:
    """A message, on stderr."""
    click.echo(line, err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns on stdout, as wide as they need be."""
    cells = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def printable(said: str) -> str:
    """What others wrote, without what would move a terminal's cursor or end the line."""
    return "".join(one if one.isprintable() else " " for one in said)


def when(at_ms: int) -> str:
    """Milliseconds since 1970 as a moment, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(seconds: float) -> str:
    """A length of time in its largest unit: ``35 s``, ``4 min``, ``3 h``, ``12 d``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def record(value: object) -> dict[str, object]:
    """A dataclass as a JSON object."""
    written = plain(value)
    if not isinstance(written, dict):
        raise TypeError(f"{type(value).__name__} is not a record")
    return written


def plain(value: object) -> object:
    """Records as JSON values: field names as they are, moments as ISO 8601, lengths of time in seconds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if not field.name.startswith("_")]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value) if isinstance(value, PurePath) else value
