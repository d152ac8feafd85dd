"""Choosing among dead letters: by what they are about, and by what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import DeadLetter

__all__ = ["Cause", "by_cause", "cause_of", "chosen", "where_option"]

_LONGEST_CAUSE: Final = 160
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_ID: Final = re.compile(r"(?<![\w/+])(?=[\w/+-]*\d)[\w/+-]{12,}={0,2}")
_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_PARTS: Final[Mapping[str, Callable[[DeadLetter], Iterable[str]]]] = {
    "type": lambda letter: [letter.typename],
    "lane": lambda letter: [letter.lane],
    "id": lambda letter: [letter.id],
    "handler": lambda letter: letter.reasons,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Dead letters of one handler that went wrong in the same way: how many, the last one, and an example."""

    handler: str
    cause: str
    letters: int
    newest_ms: int
    example: str


def cause_of(reason: str) -> str:
    """A reason without what differs from object to object: its first line, without quoted texts, ids and numbers."""
    line = reason.strip().partition("\n")[0]
    for pattern, instead in ((_QUOTED, "'…'"), (_ID, "…"), (_NUMBER, "#")):
        line = pattern.sub(instead, line)
    return line[:_LONGEST_CAUSE]


def by_cause(letters: Iterable[DeadLetter]) -> list[Cause]:
    """The causes, the most frequent first."""
    found: dict[tuple[str, str], Cause] = {}
    for letter in letters:
        for handler, reason in letter.reasons.items():
            key = (handler, cause_of(reason))
            before = found.get(key)
            count = before.letters + 1 if before else 1
            newest = max(letter.at_ms, before.newest_ms if before else 0)
            found[key] = Cause(*key, count, newest, f"{letter.typename} {letter.id}")
    return sorted(found.values(), key=lambda cause: (-cause.letters, cause.handler, cause.cause))


def chosen(letter: DeadLetter, where: Mapping[str, str]) -> bool:
    """Whether a letter fits every condition. ``cause`` fits if the text is in a reason of the letter, or in its cause,
    whatever the case; with ``handler`` it must be that handler's.
    """
    for name, wanted in where.items():
        if name in _PARTS and wanted not in _PARTS[name](letter):
            return False
    if "cause" not in where:
        return True
    handler = where.get("handler")
    reasons = [reason for name, reason in letter.reasons.items() if handler in (None, name)]
    text = where["cause"].casefold()
    return any(text in reason.casefold() or text in cause_of(reason).casefold() for reason in reasons)


def _where(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    known = (*_PARTS, "cause")
    where: dict[str, str] = {}
    for value in values:
        name, equals, wanted = value.partition("=")
        if not (equals and wanted and name in known):
            raise click.BadParameter(f"{value!r}: expected NAME=VALUE with a name of {', '.join(known)}")
        if name in where:
            raise click.BadParameter(f"{name!r} is given twice; all conditions must hold")
        where[name] = canonical(wanted) if name == "type" else wanted
    return where


where_option = click.option(
    "--where",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_where,
    help="Only those of this handler, type, lane, id, or with this text in their cause; all must hold.",
)
