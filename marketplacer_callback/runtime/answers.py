"""Reading what a handler answered or raised. Pure."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.errors import GiveUp, ObjectDeleted, ObjectMismatch, RetryLater
from marketplacer_callback.inbox.records import HandlerResult, Mailbox
from marketplacer_callback.outcomes import DeadLetter, Done, Outcome, Retry, Skip, Verdict
from marketplacer_callback.runtime.policy import LEAST_RETRY_MS, MAX_AGE_MS, LanePolicy, backoff_ms

__all__ = ["Answered", "failed", "place_of", "read_answer", "read_exception", "result_of"]

_LONGEST_REASON: Final = 1000
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
        kinds = ", ".join(verdict.kind for verdict in verdicts)
        raise TypeError(f"an answer holds one verdict; this one holds {kinds}")
    actions: list[Outcome] = []
    for outcome in outcomes:
        if not isinstance(outcome, Outcome):
            raise TypeError(f"a handler's list holds outcomes only; this one holds a {_kind(outcome)}")
        if not isinstance(outcome, Verdict):
            actions.append(outcome)
    return Answered(tuple(actions), verdicts[0] if verdicts else Done())


def read_exception(error: BaseException) -> Verdict | None:
    """The verdict that an exception stands for; ``None`` for a failure, which is retried by the lane's policy.

    A group, as an ``asyncio.TaskGroup`` raises, stands for one if all in it do; giving up outweighs trying again.
    """
    verdicts = [_verdict_of(leaf) for leaf in _leaves(error)]
    if None in verdicts:
        return None
    return next((verdict for verdict in verdicts if isinstance(verdict, DeadLetter)), verdicts[0])


def result_of(verdict: Verdict, handler: str, mailbox: Mailbox, policy: LanePolicy, digest: str) -> HandlerResult:
    """What the inbox is told. A ``retry`` with its own ``after`` spends no attempt; without one it is a counted
    failure. Raises ``TypeError`` for a verdict that is none of the four.
    """
    match verdict:
        case Done():
            return HandlerResult(handler, "done", digest=digest)
        case Skip():
            return HandlerResult(handler, "done", digest=digest, skipped=True)
        case DeadLetter(reason=reason):
            return HandlerResult(handler, "dead", reason=reason[:_LONGEST_REASON])
        case Retry(reason=reason, after_s=None):
            return failed(handler, mailbox, policy, reason)
        case Retry(reason=reason, after_s=after_s) if after_s is not None:
            if _too_old(mailbox):
                return HandlerResult(handler, "dead", reason=f"retried for 30 days: {reason}"[:_LONGEST_REASON])
            after_ms = max(round(after_s * 1000), LEAST_RETRY_MS)
            return HandlerResult(handler, "retry", after_ms=after_ms, reason=reason[:_LONGEST_REASON])
        case _:
            raise TypeError(f"not a verdict: {_kind(verdict)}")


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
    frames = traceback.extract_tb(next(_leaves(error)).__traceback__)
    if not frames:
        return "unknown place"
    last = frames[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _verdict_of(error: BaseException) -> Verdict | None:
    if isinstance(error, RetryLater):
        return Retry(error.reason, error.after)
    if isinstance(error, GiveUp):
        return DeadLetter(error.reason)
    if isinstance(error, ObjectDeleted | ObjectMismatch):
        return DeadLetter(f"{type(error).__name__}: {error}")
    return None


def _too_old(mailbox: Mailbox) -> bool:
    return time.time() * 1000 - mailbox.since_ms > MAX_AGE_MS


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
