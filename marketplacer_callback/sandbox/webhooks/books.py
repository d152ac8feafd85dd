"""The books of deliveries: events come into being, each try is noted, and the counts tell when all is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.journal import Attempt, Journal, Outcome
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.webhooks import envelope
from marketplacer_callback.sandbox.webhooks.collapsing import Notice
from marketplacer_callback.sandbox.webhooks.model import Event, Sent, Status, Try, Webhook
from marketplacer_callback.sandbox.webhooks.payloads import Payloads
from marketplacer_callback.sandbox.webhooks.records import Records
from marketplacer_callback.sandbox.webhooks.retries import RECORD_KEPT_S, Retries
from marketplacer_callback.sandbox.webhooks.skipping import Repeats

__all__ = ["Books"]

ENDS: Final[dict[Outcome, Status]] = {
    "delivered": "Sent",
    "failed": "Failed",
    "lost": "Cancelled",
    "skipped": "Unsent",
}
"""The outcomes that end an event, and the status that it has then; those of a skipped and of a lost event are
guesses.
"""


class Books:
    """Writes the events and their tries down. The ``Desk`` of ``Sending``."""

    def __init__(
        self,
        request: Callable[..., Request],
        payloads: Payloads,
        journal: Journal,
        retries: Retries,
        vertical: str,
    ) -> None:
        self.records = Records(retries.scaled(RECORD_KEPT_S))
        self.pending = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._request = request
        self._payloads = payloads
        self._journal = journal
        self._vertical = vertical
        self._repeats = Repeats()
        self._before = self._number = 0
        self._sequences: dict[str, int] = {}

    @property
    def next_number(self) -> int:
        """That of the next event."""
        return self._number + 1

    def number_from(self, first: int) -> None:
        """Let the numbers of events and all sequences go on from there."""
        self._before = self._number = first - 1
        self._sequences.clear()

    def event(self, notice: Notice) -> Event | None:
        """The event of a notice, to be sent; ``None`` if it ends here: skipped."""
        choices, webhook = self._choices(), notice.webhook
        self._number += 1
        now = time.time()
        event = Event(
            webhook=webhook,
            number=self._number,
            sequence=self._next_sequence(choices, webhook),
            written=notice.written,
            payload=notice.rendered.payload,
            payload_failed=notice.rendered.failed,
            trace=envelope.trace(now),
            created_at=now,
            updated_at=now,
            high_volume=webhook.waiting > choices.high_volume,
            finished=notice.finished,
        )
        webhook.waiting += 1
        if webhook.allow_skip and self._is_repeated(event):
            self.note(event, None, "skipped")
            return None
        if webhook.enabled or self.keeps_while_disabled():
            self.records.note(event)
        return event

    def prepare(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the event's next try."""
        choices, webhook = self._choices(), event.webhook
        if choices.rendered == "send":
            rendered = self._payloads.render(webhook, event.written)
            event.payload, event.payload_failed = rendered.payload, rendered.failed
        nameless = webhook.legacy_format or (event.payload_failed and not choices.error_has_id)
        raw = envelope.body(None if nameless else event.id, event.written.event_name, event.payload)
        signed = None
        if webhook.hmac_key is not None and webhook.seller is None:
            wrong = event.disturbance.wrong_signature and event.attempt == 1
            signed = envelope.signature(raw, f"not {webhook.hmac_key}" if wrong else webhook.hmac_key)
        return raw, envelope.headers(self._vertical, event.sequence, event.trace, signed, webhook.headers)

    def note(self, event: Event, tried: Try | None, outcome: Outcome) -> None:
        """A try has come out so; without a try the event was never sent."""
        self._journal.note(_attempt(event, tried, outcome))
        if outcome == "duplicate":
            return
        event.outcome = outcome
        if tried:
            event.tries.append(tried)
        if outcome == "retry":
            event.status = "Rejected"
            self.records.note(event)
            return
        if outcome != "held":
            self._end(event, ENDS[outcome])
        self.settled()
        finished, event.finished = event.finished, []
        for tell in finished:
            tell(Sent(event.id, event.written, event.attempt, tried.status if tried else None, outcome))

    def keeps_while_disabled(self) -> bool:
        """Whether the events of a disabled webhook wait for it to be enabled."""
        return self._choices().while_disabled == "queued"

    def released(self, number: int) -> None:
        """So many more events are pending."""
        self.pending += number
        if self.pending:
            self.idle.clear()

    def settled(self) -> None:
        """One event less is pending."""
        self.pending = max(0, self.pending - 1)
        if not self.pending:
            self.idle.set()

    def _choices(self) -> Choices:
        return self._request().choices

    def _next_sequence(self, choices: Choices, webhook: Webhook) -> int:
        scope = {"instance": "", "webhook": webhook.id, "type": webhook.typename}[choices.sequence]
        self._sequences[scope] = self._sequences.get(scope, self._before) + 1
        return self._sequences[scope]

    def _is_repeated(self, event: Event) -> bool:
        key = (event.webhook.number, event.written.id)
        undelivered = self.records.waits
        return self._repeats.repeats(
            key, event.payload, event.number, undelivered if event.high_volume else lambda _: True
        )

    def _end(self, event: Event, status: Status) -> None:
        event.webhook.waiting = max(0, event.webhook.waiting - 1)
        event.status = status
        event.processed_at = time.time()
        event.retry_at = None
        known = self.records.waits(event.number)
        if event.high_volume and status in ("Sent", "Unsent"):
            self.records.forget(event)
        elif known or event.outcome == "skipped":
            self.records.note(event)


def _attempt(event: Event, tried: Try | None, outcome: Outcome) -> Attempt:
    written = event.written
    if tried is None:
        at = time.time()
        tried = Try(at, at)
    return Attempt(
        event_id=event.id,
        sequence=event.sequence,
        event_name=written.event_name,
        typename=written.typename,
        id=written.id,
        version=written.version,
        updated_at=written.updated_at,
        attempt=event.attempt,
        status=tried.status,
        outcome=outcome,
        sent_at=tried.sent_at,
        answered_at=tried.answered_at,
        webhook=event.webhook.id,
        ms=tried.ms,
    )
