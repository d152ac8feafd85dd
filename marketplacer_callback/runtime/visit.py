"""One ref of a batch: its handlers one after the other, and the verdict of each."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast

from marketplacer_callback.api import Absent, Failed, Fetched, Found
from marketplacer_callback.change import Change, Source
from marketplacer_callback.documents import Document
from marketplacer_callback.errors import ObjectMismatch, RateLimited
from marketplacer_callback.inbox import Claimed, HandlerResult, Mailbox, MailboxEvent, MailboxVerdict
from marketplacer_callback.logs import bound
from marketplacer_callback.models import as_model
from marketplacer_callback.refs import Event, Ref
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import failed
from marketplacer_callback.runtime.calling import Caller
from marketplacer_callback.runtime.look import DELETED_DIGEST, Look, Seen, decide, digest_of
from marketplacer_callback.runtime.policy import MAX_CRASHES, LanePolicy

__all__ = ["Visit"]

logger = logging.getLogger("marketplacer_callback.runtime")

_RATE_LIMITED_MS = 60_000
"""Without a Retry-After the platform asks to wait at least 60 s (its page on API rate limits)."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is needed to visit refs of one instance."""

    instance: str
    caller: Caller
    policies: Mapping[str, LanePolicy]

    async def visit(
        self,
        claimed: Claimed,
        mailbox: Mailbox,
        handlers: Sequence[Handler],
        documents: Mapping[str, Document],
        reads: Mapping[str, Mapping[str, Fetched]],
    ) -> MailboxVerdict:
        """The verdicts of ``handlers`` on one ref. A failure of one does not stop the next, nor any other ref."""
        ref = Ref(self.instance, claimed.typename, mailbox.id)
        policy = self.policies[claimed.lane]
        results: list[HandlerResult] = []
        seen: dict[str | None, Seen | None] = {}
        for handler in handlers:
            document = documents.get(handler.document) if handler.document is not None else None
            fetched = reads.get(document.name, {}).get(mailbox.id) if document is not None else None
            if handler.document not in seen:  # the digest of a read is the same for all
                seen[handler.document] = _seen(fetched, document)
            is_shared = len(handlers) > 1
            call = _Call(ref, mailbox, handler, document, fetched, seen[handler.document], policy, is_shared)
            with bound(ref=str(ref), event_id=_last_event_id(mailbox), handler=handler.name, lane=claimed.lane):
                results.append(await self._result(call))
        return MailboxVerdict(mailbox.id, mailbox.upto, tuple(results))

    async def _result(self, call: _Call) -> HandlerResult:
        started = time.monotonic()
        try:
            result = await self._handle(call)
        except Exception as error:
            logger.exception("handler.not_called")
            reason = f"{type(error).__name__}: {error}"
            result = failed(call.handler.name, call.mailbox, call.policy, reason)
        fields = {
            "verdict": "skipped" if result.skipped and result.verb == "done" else result.verb,
            "attempt": call.attempt,
            "duration_ms": round((time.monotonic() - started) * 1000, 1),
            "document": call.document.name if call.document else None,
            "document_digest": call.document.digest if call.document else None,
        }
        logger.log(
            logging.WARNING if result.verb == "dead" else logging.INFO, "handler.ended", extra={"fields": fields}
        )
        return result

    async def _handle(self, call: _Call) -> HandlerResult:
        name, mailbox, policy = call.handler.name, call.mailbox, call.policy
        if mailbox.crashes >= MAX_CRASHES:
            return HandlerResult(name, "dead", reason=f"crashed the worker {mailbox.crashes} times")
        if isinstance(call.fetched, Failed):
            return _unread(name, mailbox, policy, call.fetched)
        look = call.look()
        if look.verb == "settle":
            return HandlerResult(name, "settle", after_ms=policy.settle_ms)
        if look.verb == "unchanged":
            return HandlerResult(name, "done", digest=look.digest, skipped=True)
        if look.deleted and isinstance(call.fetched, Absent):
            logger.warning("object.absent_twice", extra={"fields": {"settle_ms": policy.settle_ms}})
        try:
            change = call.change(look)
        except ObjectMismatch as error:
            return HandlerResult(name, "dead", reason=f"ObjectMismatch: {error}")
        result = await self.caller.call(call.handler, change, mailbox, policy, look.digest)
        if look.verb == "call-then-settle" and result.verb == "done":
            return replace(result, verb="settle", after_ms=policy.settle_ms)
        return result


@dataclass(frozen=True, slots=True)
class _Call:
    """One handler and what it is about. ``is_shared``: other handlers get the same read."""

    ref: Ref
    mailbox: Mailbox
    handler: Handler
    document: Document | None
    fetched: Fetched | None
    seen: Seen | None
    policy: LanePolicy
    is_shared: bool

    @property
    def attempt(self) -> int:
        return self.mailbox.failures.get(self.handler.name, 0) + 1

    def look(self) -> Look:
        if self.handler.built_in:
            return Look("call", deleted=True, digest=DELETED_DIGEST)
        return decide(
            self.seen,
            self.mailbox,
            self.handler.name,
            second_look=self.policy.second_look,
            skip_unchanged=self.handler.skip_unchanged,
        )

    def change(self, look: Look) -> Change[Any]:
        found = self.fetched if isinstance(self.fetched, Found) else None
        remembered = self.mailbox.remembered.get(self.handler.name)
        events = self.mailbox.pending_for(self.handler.want)
        return Change(
            ref=self.ref,
            typename=found.typename if found else self.ref.typename,
            deleted=look.deleted,
            first=not (remembered and remembered.done),
            events=tuple(_event(event) for event in events),
            source=_source(events),
            attempt=self.attempt,
            lane=cast("Literal['fast', 'slow']", self.policy.lane),
            fetched_at=self.fetched.fetched_at if isinstance(self.fetched, Found | Absent) else None,
            document=self.document.name if self.document else "",
            document_digest=self.document.digest if self.document else "",
            _object=self._own_object(found) if found and not look.deleted else None,
        )

    def _own_object(self, found: Found) -> Any:
        """A handler may change the dict that it is given; the next one, and its digest, must not see that."""
        if self.handler.model is None and self.is_shared:
            return copy.deepcopy(found.object)
        return as_model(self.handler.model, found.object, found.typename)


def _unread(handler: str, mailbox: Mailbox, policy: LanePolicy, fetched: Failed) -> HandlerResult:
    """The object could not be read. Being told to slow down is nobody's failure, so it spends no attempt."""
    error = fetched.error
    if isinstance(error, RateLimited):
        after_ms = _RATE_LIMITED_MS if error.retry_after is None else int(error.retry_after * 1000)
        return HandlerResult(handler, "retry", after_ms=after_ms, reason=str(error))
    return failed(handler, mailbox, policy, f"{type(error).__name__}: {error}")


def _seen(fetched: Fetched | None, document: Document | None) -> Seen | None:
    if isinstance(fetched, Absent):
        return Seen(None, "", "")
    if not isinstance(fetched, Found):
        return None
    return Seen(fetched.object, fetched.typename, digest_of(fetched.object, document.digest if document else ""))


def _event(event: MailboxEvent) -> Event:
    return Event(event.event_id, event.name, datetime.fromtimestamp(event.at_ms / 1000, UTC), event.sequence)


def _source(events: Sequence[MailboxEvent]) -> Source:
    """``manual`` if the change was only asked for by hand, ``replay`` if a dead letter was replayed, else
    ``webhook``.
    """
    names = {event.name for event in events}
    if "replay" in names:
        return "replay"
    return "manual" if names and names <= {"refresh"} else "webhook"


def _last_event_id(mailbox: Mailbox) -> str | None:
    return mailbox.newest.event_id if mailbox.newest else None
