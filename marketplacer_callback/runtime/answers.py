"""Reading what a handler answered or raised. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from marketplacer_callback.errors import GiveUp, ObjectDeleted, ObjectMismatch, RetryLater
from marketplacer_callback.inbox.records import HandlerResult, Mailbox
from marketplacer_callback.outcomes import DeadLetter, Done, Outcome, Retry, Skip, Verdict
from marketplacer_callback.runtime.policy import MAX_AGE_MS, LanePolicy, backoff_ms

__all__ = ["Answered", "failed", "place_of", "read_answer", "read_exception", "result_of"]

_LONGEST_REASON = 1000
"""Characters of an error that a dead letter keeps: enough to find the cause, too few to hold an object."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A handler's answer, taken apart: what to do, in order, and how it ends."""

    actions: tuple[Outcome, ...]
    verdict: Verdict


def read_answer(answer: object) -> Answered:
    """Raises ``TypeError``, with what was answered instead, for all but outcomes, and for more than one verdict."""
    if answer is None:
        return Answered((), Done())
    if isinstance(answer, Outcome):
        outcomes: Sequence[object] = (answer,)
    elif isinstance(answer, Sequence) and not isinstance(answer, (str, bytes)):
        outcomes = answer
    else:
        raise TypeError(f"a handler answers outcomes, a list of them, or None; this one answered a {_kind(answer)}")
    verdicts = [outcome for outcome in outcomes if isinstance(outcome, Verdict)]
    if len(verdicts) > 1:
        raise TypeError(
            f"an answer holds one verdict; this one holds {', '.join(verdict.kind for verdict in verdicts)}"
        )
    actions: list[Outcome] = []
    for outcome in outcomes:
        if not isinstance(outcome, Outcome):
            raise TypeError(f"a handler's list holds outcomes only; this one holds a {_kind(outcome)}")
        if not isinstance(outcome, Verdict):
            actions.append(outcome)
    return Answered(tuple(actions), verdicts[0] if verdicts else Done())


def read_exception(error: Exception) -> Verdict | None:
    """The verdict that an exception stands for; ``None`` for a failure, which is retried by the lane's policy."""
    if isinstance(error, RetryLater):
        return Retry(error.reason, error.after)
    if isinstance(error, GiveUp):
        return DeadLetter(error.reason)
    if isinstance(error, ObjectDeleted | ObjectMismatch):
        return DeadLetter(f"{type(error).__name__}: {error}")
    return None


def result_of(verdict: Verdict, handler: str, mailbox: Mailbox, policy: LanePolicy, digest: str) -> HandlerResult:
    """What the inbox is told. A ``retry`` with its own ``after`` spends no attempt; without one it is a counted
    failure.
    """
    match verdict:
        case Skip():
            return HandlerResult(handler, "done", digest=digest, skipped=True)
        case DeadLetter(reason=reason):
            return HandlerResult(handler, "dead", reason=reason)
        case Retry(reason=reason, after_s=None):
            return failed(handler, mailbox, policy, reason)
        case Retry(reason=reason, after_s=float() | int() as after_s):
            if _too_old(mailbox):
                return HandlerResult(handler, "dead", reason=f"retried for 30 days: {reason}")
            return HandlerResult(handler, "retry", after_ms=int(after_s * 1000), reason=reason)
        case _:
            return HandlerResult(handler, "done", digest=digest)


def failed(handler: str, mailbox: Mailbox, policy: LanePolicy, reason: str) -> HandlerResult:
    """A counted failure: tried again with growing waits, a dead letter after the lane's ``attempts`` or 30 days."""
    failures = mailbox.failures.get(handler, 0)
    reason = reason[:_LONGEST_REASON]
    if failures + 1 >= policy.attempts:
        return HandlerResult(handler, "dead", reason=f"failed {failures + 1} times, last: {reason}")
    if _too_old(mailbox):
        return HandlerResult(handler, "dead", reason=f"retried for 30 days, last: {reason}")
    return HandlerResult(handler, "retry", after_ms=backoff_ms(failures), counted=True, reason=reason)


def place_of(error: BaseException) -> str:
    """``file:line in function`` of the innermost frame of an exception: what a log may show without a customer's
    data.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown place"
    last = frames[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


def _too_old(mailbox: Mailbox) -> bool:
    newest = max((event.at_ms for event in mailbox.events), default=mailbox.since_ms)
    return newest - mailbox.since_ms > MAX_AGE_MS


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
