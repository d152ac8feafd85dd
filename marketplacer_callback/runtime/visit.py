"""One ref of a batch: its handlers one after the other, and the verdict of each."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from marketplacer_callback.api import Absent, Failed, Fetched, Found
from marketplacer_callback.change import Change, Source
from marketplacer_callback.documents import Document
from marketplacer_callback.errors import ObjectMismatch, RateLimited
from marketplacer_callback.inbox import Claimed, HandlerResult, Mailbox, MailboxEvent, MailboxVerdict
from marketplacer_callback.logs import bound
from marketplacer_callback.refs import Event, Ref
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import failed
from marketplacer_callback.runtime.calling import Caller
from marketplacer_callback.runtime.look import DELETED_DIGEST, Look, Seen, decide, digest_of
from marketplacer_callback.runtime.models import as_model
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
        """The verdicts of ``handlers`` on one ref. A failure of one does not stop the next."""
        ref = Ref(self.instance, claimed.typename, mailbox.id)
        policy = self.policies[claimed.lane]
        results: list[HandlerResult] = []
        for handler in handlers:
            document = documents.get(handler.document) if handler.document is not None else None
            fetched = reads[document.name].get(mailbox.id) if document is not None and not mailbox.destroyed else None
            with bound(ref=str(ref), event_id=_last_event_id(mailbox), handler=handler.name, lane=claimed.lane):
                results.append(await self._handle(ref, mailbox, handler, document, fetched, policy))
        return MailboxVerdict(mailbox.id, mailbox.upto, tuple(results))

    async def _handle(
        self,
        ref: Ref,
        mailbox: Mailbox,
        handler: Handler,
        document: Document | None,
        fetched: Fetched | None,
        policy: LanePolicy,
    ) -> HandlerResult:
        started = time.monotonic()
        if mailbox.crashes >= MAX_CRASHES:
            result = HandlerResult(handler.name, "dead", reason=f"crashed the worker {mailbox.crashes} times")
        elif isinstance(fetched, Failed):
            result = _unread(handler.name, mailbox, policy, fetched)
        else:
            result = await self._looked(ref, mailbox, handler, document, fetched, policy)
        fields = {
            "verdict": "skipped" if result.skipped and result.verb == "done" else result.verb,
            "attempt": mailbox.failures.get(handler.name, 0) + 1,
            "duration_ms": round((time.monotonic() - started) * 1000, 1),
            "document": document.name if document else None,
            "document_digest": document.digest if document else None,
        }
        logger.info("handler.ended", extra={"fields": fields})
        return result

    async def _looked(
        self,
        ref: Ref,
        mailbox: Mailbox,
        handler: Handler,
        document: Document | None,
        fetched: Found | Absent | None,
        policy: LanePolicy,
    ) -> HandlerResult:
        seen = _seen(fetched, document)
        if handler.built_in:
            look = Look("call", deleted=True, digest=DELETED_DIGEST)
        else:
            look = decide(
                seen, mailbox, handler.name, second_look=policy.second_look, skip_unchanged=handler.skip_unchanged
            )
        if look.verb == "settle":
            return HandlerResult(handler.name, "settle", after_ms=policy.settle_ms)
        if look.verb == "unchanged":
            return HandlerResult(handler.name, "done", digest=look.digest, skipped=True)
        try:
            change = _change(ref, mailbox, handler, document, fetched, look, policy)
        except ObjectMismatch as error:
            return HandlerResult(handler.name, "dead", reason=f"ObjectMismatch: {error}")
        result = await self.caller.call(handler, change, mailbox, policy, look.digest)
        if look.verb == "call-then-settle" and result.verb == "done":
            return HandlerResult(
                handler.name, "settle", after_ms=policy.settle_ms, digest=result.digest, skipped=result.skipped
            )
        return result


def _unread(handler: str, mailbox: Mailbox, policy: LanePolicy, fetched: Failed) -> HandlerResult:
    """The object could not be read. Being told to slow down is nobody's failure, so it spends no attempt."""
    error = fetched.error
    if isinstance(error, RateLimited):
        after_ms = _RATE_LIMITED_MS if error.retry_after is None else int(error.retry_after * 1000)
        return HandlerResult(handler, "retry", after_ms=after_ms, reason=str(error))
    return failed(handler, mailbox, policy, f"{type(error).__name__}: {error}")


def _seen(fetched: Found | Absent | None, document: Document | None) -> Seen | None:
    if fetched is None:
        return None
    if isinstance(fetched, Absent):
        return Seen(None, "", "")
    return Seen(fetched.object, fetched.typename, digest_of(fetched.object, document.digest if document else ""))


def _change(
    ref: Ref,
    mailbox: Mailbox,
    handler: Handler,
    document: Document | None,
    fetched: Found | Absent | None,
    look: Look,
    policy: LanePolicy,
) -> Change[Any]:
    found = fetched if isinstance(fetched, Found) else None
    remembered = mailbox.remembered.get(handler.name)
    events = mailbox.pending_for(handler.want)
    return Change(
        ref=ref,
        typename=found.typename if found else ref.typename,
        deleted=look.deleted,
        first=not (remembered and remembered.done),
        events=tuple(_event(event) for event in events),
        source=_source(events),
        attempt=mailbox.failures.get(handler.name, 0) + 1,
        lane=cast("Literal['fast', 'slow']", policy.lane),
        fetched_at=fetched.fetched_at if fetched is not None else None,
        document=document.name if document else "",
        document_digest=document.digest if document else "",
        _object=as_model(handler.model, found.object, found.typename) if found and not look.deleted else None,
    )


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
