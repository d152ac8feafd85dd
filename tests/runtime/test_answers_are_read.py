"""A handler's answer or exception becomes exactly one verdict."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback import errors, outcomes
from marketplacer_callback.inbox.records import Mailbox, MailboxEvent
from marketplacer_callback.runtime.answers import failed, read_answer, read_exception, result_of
from marketplacer_callback.runtime.policy import LanePolicy, backoff_ms, pause_ms

POLICY = LanePolicy("slow", attempts=3, handler_timeout_s=1, settle_ms=10, second_look="doubtful")
DAY_MS = 24 * 3600 * 1000


def mailbox(failures: int = 0, age_days: int = 0) -> Mailbox:
    since_ms = int(time.time() * 1000) - age_days * DAY_MS
    events = (MailboxEvent(1, "update", since_ms, "e", None, None),)
    return Mailbox("1", 1, since_ms, 0, events, failures={"h": failures})


def test_nothing_is_done() -> None:
    assert read_answer(None).verdict == outcomes.done()
    assert read_answer([]).verdict == outcomes.done()


def test_actions_keep_their_order_and_may_come_with_one_verdict() -> None:
    first, second = outcomes.publish("a", 1), outcomes.publish("b", 2)
    answered = read_answer([first, outcomes.skip("later"), second])
    assert (answered.actions, answered.verdict) == ((first, second), outcomes.skip("later"))


@pytest.mark.parametrize("answer", ["done", 5, {"kind": "done"}, ["done"], b"x", [outcomes.done(), outcomes.skip("x")]])
def test_anything_else_is_a_type_error(answer: object) -> None:
    with pytest.raises(TypeError, match="answer|holds"):
        read_answer(answer)


def test_raised_outcomes_are_verdicts_and_other_exceptions_are_not() -> None:
    assert read_exception(errors.RetryLater("busy", after=5)) == outcomes.retry("busy", after=5)
    assert read_exception(errors.GiveUp("no")) == outcomes.dead_letter("no")
    assert isinstance(read_exception(errors.ObjectDeleted("gone")), outcomes.DeadLetter)
    assert read_exception(ValueError("x")) is None


def test_a_retry_with_its_own_time_spends_no_attempt() -> None:
    result = result_of(outcomes.retry("busy", after=2.5), "h", mailbox(failures=99), POLICY, "d")
    assert (result.verb, result.after_ms, result.counted) == ("retry", 2500, False)


def test_a_retry_by_policy_is_counted() -> None:
    result = result_of(outcomes.retry("busy"), "h", mailbox(), POLICY, "d")
    assert (result.verb, result.counted) == ("retry", True)


def test_the_last_attempt_makes_a_dead_letter_with_the_reason() -> None:
    assert failed("h", mailbox(failures=1), POLICY, "boom").verb == "retry"
    last = failed("h", mailbox(failures=2), POLICY, "boom")
    assert (last.verb, last.reason) == ("dead", "failed 3 times, last: boom")


@pytest.mark.parametrize("verdict", [outcomes.retry("r"), outcomes.retry("r", after=1)])
def test_after_thirty_days_no_retry_is_granted(verdict: outcomes.Retry) -> None:
    assert result_of(verdict, "h", mailbox(age_days=31), POLICY, "d").verb == "dead"


def test_a_skip_remembers_the_object_as_skipped() -> None:
    result = result_of(outcomes.skip("no"), "h", mailbox(), POLICY, "d")
    assert (result.verb, result.skipped, result.digest) == ("done", True, "d")


def test_a_dead_letter_keeps_no_endless_reason() -> None:
    assert len(failed("h", mailbox(), POLICY, "x" * 10_000).reason) <= 1000


@given(st.integers(0, 500), st.floats(0, 1))
def test_the_wait_grows_from_five_seconds_to_one_hour_within_twenty_percent(failures: int, chance: float) -> None:
    wait = backoff_ms(failures, chance=lambda: chance)
    natural = min(5000 * 2**failures, 3_600_000)
    assert 0.8 * natural - 1 <= wait <= 1.2 * natural + 1


def test_the_pause_of_an_outage_doubles_up_to_a_minute() -> None:
    assert [pause_ms(count) for count in (0, 1, 5, 6, 1000)] == [1000, 2000, 32_000, 60_000, 60_000]


@pytest.mark.parametrize("after", [-1, float("inf"), float("nan"), timedelta(seconds=1), "60", Decimal(1), True])
def test_a_wait_that_is_no_number_of_seconds_is_refused_where_it_is_written(after: Any) -> None:
    for make in (outcomes.retry, errors.RetryLater):
        with pytest.raises((TypeError, ValueError), match="give seconds from now"):
            make("x", after=after)


def test_a_retry_at_once_comes_in_a_second() -> None:
    assert result_of(outcomes.retry("x", after=0), "h", mailbox(), POLICY, "d").after_ms == 1000


def test_a_verdict_of_nobodys_making_is_an_error_and_never_done() -> None:
    with pytest.raises(TypeError, match="not a verdict"):
        result_of(outcomes.Verdict(), "h", mailbox(), POLICY, "d")


def test_a_reason_may_be_any_object() -> None:
    assert read_exception(errors.GiveUp(ValueError("x"))) == outcomes.dead_letter("x")  # type: ignore[arg-type]


def test_verdicts_raised_in_a_task_group_are_verdicts_and_giving_up_outweighs() -> None:
    later, over = errors.RetryLater("busy", after=5), errors.GiveUp("no")
    assert read_exception(ExceptionGroup("g", [later])) == outcomes.retry("busy", after=5)
    assert read_exception(ExceptionGroup("g", [later, ExceptionGroup("h", [over])])) == outcomes.dead_letter("no")
    assert read_exception(ExceptionGroup("g", [later, ValueError("x")])) is None
