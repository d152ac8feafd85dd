"""What is wrong with the settings: which key, what was expected. Where that stands is added by who knows it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from marketplacer_callback.errors import ConfigurationError

__all__ = ["Key", "Problem", "UnfitTablesError", "dotted", "explain", "suggestion"]

Key = tuple[str | int, ...]
"""The way to a value through tables and lists: ``("routes", 0, "to")``."""

_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a table",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_attributes_type": "a table",
    "model_type": "a table",
    "path_type": "a path",
    "string_type": "a text",
    "tuple_type": "a list",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """``what`` is wrong at ``key``; never the value."""

    key: Key
    what: str

    def __str__(self) -> str:
        return f"{dotted(self.key)}: {self.what}"


class UnfitTablesError(ConfigurationError):
    """Problems whose place in a file or in the environment is not told yet."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.found = tuple(found)
        super().__init__(*(str(problem) for problem in found))


def dotted(key: Key) -> str:
    """``routes[0].to``, as a person would write it."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "settings"


def suggestion(word: str, known: Iterable[str], *, otherwise: str | None = None) -> str:
    """``did you mean 'x'?``; else ``otherwise``, or the list of what is known. Known words must not be secret."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.7)
    if close:
        return f"did you mean {close[0]!r}?"
    return otherwise or (f"known: {', '.join(words)}" if words else "there are none")


def explain(error: ValidationError) -> list[Problem]:
    """pydantic's findings in our words, without unknown keys: those are found, with suggestions, on raw tables."""
    errors = [one for one in error.errors(include_url=False, include_input=False) if one["type"] != "extra_forbidden"]
    wrong_lists = {one["loc"][:-1] for one in errors}
    found = (
        Problem(_key(one), _what(one))
        for one in errors
        if not (one["type"] == "too_short" and one["loc"] in wrong_lists)  # only the right elements were counted
    )
    return list(dict.fromkeys(found))


def _key(error: ErrorDetails) -> Key:
    """The location without pydantic's own marks: the tag of a sink's kind, and ``[key]``."""
    key = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"].startswith("union_tag"):
        return (*key, "type")
    return key[:2] + key[3:] if key[:1] == ("sinks",) and len(key) > 2 else key


def _what(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"expected {context['expected']}"
    if kind == "too_short":
        return "expected at least one"
    bounds = {"greater_than_equal": "ge", "less_than_equal": "le", "less_than": "lt", "greater_than": "gt"}
    if kind in bounds:
        words = {"ge": "at least", "le": "at most", "lt": "less than", "gt": "more than"}[bounds[kind]]
        return f"expected {words} {context[bounds[kind]]}"
    if kind.startswith("union_tag"):
        return "expected 'log' or 'jsonl'"
    return f"expected {_EXPECTED.get(kind, 'another kind of value')}"
