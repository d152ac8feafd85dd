"""Webhooks and events as the API and the control surface show them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record, Store, iso, node_id
from marketplacer_callback.sandbox.webhooks.model import Event, Try, Webhook
from marketplacer_callback.sandbox.webhooks.records import Records
from marketplacer_callback.typenames import webhook_enum

__all__ = ["delivery", "event_record", "response_place", "response_record", "webhook_record"]

TRIES_APART: Final = 1000
"""Between the numbers of the responses of two events: no event has so many."""


class _Lazy(dict[str, Any]):
    """A record, some of whose fields are made only when they are asked for."""

    def __init__(self, values: Record, later: dict[str, Callable[[], Any]]) -> None:
        super().__init__(values)
        self._later = later

    def __missing__(self, name: str) -> Any:
        return self._later[name]()


def webhook_record(webhook: Webhook, store: Store, records: Records) -> Record:
    """The ``Webhook`` of the schema. Its HMAC key is not a part of it."""
    values = {
        "__typename": "Webhook",
        "id": webhook.id,
        "allowSkip": webhook.allow_skip,
        "concurrentSendLimit": webhook.concurrency,
        "enabled": webhook.enabled,
        "eventName": webhook.event_name.upper() if webhook.event_name else None,
        "headers": dict(webhook.headers) or None,
        "legacyFormat": webhook.legacy_format,
        "maxRetries": webhook.max_retries,
        "queryString": webhook.query or None,
        "seller": store.get(webhook.seller) if webhook.seller else None,
        "type": webhook_enum(webhook.typename),
        "url": webhook.url,
    }
    return _Lazy(values, {"events": lambda: [event_record(event, store) for event in records.all(webhook)]})


def event_record(event: Event, store: Store) -> Record:
    """The ``WebhookEvent`` of the schema. Which object it is about shows only for the three types that it names."""
    about = store.get(event.written.id)
    values = {
        "__typename": "WebhookEvent",
        "id": event.id,
        "createdAt": _time(event.created_at),
        "eventName": event.written.event_name,
        "processedAt": _time(event.processed_at),
        "retryAfter": _time(event.retry_at),
        "sentAt": _time(event.processed_at) if event.status == "Sent" else None,
        "skipped": event.outcome == "skipped",
        "status": event.status,
        "invoice": about if event.written.typename == "Invoice" else None,
        "refundRequest": about if event.written.typename == "RefundRequest" else None,
        "shipment": about if event.written.typename == "Shipment" else None,
    }
    later = {
        "payload": lambda: json.loads(event.payload),
        "responses": lambda: [response_record(event, place) for place in _answered(event)],
    }
    return _Lazy(values, later)


def response_record(event: Event, place: int) -> Record:
    """The ``WebhookEventResponse`` of a try that was answered."""
    tried = event.tries[place]
    return {
        "__typename": "WebhookEventResponse",
        "id": node_id("WebhookEventResponse", event.number * TRIES_APART + place),
        "createdAt": _time(tried.answered_at),
        "status": tried.status,
        "headers": dict(tried.headers),
        "body": _json(tried.body),
    }


def response_place(number: int) -> tuple[int, int]:
    """The event's number and the place of the try, for the number in a response's id."""
    return divmod(number, TRIES_APART)


def delivery(event: Event) -> dict[str, Any]:
    """An event for the control surface, its times in seconds since 1970."""
    return {
        "event_id": event.id,
        "webhook": event.webhook.id,
        "url": event.webhook.url,
        "event_name": event.written.event_name,
        "typename": event.written.typename,
        "id": event.written.id,
        "sequence": event.sequence,
        "status": event.status,
        "outcome": event.outcome,
        "attempts": [_attempt(tried) for tried in event.tries],
        "next_try_at": event.retry_at,
    }


def _attempt(tried: Try) -> dict[str, Any]:
    body = tried.body.decode("utf-8", "replace")
    return {
        "sent_at": tried.sent_at,
        "answered_at": tried.answered_at,
        "ms": tried.ms,
        "status": tried.status,
        "body": body,
    }


def _answered(event: Event) -> list[int]:
    return [place for place, tried in enumerate(event.tries) if tried.status is not None]


def _json(body: bytes) -> Any:
    """A body that is JSON as such, any other as a text."""
    try:
        value = json.loads(body)
        json.dumps(value, allow_nan=False)  # what some take for JSON and others do not, such as NaN, is a text
        return value
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else iso(round(seconds * 1000))
