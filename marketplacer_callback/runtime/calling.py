"""Calling one handler for one change, and carrying out what it answers."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.inbox.records import HandlerResult, Mailbox
from marketplacer_callback.outcomes import DeadLetter, Outcome, Publish, Retry, Skip
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import failed, place_of, read_answer, read_exception, result_of
from marketplacer_callback.runtime.policy import LanePolicy
from marketplacer_callback.runtime.publisher import Publisher

__all__ = ["Caller"]

logger = logging.getLogger("marketplacer_callback.runtime")


class Caller:
    """Runs handlers: coroutines on the loop, plain functions in threads of its own.

    A handler that runs past ``handler_timeout`` has failed. A plain function cannot be stopped there: its thread runs
    on, which is why two runs of it may overlap; a coroutine is cancelled.
    """

    def __init__(self, publisher: Publisher, *, threads: int = 32) -> None:
        self._publisher = publisher
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="handler")

    def close(self) -> None:
        """Start no more threads; those that run are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def call(
        self, handler: Handler, change: Change[Any], mailbox: Mailbox, policy: LanePolicy, digest: str
    ) -> HandlerResult:
        """The handler's verdict, its publishes carried out. Never raises but for cancellation."""
        limit = asyncio.timeout(policy.handler_timeout_s)
        try:
            async with limit:
                answered = read_answer(await self._run(handler, change))
        except Exception as error:  # noqa: BLE001  whatever a handler raises is its verdict
            if limit.expired():
                reason = f"took longer than {policy.handler_timeout_s:g} s"
                return self._failure(handler, mailbox, policy, error, reason)
            verdict = read_exception(error)
            if verdict is not None:
                return result_of(verdict, handler.name, mailbox, policy, digest)
            return self._failure(handler, mailbox, policy, error, f"{type(error).__name__}: {error}")
        if isinstance(answered.verdict, Skip | Retry | DeadLetter):
            fields = {"answer": answered.verdict.kind, "reason": answered.verdict.reason}
            logger.info("handler.answered", extra={"fields": fields})
        for position, action in enumerate(answered.actions):
            problem = await self._carry_out(action, change, position, digest)
            if problem is not None:
                return failed(handler.name, mailbox, policy, problem)
        return result_of(answered.verdict, handler.name, mailbox, policy, digest)

    async def _run(self, handler: Handler, change: Change[Any]) -> object:
        if handler.is_async:
            return await handler.function(change)
        context = contextvars.copy_context()
        answer: object = await asyncio.get_running_loop().run_in_executor(
            self._threads, context.run, handler.function, change
        )
        return answer

    async def _carry_out(self, action: Outcome, change: Change[Any], position: int, digest: str) -> str | None:
        """``None`` when it is done, else what went wrong."""
        if not isinstance(action, Publish):
            return f"this worker cannot carry out {action.kind!r}"
        try:
            await self._publisher.publish(action, change, position, digest)
        except Exception as error:  # noqa: BLE001  a sink is foreign code: what it raises is retried, and logged with its place
            logger.warning(
                "publish.failed",
                extra={"fields": {"sink": action.sink, "error": type(error).__name__, "place": place_of(error)}},
            )
            return f"sink {action.sink!r}: {type(error).__name__}: {error}"
        logger.info("outcome.published", extra={"fields": {"sink": action.sink}})
        return None

    def _failure(
        self, handler: Handler, mailbox: Mailbox, policy: LanePolicy, error: Exception, reason: str
    ) -> HandlerResult:
        fields: Mapping[str, object] = {
            "error": type(error).__name__,
            "place": place_of(error),
            "attempt": mailbox.failures.get(handler.name, 0) + 1,
        }
        logger.warning("handler.failed", extra={"fields": fields})
        logger.debug("handler.traceback", exc_info=error)
        return failed(handler.name, mailbox, policy, reason)
