"""What a delivery is, as bytes and headers: whether it came from the platform, and what it says. No I/O.

Marketplacer signs the raw body with HMAC-SHA256 and sends the digest as base64 in ``Marketplacer-Hmac-256``
(https://dev.marketplacer.com/docs/webhooks/securingwebhooks, and the vendor's sample
``marketplacer/webhook-endpoint-dotnet``). Webhooks of sellers have no signature; they carry a static header of the
seller's choice. Only the body is under the signature, so what a header says (sequence, vertical) is a hint and never
a reason to drop an event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from marketplacer_callback.typenames import SWEEP_TYPENAME, WEBHOOK_TYPES, canonical, is_typename

__all__ = ["Credentials", "Notice", "Unreadable", "header", "parse", "sign", "typename_in", "verify"]

SIGNATURE_HEADER: Final = "Marketplacer-Hmac-256"
SEQUENCE_HEADER: Final = "Marketplacer-Sequence"
VERTICAL_HEADER: Final = "Marketplacer-Vertical"

MAX_ID_BYTES: Final = 256
"""Longest id, of an object or an event. The platform's are below 60 bytes; a key or a log line must stay bounded."""

_EVENT_NAME: Final = re.compile(r"[a-z_]{1,32}\Z")
_EVENT_ID: Final = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+\Z")
_OBJECT_ID: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]+\Z")
_SEQUENCE: Final = re.compile(r"[0-9]{1,18}\Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WEBHOOK_TYPES: Final = {typename.lower(): typename for typename in WEBHOOK_TYPES}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves that a delivery is an instance's own.

    ``secrets``: any of them may have signed it (two while a secret is being rotated). ``header``: name and value of
    the static header of a seller's webhook. Without either, nothing verifies.
    """

    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    header: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a delivery says: this happened to that object.

    ``name`` is lower case. ``typename`` is the webhook's type (``Advert``, never ``DeletedAdvert``). ``id`` is
    ``None`` when a destroy does not name its object. ``identity`` is what the event is remembered by: its id, or,
    without one, something that never comes twice, for two updates that carry only an object's id are equal byte for
    byte. ``event_id`` is empty in the legacy format. ``updated_ms`` is the object's ``updatedAt``, where the payload
    has it, in ms since 1970.
    """

    event_id: str
    name: str
    typename: str
    id: str | None
    identity: bytes
    sequence: int | None = None
    vertical: str | None = None
    updated_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body from which no event can be read. ``reason`` is for people and quotes nothing of the body; ``identity``
    is the same for the same body."""

    reason: str
    identity: bytes


def sign(body: bytes, secret: str | bytes) -> str:
    """The value of ``Marketplacer-Hmac-256`` for this body: base64 of HMAC-SHA256; a ``str`` secret counts as its
    UTF-8 bytes."""
    key = secret.encode() if isinstance(secret, str) else secret
    return base64.b64encode(hmac.digest(key, body, "sha256")).decode("ascii")


def verify(body: bytes, headers: Mapping[str, str], credentials: Credentials) -> bool:
    """Whether one of the secrets signed this body, or the static header is the right one. Compared in constant time."""
    signature = header(headers, SIGNATURE_HEADER)
    if signature is not None:
        for secret in credentials.secrets:
            if secret and _same(signature.strip(), sign(body, secret)):
                return True
    if credentials.header is not None:
        name, value = credentials.header
        given = header(headers, name)
        return bool(value) and given is not None and _same(given, value)
    return False


def parse(body: bytes, headers: Mapping[str, str], path_typename: str | None) -> Notice | Unreadable:
    """What the body says. Never raises for what is in it.

    Three envelopes are read: ``{"id", "event_name", "payload": {"data": {"node": {…}}}}``; the same with
    ``payload.errors``, where the webhook's query failed; and the format of webhooks made before September 2021,
    ``{"event_name", "payload": <node>}`` (https://api.marketplacer.com/docs/webhooks/errorsfaults/).
    ``path_typename`` is the type that the webhook's URL names; the ``__typename`` in the body wins over it.
    """
    try:
        envelope = _ENVELOPE.validate_json(body)
        return _read(envelope, headers, path_typename)
    except ValidationError as error:
        reason = _misfit(error)
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
    return Unreadable(reason, hashlib.blake2b(body, digest_size=16).digest())


def typename_in(path: str) -> str | None:
    """The type that a webhook's URL names in its last segment, ``None`` if it names none.

    ``Advert``, ``/Advert/``, ``advert`` and ``REFUND_REQUEST`` do; a word that starts with a lower-case letter and is
    no type known to send webhooks does not.
    """
    last = path.rstrip("/").rpartition("/")[2]
    known = _WEBHOOK_TYPES.get(last.replace("_", "").lower())
    if known is not None:
        return known
    return canonical(last) if last[:1].isupper() and is_typename(last) else None


def header(headers: Mapping[str, str], name: str) -> str | None:
    """A header's value whatever the case of its name (RFC 9110, section 5.1), in any kind of mapping."""
    value = headers.get(name)  # a server's own mapping does not mind the case: it is found at once
    if value is not None:
        return value
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


class _Node(BaseModel, coerce_numbers_to_str=True):
    typename: str | None = Field(default=None, alias="__typename")
    id: str | None = None
    updated_at: object = Field(default=None, alias="updatedAt")


class _Data(BaseModel):
    node: _Node | None = None


class _Payload(_Node):
    data: _Data | None = None
    node: _Node | None = None
    errors: object = None

    def subject(self) -> _Node | None:
        """The node, in whichever envelope it came; ``None`` for a null node."""
        if "data" in self.model_fields_set:
            return self.data.node if self.data else None
        if "node" in self.model_fields_set and self.id is None:
            return self.node
        return self


class _Envelope(BaseModel, coerce_numbers_to_str=True):
    id: str | None = None
    event_name: str
    payload: _Payload | None = None


_ENVELOPE: Final = TypeAdapter(_Envelope)


def _read(envelope: _Envelope, headers: Mapping[str, str], path_typename: str | None) -> Notice:
    name = envelope.event_name.lower()
    if not _EVENT_NAME.match(name):
        raise ValueError("event_name is not a word of at most 32 letters")
    if envelope.id and not (_fits(envelope.id) and _EVENT_ID.match(envelope.id)):
        raise ValueError(f"the event's id is longer than {MAX_ID_BYTES} bytes, or has spaces or control characters")
    payload = envelope.payload
    node = payload.subject() if payload else None
    if payload and payload.errors and not (node and node.id):
        raise ValueError("the webhook's query failed: see payload.errors, and correct the query in Marketplacer")
    return Notice(
        event_id=envelope.id or "",
        name=name,
        typename=_typename(node, path_typename),
        id=_object_id(node, name),
        identity=envelope.id.encode() if envelope.id else os.urandom(16),
        sequence=_sequence(headers),
        vertical=header(headers, VERTICAL_HEADER),
        updated_ms=_milliseconds(node.updated_at) if node else None,
    )


def _typename(node: _Node | None, path_typename: str | None) -> str:
    typename = (node.typename if node else None) or typename_in(path_typename or "")
    if not typename:
        raise ValueError("the type is unknown: select __typename in the webhook's query, or end its URL with the type")
    if not is_typename(typename) or typename == SWEEP_TYPENAME:
        raise ValueError("__typename is not the name of a type")
    return canonical(typename)


def _object_id(node: _Node | None, name: str) -> str | None:
    """Marketplacer documents no body of a destroy: a null node and one without an id must both do."""
    if node and node.id:
        if not (_fits(node.id) and _OBJECT_ID.match(node.id)):
            raise ValueError(f"the object's id is longer than {MAX_ID_BYTES} bytes, or has control characters")
        return node.id
    if name == "destroy":
        return None
    raise ValueError(
        "no object is named: the node is null"
        if node is None
        else "no object is named: select id in the webhook's query"
    )


def _fits(identifier: str) -> bool:
    return len(identifier.encode()) <= MAX_ID_BYTES


def _sequence(headers: Mapping[str, str]) -> int | None:
    text = (header(headers, SEQUENCE_HEADER) or "").strip()
    return int(text) if _SEQUENCE.match(text) else None


def _milliseconds(updated_at: object) -> int | None:
    """``None`` too for a time without an offset: it saves only a second look, and a wrong guess would save a needed
    one."""
    if not isinstance(updated_at, str):
        return None
    try:
        moment = datetime.fromisoformat(updated_at)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1) if moment.utcoffset() is not None else None


def _misfit(error: ValidationError) -> str:
    """The first problem, without the input: pydantic's own text quotes it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _same(given: str, expected: str) -> bool:
    # surrogatepass: a server may hand on undecodable header bytes as surrogates, and they must not raise here.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
