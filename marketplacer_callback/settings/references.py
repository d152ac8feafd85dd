"""``env:NAME`` and ``file:PATH``: where a secret or a URL is, instead of the thing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from marketplacer_callback.settings.problems import Key, Problem

__all__ = ["Unresolved", "literal_secrets", "resolve", "variables"]

_REFERABLE: Final[tuple[Key, ...]] = (
    ("redis", "url"),
    ("instances", "*", "url"),
    ("instances", "*", "api_key"),
    ("instances", "*", "basic_auth"),
    ("instances", "*", "webhook_secrets", "*"),
    ("instances", "*", "webhook_header", "value"),
)
_LARGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Unresolved(Problem):
    """A reference that leads nowhere: a problem only for a process that needs the value."""


def literal_secrets(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Secrets that stand in the file themselves."""
    for key, text in _referable(tables):
        if _is_reference(text) or not text:
            continue
        if key[-1] == "url":
            if _has_password(text):
                yield Problem(key, f"a password stands in the file; {_remedy(key)}")
        else:
            yield Problem(key, f"the secret itself stands in the file; {_remedy(key)}")


def variables(tables: Mapping[str, Any]) -> set[str]:
    """The names in all ``env:`` references."""
    return {text.removeprefix("env:") for _, text in _referable(tables) if text.startswith("env:")}


def resolve(tables: dict[str, Any], environ: Mapping[str, str], folder: Path) -> list[Unresolved]:
    """Put the values in place of the references; one that leads nowhere is taken out and reported.

    The line end at the end of a file is not part of its secret. Paths are relative to ``folder``.
    """
    unresolved = []
    for key, text in list(_referable(tables)):
        if not _is_reference(text):
            continue
        kind, _, name = text.partition(":")
        value = _variable(name, environ) if kind == "env" else _content(folder / name, name)
        _replace(tables, key, value.text)
        if value.text is None:
            unresolved.append(Unresolved(key, value.trouble))
    _drop_gaps(tables)
    return unresolved


@dataclass(frozen=True, slots=True, repr=False)
class _Lookup:
    text: str | None
    trouble: str = ""


def _variable(name: str, environ: Mapping[str, str]) -> _Lookup:
    text = environ.get(name, "").strip()
    if text:
        return _Lookup(text)
    return _Lookup(None, f"environment variable {name} is {'empty' if name in environ else 'not set'}")


def _content(path: Path, name: str) -> _Lookup:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode().strip()
    except OSError as error:
        return _Lookup(None, f"file {name} cannot be read: {error.strerror}")
    except ValueError:
        return _Lookup(None, f"file {name} is not text in UTF-8")
    return _Lookup(text) if text else _Lookup(None, f"file {name} is empty")


def _is_reference(text: str) -> bool:
    return text.startswith(("env:", "file:"))


def _has_password(url: str) -> bool:
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return "@" in url


def _remedy(key: Key) -> str:
    parts = [str(part) for part in key[1:] if not isinstance(part, int)]
    name = "REDIS_URL" if key == ("redis", "url") else "_".join(parts).upper().replace("-", "_")
    reference = f'"env:{name}" or "file:/run/secrets/{name.lower()}"'
    return f"put it into an environment variable or a file and write {reference}"


def _referable(tables: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    for pattern in _REFERABLE:
        yield from _matches(tables, pattern, ())


def _matches(value: object, pattern: Key, at: Key) -> Iterator[tuple[Key, str]]:
    if not pattern:
        if isinstance(value, str):
            yield at, value
        return
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for name, below in pairs:
        if pattern[0] in (name, "*"):
            yield from _matches(below, pattern[1:], (*at, name))


def _replace(tables: dict[str, Any], key: Key, value: str | None) -> None:
    holder: Any = tables
    for part in key[:-1]:
        holder = holder[part]
    holder[key[-1]] = value


def _drop_gaps(tables: dict[str, Any]) -> None:
    """Secrets of a list that were not found leave no hole in it."""
    instances = tables.get("instances")
    for instance in instances.values() if isinstance(instances, dict) else ():
        if isinstance(instance, dict) and isinstance(instance.get("webhook_secrets"), list):
            instance["webhook_secrets"] = [one for one in instance["webhook_secrets"] if one is not None]
