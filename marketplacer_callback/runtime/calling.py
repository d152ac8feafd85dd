"""Calling one handler for one change, and carrying out what it answers."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Mapping
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.inbox.records import HandlerResult, Mailbox
from marketplacer_callback.outcomes import DeadLetter, Outcome, Publish, Retry, Skip
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import Answered, failed, place_of, read_answer, read_exception, result_of
from marketplacer_callback.runtime.policy import LanePolicy
from marketplacer_callback.runtime.publisher import Publisher
from marketplacer_callback.runtime.threads import Threads

__all__ = ["Caller"]

logger = logging.getLogger("marketplacer_callback.runtime")


class Caller:
    """Runs handlers: coroutines on the loop, plain functions in threads.

    A handler that runs past ``handler_timeout`` has failed. A plain function cannot be stopped there: its thread runs
    on, which is why two runs of it may overlap; a coroutine is cancelled.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._threads = Threads()

    def close(self) -> None:
        """Start no more threads; those that run are not waited for."""
        if self._threads.running:
            logger.warning("threads.still_running", extra={"fields": {"threads": self._threads.running}})
        self._threads.close()

    async def call(
        self, handler: Handler, change: Change[Any], mailbox: Mailbox, policy: LanePolicy, digest: str
    ) -> HandlerResult:
        """The handler's verdict, its publishes carried out. Raises nothing but our own cancellation."""
        if not handler.is_async:
            await self._threads.free()
        limit = asyncio.timeout(policy.handler_timeout_s)
        try:
            async with limit:
                answered = read_answer(await self._run(handler, change))
        except asyncio.CancelledError as error:
            if _is_ours():
                raise
            return self._failure(handler, mailbox, policy, error, "CancelledError: something that it awaited was")
        except Exception as error:  # noqa: BLE001  whatever a handler raises is its verdict
            if limit.expired():
                reason = f"took longer than {policy.handler_timeout_s:g} s"
                return self._failure(handler, mailbox, policy, error, reason)
            verdict = read_exception(error)
            if verdict is None:
                return self._failure(handler, mailbox, policy, error, f"{type(error).__name__}: {error}")
            answered = Answered((), verdict)
        return await self._answered(answered, handler, change, mailbox, policy, digest)

    async def _run(self, handler: Handler, change: Change[Any]) -> object:
        if handler.is_async:
            return await handler.function(change)
        answer = await self._threads.call(handler.function, change)
        # A plain function may be a wrapper around a coroutine function.
        return await answer if inspect.isawaitable(answer) else answer

    async def _answered(
        self,
        answered: Answered,
        handler: Handler,
        change: Change[Any],
        mailbox: Mailbox,
        policy: LanePolicy,
        digest: str,
    ) -> HandlerResult:
        unknown = self._publisher.unknown(answered.actions)
        if unknown is not None:
            answered = Answered((), DeadLetter(unknown))
        if isinstance(answered.verdict, Skip | Retry | DeadLetter):
            fields = {"answer": answered.verdict.kind, "reason": answered.verdict.reason}
            logger.info("handler.answered", extra={"fields": fields})
        # A round of the mailbox begins at since_ms: its retries publish under the same ids, the next round does not.
        stamp = f"{mailbox.since_ms} {digest}"
        for position, action in enumerate(answered.actions):
            problem = await self._carry_out(action, change, position, stamp, policy.handler_timeout_s)
            if problem is not None:
                return failed(handler.name, mailbox, policy, problem)
        return result_of(answered.verdict, handler.name, mailbox, policy, digest)

    async def _carry_out(
        self, action: Outcome, change: Change[Any], position: int, stamp: str, within_s: float
    ) -> str | None:
        """``None`` when it is done, else what went wrong."""
        if not isinstance(action, Publish):
            return f"this worker cannot carry out {action.kind!r}"
        try:
            async with asyncio.timeout(within_s):
                await self._publisher.publish(action, change, position, stamp)
        except Exception as error:  # noqa: BLE001  a sink is foreign code: what it raises is retried, logged with its place
            fields = {"sink": action.sink, "error": type(error).__name__, "place": place_of(error)}
            logger.warning("publish.failed", extra={"fields": fields})
            return f"sink {action.sink!r}: {type(error).__name__}: {error}"
        logger.info("outcome.published", extra={"fields": {"sink": action.sink}})
        return None

    def _failure(
        self, handler: Handler, mailbox: Mailbox, policy: LanePolicy, error: BaseException, reason: str
    ) -> HandlerResult:
        fields: Mapping[str, object] = {
            "error": type(error).__name__,
            "place": place_of(error),
            "attempt": mailbox.failures.get(handler.name, 0) + 1,
        }
        logger.warning("handler.failed", extra={"fields": fields})
        logger.debug("handler.traceback", exc_info=error)
        return failed(handler.name, mailbox, policy, reason)


def _is_ours() -> bool:
    """Whether it is this task that is being cancelled, rather than something that the handler awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
