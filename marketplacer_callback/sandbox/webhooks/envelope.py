"""A delivery as the platform forms it: body, headers, signature. On purpose not the code that verifies deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

__all__ = ["SIGNATURE", "body", "headers", "in_jsonb_order", "signature"]

SIGNATURE: Final = "Marketplacer-Hmac-256"


def body(event_id: str, event_name: str, payload: object) -> bytes:
    """``{"id", "event_name", "payload"}``, the payload's objects in jsonb key order."""
    envelope = {"id": event_id, "event_name": event_name, "payload": in_jsonb_order(payload)}
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()


def headers(vertical: str, sequence: int, signed: str | None, extra: tuple[str, str] | None) -> dict[str, str]:
    """The headers of one event: the same on every try. ``extra`` is the webhook's own static header."""
    values = {
        "Accept": "*/*",
        "User-Agent": "Marketplacer Client/1.0.0",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
        "Idempotency-Key": base64.b64encode(f"{vertical}:{sequence}".encode()).decode(),
        "Marketplacer-Sequence": str(sequence),
        "Marketplacer-Vertical": vertical,
    }
    if signed is not None:
        values[SIGNATURE] = signed
    if extra is not None:
        values[extra[0]] = extra[1]
    return values


def signature(raw: bytes, secret: str) -> str:
    """base64 of HMAC-SHA256 over the body, keyed with the secret's UTF-8 bytes."""
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def in_jsonb_order(value: Any) -> Any:
    """The value with the keys of each object by length, then bytewise, as Postgres stores jsonb."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: in_jsonb_order(value[key]) for key in keys}
    return [in_jsonb_order(entry) for entry in value] if isinstance(value, list) else value
