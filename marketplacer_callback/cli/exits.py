"""What the process answers with: the exit code of each kind of error, decided here alone."""

from __future__ import annotations

import sys
from typing import Final

import click

from marketplacer_callback.errors import ApiError, ConfigurationError, MarketplacerCallbackError, QueueUnavailable

__all__ = ["FINE", "FOUND", "INTERRUPTED", "UNREACHABLE", "USAGE", "Failed", "failed"]

FINE: Final = 0
FOUND: Final = 1
"""It ran, and found something: a failed check, no such object, dead letters where they were asked for."""
USAGE: Final = 2
UNREACHABLE: Final = 3
"""Redis, the API or the receiver is out of reach, or refuses us."""
INTERRUPTED: Final = 130


class Failed(click.ClickException):
    """An expected error on its way out: ``error: …`` on stderr, one line a problem, and its exit code."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = code  # type: ignore[misc]  # click declares it as of the class, and reads it off the object

    def show(self, file: object = None) -> None:  # noqa: ARG002  (click's signature)
        for line in self.lines:
            click.echo(f"error: {line}", err=True)


def failed(error: BaseException) -> Failed | None:
    """An error that people are expected to meet, as a message and an exit code; ``None`` for a fault of this program.

    Of a group of concurrent tasks all errors must be expected ones; the gravest code is taken.
    """
    leaves = _leaves(error)
    codes = [_code(leaf) for leaf in leaves]
    if any(code is None for code in codes):
        return None
    lines = dict.fromkeys(line for leaf in leaves for line in _lines(leaf))
    return Failed(max(code for code in codes if code is not None), *lines)


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for one in error.exceptions for leaf in _leaves(one)]


def _code(error: BaseException) -> int | None:
    if isinstance(error, ConfigurationError):
        return USAGE
    if isinstance(error, QueueUnavailable | ApiError) or _is_of_redis(error):
        return UNREACHABLE
    return FOUND if isinstance(error, MarketplacerCallbackError) else None


def _lines(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, ConfigurationError):
        return error.problems or (str(error),)
    return (f"Redis: {error}",) if _is_of_redis(error) else (str(error),)


def _is_of_redis(error: BaseException) -> bool:
    module = sys.modules.get("redis.exceptions")  # not imported for this: without it there is no such error
    return module is not None and isinstance(error, module.RedisError)
