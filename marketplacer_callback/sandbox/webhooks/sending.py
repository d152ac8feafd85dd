"""Sending: each webhook's queue, its parallel deliveries, its retries, and its end after a 4xx."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Final, Protocol

import aiohttp
from yarl import URL

from marketplacer_callback.sandbox.journal import Outcome
from marketplacer_callback.sandbox.webhooks.model import Event, Try, Webhook
from marketplacer_callback.sandbox.webhooks.retries import Retries
from marketplacer_callback.sandbox.webhooks.timers import Timers

__all__ = ["Desk", "Sending"]

MOST_REDIRECTS: Final = 5
"""That redirects are followed up to a limit is documented, the limit is not: a guess."""
KEPT_OF_A_BODY: Final = 10_000
log = logging.getLogger("marketplacer_callback.sandbox")


class Desk(Protocol):
    """Who writes the deliveries and keeps the books."""

    def prepare(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the event's next try."""

    def note(self, event: Event, tried: Try | None, outcome: Outcome) -> None:
        """A try has come out so; without a try the event was never sent."""

    def keeps_while_disabled(self) -> bool:
        """Whether the events of a disabled webhook wait for it to be enabled."""


class Sending:
    """Sends the events of all webhooks over one HTTP session."""

    def __init__(self, desk: Desk, retries: Retries, timers: Timers) -> None:
        self.retries = retries
        self._desk = desk
        self._timers = timers
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the HTTP session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self.retries.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Stop sending; what is under way is dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def enqueue(self, event: Event) -> None:
        """Send the event as soon as its webhook may."""
        webhook = event.webhook
        if webhook.enabled:
            webhook.queue.append(event)
            self._start_sender(webhook)
        elif self._desk.keeps_while_disabled():
            webhook.held.append(event)
            self._desk.note(event, None, "held")
        else:
            self._desk.note(event, None, "lost")

    def wake(self, webhook: Webhook) -> None:
        """The webhook was changed: send what waits for that."""
        if not webhook.enabled:
            self._stop(webhook)
            return
        webhook.queue += webhook.held
        webhook.held.clear()
        for _ in range(min(len(webhook.queue), webhook.concurrency)):
            self._start_sender(webhook)

    def _start_sender(self, webhook: Webhook) -> None:
        if webhook.active < webhook.concurrency:
            webhook.active += 1
            task = asyncio.create_task(self._send_queued(webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_queued(self, webhook: Webhook) -> None:
        """One of a webhook's parallel senders: ends when the queue is empty or there are too many of it."""
        try:
            while webhook.queue and webhook.active <= webhook.concurrency:
                event = webhook.queue.popleft()
                try:
                    await self._send(event)
                except Exception:  # else whoever waits for the event would wait for ever
                    log.exception("sandbox.delivery_failed", extra={"fields": {"event_id": event.id}})
                    self._desk.note(event, None, "failed")
        finally:
            webhook.active -= 1

    async def _send(self, event: Event) -> None:
        if self.retries.is_over(event.created_at):
            self._desk.note(event, None, "failed")
            return
        event.attempt += 1
        body, headers = self._desk.prepare(event)
        tried = await self._post(event.webhook.url, body, headers)
        for _ in range(event.disturbance.duplicate if event.attempt == 1 else 0):
            self._desk.note(event, await self._post(event.webhook.url, body, headers), "duplicate")
        status = tried.status
        if status is not None and 200 <= status < 300:
            self._desk.note(event, tried, "delivered")
        elif status is None or status >= 500 or status == 429:
            if status == 429:
                event.webhook.concurrency = max(1, event.webhook.concurrency - 1)
            self._retry(event, tried)
        else:
            self._desk.note(event, tried, "failed")
            self._disable(event.webhook, status)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Try:
        assert self._session is not None  # noqa: S101 - opened before anything is announced
        sent_at = time.time()
        try:
            for _ in range(MOST_REDIRECTS + 1):
                async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                    said = b"" if answer.content.at_eof() else await _start_of(answer.content)
                    tried = Try(sent_at, time.time(), answer.status, answer.headers, said)
                    location = answer.headers.get("Location") if 300 <= answer.status < 400 else None
                    if location is None:
                        return tried
                    url = str(answer.url.join(URL(location)))
            return tried
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):  # ValueError: a redirect to what is no URL
            return Try(sent_at, time.time())

    def _retry(self, event: Event, tried: Try) -> None:
        event.retry_at = self.retries.next_try_at(
            attempt=event.attempt,
            retries=event.webhook.max_retries,
            created_at=event.created_at,
            failed_at=tried.answered_at,
        )
        if event.retry_at is None:
            self._desk.note(event, tried, "failed")
            return
        self._desk.note(event, tried, "retry")
        self._timers.later(event.retry_at - time.time(), self.enqueue, event)

    def _disable(self, webhook: Webhook, status: int) -> None:
        if webhook.enabled:
            webhook.enabled = False
            log.warning("webhook.disabled", extra={"fields": {"typename": webhook.typename, "status": status}})
        self._stop(webhook)

    def _stop(self, webhook: Webhook) -> None:
        queued, webhook.queue = webhook.queue, deque()
        for event in queued:
            self.enqueue(event)


async def _start_of(content: aiohttp.StreamReader) -> bytes:
    try:
        return await content.readexactly(KEPT_OF_A_BODY)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
