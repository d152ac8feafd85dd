"""What a receiver answers to a delivery, whatever brought it in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketplacer_callback.delivery import (
    SIGNATURE_HEADER,
    VERTICAL_HEADER,
    Credentials,
    Notice,
    Unreadable,
    header,
    parse,
    verify,
)
from marketplacer_callback.errors import ConfigurationError, QueueUnavailable
from marketplacer_callback.inbox.records import NewEvent
from marketplacer_callback.receiver.commit import GroupCommit
from marketplacer_callback.receiver.ready import Readiness
from marketplacer_callback.receiver.replies import Reply, accepted, not_now, unauthorized
from marketplacer_callback.refs import Ref
from marketplacer_callback.typenames import SWEEP_TYPENAME

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox

__all__ = ["READ_TIMEOUT_S", "Door", "Opening", "Receiver", "event_of"]

log = logging.getLogger("marketplacer_callback.receiver")

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
READ_TIMEOUT_S: Final = 30.0
"""How long a body may take to arrive: Marketplacer gives up a delivery after 30 s."""

ACCEPT_TIMEOUT_S: Final = 10.0
"""How long a delivery waits for the inbox: within Marketplacer's 30 s, and above the 3 s of one wait for the disk."""

STRANGERS_EVERY_S: Final = 10.0
"""One line in the log for all of a kind in this time, where anybody can be the sender."""

KEPT_HEADERS: Final = (
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "Marketplacer-Sequence",
    "Marketplacer-Vertical",
    "User-Agent",
    "traceparent",
)
"""What quarantine keeps beside a body. Never all: a seller's static header is a secret."""

_REFUSALS: Final = {"full": "the backlog is at its limit", "failed": "the inbox could not store this event"}

NOBODY: Final = ""
"""Where deliveries are counted that are no instance's own."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where one instance's deliveries come in: what proves that they are its own, and the inbox that takes them."""

    instance: str
    credentials: Credentials
    inbox: Inbox


class Receiver:
    """Answers deliveries for one or several instances. Of use in one event loop.

    ``bad_signature``: 503, or 401, which makes Marketplacer disable the webhook. ``accept_timeout_s``: after that many
    seconds without a word from the inbox the delivery is answered 503.
    """

    def __init__(
        self,
        doors: Sequence[Door],
        *,
        bad_signature: int = 503,
        max_body_bytes: int = MAX_BODY_BYTES,
        accept_timeout_s: float = ACCEPT_TIMEOUT_S,
    ) -> None:
        if bad_signature not in (401, 503):
            raise ConfigurationError(f"receiver.bad_signature: {bad_signature} is not an answer; use 503 or 401")
        self.max_body_bytes = max_body_bytes
        self._doors = {door.instance: door for door in doors}
        self._by_vertical = {door.instance.lower(): door for door in doors}
        self.counted: dict[str, Counter[str]] = {instance: Counter() for instance in (NOBODY, *self._doors)}
        self._commits = {door.instance: GroupCommit(door.inbox) for door in doors}
        self._readiness = Readiness({door.instance: door.inbox for door in doors}, self.counted)
        self._bad_signature = bad_signature
        self._accept_timeout_s = accept_timeout_s
        self._strangers: dict[str, tuple[float, int]] = {}

    async def receive(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Reply:
        """The answer to one delivery. Never raises for what is in it, nor for what the inbox does.

        ``body``: as sent, byte for byte. ``path``: what follows the mount path (``Advert``, ``/Advert/``, or nothing).
        A 200 means that the event is as durable as the inbox promises, a 503 that it has to be delivered again.
        """
        try:
            return await self._answer(body, headers, path)
        except Exception:
            log.exception("delivery.failed")
            self.counted[NOBODY]["failed"] += 1
            return not_now("failed")

    def too_large(self) -> Reply:
        """The answer to a body over ``max_body_bytes``, for adapters that read no further."""
        self._note_stranger("too_large", {"max_body_bytes": self.max_body_bytes})
        return not_now("too_large")

    def broken_off(self) -> Reply:
        """The answer to a body that did not arrive whole, or not as its headers promise."""
        self._note_stranger("broken_off", {})
        return not_now("broken_off")

    async def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether deliveries can be taken now, and the facts: of each instance the problem, the durability in force,
        and what became of its deliveries in this process. Looks at Redis at most once a second. No secrets."""
        return await self._readiness.look()

    async def close(self) -> None:
        """Returns when everything that was taken has its answer. The inboxes belong to whoever made them."""
        for commit in self._commits.values():
            await commit.close()

    async def _answer(self, body: bytes, headers: Mapping[str, str], path: str) -> Reply:
        if len(body) > self.max_body_bytes:
            return self.too_large()
        door = self._door(body, headers)
        if door is None:
            return self._badly_signed(headers)
        said = parse(body, headers, path)
        try:
            async with asyncio.timeout(self._accept_timeout_s):
                if isinstance(said, Unreadable):
                    return await self._quarantine(door, body, headers, said)
                return await self._accept(door, said)
        except TimeoutError:
            return self._refuse(door, said, "timed_out", f"no word from the inbox in {self._accept_timeout_s:g} s")
        except QueueUnavailable as error:
            return self._refuse(door, said, "unavailable", str(error))

    def _door(self, body: bytes, headers: Mapping[str, str]) -> Door | None:
        """The instance whose credentials verify. The vertical header is where to look first, and it decides between
        instances that share a secret; without it such a delivery could be anybody's, and is nobody's.
        """
        hinted = self._by_vertical.get((header(headers, VERTICAL_HEADER) or "").lower())
        if hinted and verify(body, headers, hinted.credentials):
            return hinted
        fitting = [door for door in self._doors.values() if verify(body, headers, door.credentials)]
        return fitting[0] if len(fitting) == 1 else None

    async def _accept(self, door: Door, notice: Notice) -> Reply:
        began = time.monotonic()
        word = await self._commits[door.instance].accept(event_of(notice))
        if word in _REFUSALS:
            return self._refuse(door, notice, word, _REFUSALS[word])
        self.counted[door.instance][word] += 1
        if log.isEnabledFor(logging.INFO):
            took = {"word": word, "duration_ms": round((time.monotonic() - began) * 1000, 1)}
            log.info("delivery.accepted", extra={"fields": _fields(door, notice) | took})
        return accepted(word)

    async def _quarantine(self, door: Door, body: bytes, headers: Mapping[str, str], what: Unreadable) -> Reply:
        kept = {name: value for name in KEPT_HEADERS if (value := header(headers, name)) is not None}
        if not await door.inbox.quarantine(body, what.reason, headers=kept, remember=what.identity):
            return self._refuse(door, what, "quarantine_full", "the quarantine is at its limit")
        self.counted[door.instance]["quarantined"] += 1
        log.warning("delivery.quarantined", extra={"fields": _fields(door, what)})
        return accepted("quarantined")

    def _refuse(self, door: Door, said: Notice | Unreadable, word: str, why: str) -> Reply:
        self.counted[door.instance][word] += 1
        log.warning("delivery.refused", extra={"fields": _fields(door, said) | {"word": word, "error": why}})
        return not_now(word)

    def _badly_signed(self, headers: Mapping[str, str]) -> Reply:
        vertical = (header(headers, VERTICAL_HEADER) or "")[:64]
        is_signed = header(headers, SIGNATURE_HEADER) is not None
        hint = (
            "the webhook's HMAC key is none of webhook_secrets, or several instances have it and none has this vertical"
            if is_signed
            else "no signature: the webhook has no HMAC key, or its static header is not webhook_header"
        )
        fields = {"vertical": vertical, "instances": list(self._doors), "hint": hint}
        self._note_stranger("bad_signature", fields, vertical)
        return unauthorized() if self._bad_signature == 401 else not_now("bad_signature")

    def _note_stranger(self, word: str, fields: Mapping[str, object], vertical: str = NOBODY) -> None:
        self.counted[vertical if vertical in self._doors else NOBODY][word] += 1
        quiet_until, unsaid = self._strangers.get(word, (0.0, 0))
        now = time.monotonic()
        if now >= quiet_until:
            log.warning(f"delivery.{word}", extra={"fields": {**fields, "deliveries": unsaid + 1}})
            quiet_until, unsaid = now + STRANGERS_EVERY_S, -1
        self._strangers[word] = (quiet_until, unsaid + 1)


Opening = Callable[[], AbstractAsyncContextManager[Receiver]]
"""Makes the receiver and closes it: settings are read when a service starts, not when its module is imported."""


def event_of(notice: Notice) -> NewEvent:
    """What the inbox takes of a delivery that was understood."""
    typename, identifier = _addressed(notice)
    return NewEvent(
        identity=notice.identity,
        typename=typename,
        id=identifier,
        name=notice.name,
        event_id=notice.event_id,
        sequence=notice.sequence,
        updated_ms=notice.updated_ms,
    )


def _fields(door: Door, said: Notice | Unreadable) -> dict[str, object]:
    if isinstance(said, Unreadable):
        return {"instance": door.instance, "reason": said.reason, "body": said.identity.hex()}
    ref = Ref(door.instance, *_addressed(said))
    return {"event_id": said.event_id, "ref": str(ref), "name": said.name, "sequence": said.sequence}


def _addressed(notice: Notice) -> tuple[str, str]:
    """Type and id of the mailbox: some object of a type, where a destroy does not say which."""
    return (SWEEP_TYPENAME, notice.typename) if notice.id is None else (notice.typename, notice.id)
