"""The four verdicts: how a handler's work on one change ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marketplacer_callback.delay import checked_delay
from marketplacer_callback.outcomes.base import Outcome

__all__ = ["DeadLetter", "Done", "Retry", "Skip", "Verdict", "dead_letter", "done", "retry", "skip"]


class Verdict(Outcome):
    """One of done, skip, retry, dead letter. An answer holds at most one; without one it is done."""

    __slots__ = ()
    kind: ClassVar[str] = "verdict"


@dataclass(frozen=True, slots=True)
class Done(Verdict):
    kind: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True)
class Skip(Verdict):
    kind: ClassVar[str] = "skip"
    reason: str


@dataclass(frozen=True, slots=True)
class Retry(Verdict):
    kind: ClassVar[str] = "retry"
    reason: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter(Verdict):
    kind: ClassVar[str] = "dead_letter"
    reason: str


def done() -> Done:
    """The work on this change is complete; from now on ``change.first`` is false for this handler and object."""
    return Done()


def skip(reason: str) -> Skip:
    """Nothing to do for this change, and ``reason`` says why (for logs and ``show``). ``change.first`` stays as it
    was.
    """
    return Skip(str(reason))


def retry(reason: str, *, after: float | None = None) -> Retry:
    """This change again, in ``after`` seconds (at least one), which spends no attempt; ``None``: by the lane's policy,
    which spends one.

    A change that has waited 30 days in all becomes a dead letter. Raises ``TypeError`` or ``ValueError`` for an
    ``after`` that is no number of seconds.
    """
    return Retry(str(reason), checked_delay(after))


def dead_letter(reason: str) -> DeadLetter:
    """Give this change up: it is kept as a dead letter with ``reason``, listed, and can be replayed."""
    return DeadLetter(str(reason))
