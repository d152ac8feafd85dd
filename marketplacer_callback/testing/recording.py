"""A worker's hands that write down what they do: the caller of handlers, and the sinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.inbox.records import HandlerResult, Mailbox
from marketplacer_callback.outcomes import DeadLetter, Done, Outcome, Retry
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import Answered
from marketplacer_callback.runtime.calling import Caller
from marketplacer_callback.runtime.policy import LanePolicy
from marketplacer_callback.runtime.publisher import Publisher
from marketplacer_callback.sinks import Item, cloudevents
from marketplacer_callback.testing.report import Handled

__all__ = ["RecordingCaller", "RecordingSink"]


class RecordingSink:
    """Takes everything, and keeps it in ``items``."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    async def open(self) -> None:
        """Nothing to open."""

    async def send(self, items: Sequence[Item]) -> None:
        """Fails as the sinks of the settings do for data that is not JSON: ``TypeError``, ``ValueError``."""
        for item in items:
            cloudevents.encode(item)
        self._items.extend(items)

    async def close(self) -> None:
        """Nothing to close."""


class RecordingCaller(Caller):
    """The worker's own caller; each call of a handler ends up in ``handled``."""

    def __init__(self, publisher: Publisher, handled: list[Handled]) -> None:
        super().__init__(publisher)
        self._handled = handled
        self._answers: dict[int, Answered] = {}

    async def call(
        self, handler: Handler, change: Change[Any], mailbox: Mailbox, policy: LanePolicy, digest: str
    ) -> HandlerResult:
        """As the worker's."""
        result = await super().call(handler, change, mailbox, policy, digest)
        answered = self._answers.pop(id(change), None)
        if not handler.built_in:
            self._handled.append(Handled(change.ref, handler.name, _outcomes(answered, result)))
        return result

    async def _answered(
        self,
        answered: Answered,
        handler: Handler,
        change: Change[Any],
        mailbox: Mailbox,
        policy: LanePolicy,
        digest: str,
    ) -> HandlerResult:
        self._answers[id(change)] = answered
        return await super()._answered(answered, handler, change, mailbox, policy, digest)


def _outcomes(answered: Answered | None, result: HandlerResult) -> tuple[Outcome, ...]:
    """What a handler answered; where it, or what it asked for, failed: what the worker made of that."""
    if answered is not None and _verb(answered) == result.verb:
        is_told = not isinstance(answered.verdict, Done) or not answered.actions
        return (*answered.actions, *([answered.verdict] if is_told else []))
    return (DeadLetter(result.reason) if result.verb == "dead" else Retry(result.reason),)


def _verb(answered: Answered) -> str:
    match answered.verdict:
        case Retry():
            return "retry"
        case DeadLetter():
            return "dead"
        case _:
            return "done"
