"""Sending: one webhook a type, each with its queue, its parallel deliveries, its retries, and its end after a 4xx.

The platform's rules are documented; only the gaps between retries are scaled down (``Retries``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from marketplacer_callback.sandbox.data.store import Written, node_id
from marketplacer_callback.sandbox.journal import Attempt, Journal, Outcome
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance, Disturbing
from marketplacer_callback.sandbox.webhooks.envelope import body, headers, signature

__all__ = ["CONCURRENCY", "Retries", "Sent", "Subscription", "Webhook", "Webhooks"]

CONCURRENCY: Final = 100
TIMEOUT_S: Final = 30.0
Finished = Callable[["Sent"], None]
log = logging.getLogger("marketplacer_callback.sandbox")


@dataclass(frozen=True, slots=True)
class Retries:
    """When a delivery is tried again: ``n ** 4`` in the platform's proportions, scaled so that its minute is
    ``min_gap_s``.

    The platform waits at least a minute and at most four days; here the gap is cut at ``max_gap_s``.
    """

    count: int = 25
    min_gap_s: float = 0.2
    max_gap_s: float = 5.0

    def gap(self, attempt: int) -> float:
        """Seconds from the failure of try ``attempt`` (from 1) to the next."""
        return min(self.min_gap_s * max(attempt**4, 60) / 60, self.max_gap_s)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where deliveries go and how they prove themselves. ``{typename}`` in ``url`` becomes the event's type."""

    url: str
    vertical: str
    secret: str | None
    header: tuple[str, str] | None

    def __repr__(self) -> str:
        return f"Subscription(url={self.url!r}, vertical={self.vertical!r})"


@dataclass(frozen=True, slots=True)
class Sent:
    """How the delivery of an event ended: ``status`` and ``outcome`` of the last of ``attempts`` tries (0: it was
    never sent).
    """

    event_id: str
    written: Written
    attempts: int
    status: int | None
    outcome: Outcome


@dataclass(slots=True, repr=False)
class _Delivery:
    written: Written
    event_id: str
    sequence: int
    body: bytes
    headers: dict[str, str]
    finished: Finished | None
    attempt: int = 0


@dataclass(slots=True)
class Webhook:
    """The webhook of one type. ``concurrency`` goes down by one with each 429; ``enabled`` ends with any other 4xx or
    a redirect.
    """

    typename: str
    url: str
    concurrency: int = CONCURRENCY
    enabled: bool = True
    queue: deque[_Delivery] = field(default_factory=deque)
    active: int = 0


class Webhooks:
    """All webhooks of an instance, one HTTP session, one sequence. Open it before anything is announced."""

    def __init__(self, subscription: Subscription | None, journal: Journal, retries: Retries) -> None:
        self.subscription = subscription
        self.retries = retries
        self.concurrency = CONCURRENCY
        self.disturbing = Disturbing()
        self._journal = journal
        self._webhooks: dict[str, Webhook] = {}
        self._sequence = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.TimerHandle] = {}
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._session: aiohttp.ClientSession | None = None

    @property
    def pending(self) -> int:
        """Events that are neither answered 2xx nor given up on."""
        return self._pending

    async def open(self) -> None:
        """Make the HTTP session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Stop sending; what is pending is dropped."""
        for handle in self._waiting.values():
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def disturb(self, disturbance: Disturbance | None) -> None:
        """Make the next deliveries misbehave; ``None`` makes everything well."""
        self.disturbing.set(disturbance)

    def webhook(self, typename: str) -> Webhook:
        """The webhook of a type, to look at it, disable it or enable it again."""
        webhook = self._webhooks.get(typename)
        if webhook is None:
            url = self.subscription.url.replace("{typename}", typename) if self.subscription else ""
            webhook = self._webhooks[typename] = Webhook(typename, url, self.concurrency)
        return webhook

    def all(self) -> list[Webhook]:
        """The webhooks that something was sent by."""
        return list(self._webhooks.values())

    def announce(self, written: Written, payload: object, finished: Finished | None = None) -> None:
        """Queue the event of a write. ``finished`` is called once, when it was delivered or given up on."""
        if self.subscription is None:
            raise RuntimeError("no webhook_url was given to the sandbox")
        self._sequence += 1
        event_id = node_id("WebhookEvent", self._sequence)
        raw = body(event_id, written.event_name, payload)
        signed = None if self.subscription.secret is None else signature(raw, self.subscription.secret)
        own = headers(self.subscription.vertical, self._sequence, signed, self.subscription.header)
        delivery = _Delivery(written, event_id, self._sequence, raw, own, finished)
        self._pending += 1
        self._idle.clear()
        self._enqueue(self.webhook(written.typename), delivery)

    async def drained(self) -> None:
        """Wait until every event is delivered or given up on."""
        await self._idle.wait()

    def _enqueue(self, webhook: Webhook, delivery: _Delivery) -> None:
        self._waiting.pop(delivery.sequence, None)
        if not webhook.enabled:
            now = time.time()
            self._finish(delivery, None, "lost", now, now)
            return
        webhook.queue.append(delivery)
        if webhook.active < webhook.concurrency:
            webhook.active += 1
            task = asyncio.create_task(self._send_queued(webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_queued(self, webhook: Webhook) -> None:
        """One of a webhook's parallel senders: ends when the queue is empty or there are too many of it."""
        try:
            while webhook.queue and webhook.active <= webhook.concurrency:
                await self._send(webhook, webhook.queue.popleft())
        finally:
            webhook.active -= 1

    async def _send(self, webhook: Webhook, delivery: _Delivery) -> None:
        delivery.attempt += 1
        sent_at = time.time()
        status = await self._post(webhook.url, delivery)
        answered_at = time.time()
        if status is not None and 200 <= status < 300:
            self._finish(delivery, status, "delivered", sent_at, answered_at)
        elif status is None or status >= 500 or status == 429:
            if status == 429:
                webhook.concurrency = max(1, webhook.concurrency - 1)
            self._retry(webhook, delivery, status, sent_at, answered_at)
        else:
            self._finish(delivery, status, "failed", sent_at, answered_at)
            self._disable(webhook, status)

    async def _post(self, url: str, delivery: _Delivery) -> int | None:
        assert self._session is not None  # noqa: S101 - opened before anything is announced
        try:
            async with self._session.post(
                url, data=delivery.body, headers=delivery.headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def _retry(
        self, webhook: Webhook, delivery: _Delivery, status: int | None, sent_at: float, answered_at: float
    ) -> None:
        if delivery.attempt > self.retries.count:
            self._finish(delivery, status, "failed", sent_at, answered_at)
            return
        self._note(delivery, status, "retry", sent_at, answered_at)
        gap = self.retries.gap(delivery.attempt)
        self._waiting[delivery.sequence] = asyncio.get_running_loop().call_later(gap, self._enqueue, webhook, delivery)

    def _disable(self, webhook: Webhook, status: int) -> None:
        if webhook.enabled:
            webhook.enabled = False
            fields = {"typename": webhook.typename, "status": status}
            log.warning("webhook.disabled", extra={"fields": fields})
        queued, webhook.queue = webhook.queue, deque()
        now = time.time()
        for delivery in queued:
            self._finish(delivery, None, "lost", now, now)

    def _finish(
        self, delivery: _Delivery, status: int | None, outcome: Outcome, sent_at: float, answered_at: float
    ) -> None:
        self._note(delivery, status, outcome, sent_at, answered_at)
        self._pending -= 1
        if not self._pending:
            self._idle.set()
        if delivery.finished:
            delivery.finished(Sent(delivery.event_id, delivery.written, delivery.attempt, status, outcome))

    def _note(
        self, delivery: _Delivery, status: int | None, outcome: Outcome, sent_at: float, answered_at: float
    ) -> None:
        written = delivery.written
        self._journal.note(
            Attempt(
                event_id=delivery.event_id,
                sequence=delivery.sequence,
                event_name=written.event_name,
                typename=written.typename,
                id=written.id,
                version=written.version,
                updated_at=written.updated_at,
                attempt=delivery.attempt,
                status=status,
                outcome=outcome,
                sent_at=sent_at,
                answered_at=answered_at,
            )
        )
