"""A delivery as the platform forms it: body, headers, signature. On purpose not the code that verifies deliveries."""

from __future__ import annotations

import base64
import hmac
import json
import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

__all__ = ["body", "headers", "in_jsonb_order", "payload_json", "signature", "trace"]

SIGNATURE: Final = "Marketplacer-Hmac-256"
COMMON: Final = {
    "Accept": "*/*",
    "User-Agent": "Marketplacer Client/1.0.0",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
    "tracestate": "dd=s:1;t.dm:-1",
}
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def payload_json(payload: object) -> bytes:
    """The payload's JSON, its objects in jsonb key order."""
    return _encode(in_jsonb_order(payload)).encode("utf-8", "surrogatepass")


def body(event_id: str | None, event_name: str, payload: bytes) -> bytes:
    """``{"id", "event_name", "payload"}``; without ``id`` for ``None``, as in the legacy format."""
    start = "{" if event_id is None else f'{{"id":"{event_id}",'
    return b'%b"event_name":%b,"payload":%b}' % (start.encode(), _encode(event_name).encode(), payload)


def headers(vertical: str, sequence: int, trace: str, signed: str | None, own: Mapping[str, str]) -> dict[str, str]:
    """The headers of an event, the same on every try but for the webhook's ``own`` and its signature."""
    values = {
        **COMMON,
        "Idempotency-Key": base64.b64encode(f"{vertical}:{sequence}".encode()).decode(),
        "Marketplacer-Sequence": str(sequence),
        "Marketplacer-Vertical": vertical,
        "traceparent": f"00-{trace}-01",
    }
    if signed is not None:
        values[SIGNATURE] = signed
    return {**values, **own} if own else values


def trace(at: float) -> str:
    """Ids of a trace and of its span as in the sample: the second, eight zeros, random bits."""
    return f"{int(at):08x}00000000{random.getrandbits(64):016x}-{random.getrandbits(64):016x}"


def signature(raw: bytes, secret: str) -> str:
    """base64 of HMAC-SHA256 over the body, keyed with the secret's UTF-8 bytes."""
    return base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()


def in_jsonb_order(value: Any) -> Any:
    """The value with the keys of each object by length, then bytewise, as Postgres stores jsonb."""
    if isinstance(value, dict):
        return {key: in_jsonb_order(value[key]) for key in _ordered(tuple(value))}
    return [in_jsonb_order(entry) for entry in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _ordered(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: (len(key.encode()), key.encode())))
