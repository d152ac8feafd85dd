"""What a read tells about a change: call the handler, look once more, or leave it alone. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from marketplacer_callback.inbox.records import Mailbox, MailboxEvent
from marketplacer_callback.runtime.policy import SecondLook
from marketplacer_callback.typenames import is_deleted_type

__all__ = ["DELETED_DIGEST", "Look", "Seen", "decide", "digest_of"]

DELETED_DIGEST: Final = "deleted"


@dataclass(frozen=True, slots=True)
class Seen:
    """One read of a ref: the object, or ``None`` for null without an error; ``digest`` as by ``digest_of``."""

    object: Mapping[str, Any] | None
    typename: str
    digest: str


@dataclass(frozen=True, slots=True)
class Look:
    """``call``: run the handler. ``settle``: look once more first. ``call-then-settle``: both. ``unchanged``: it saw
    this already.
    """

    verb: Literal["call", "settle", "call-then-settle", "unchanged"]
    deleted: bool = False
    digest: str = ""


def digest_of(value: Mapping[str, Any], document_digest: str) -> str:
    """32 hex digits that tell whether an object, as selected by a document, is the same as before."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(f"{document_digest}\n{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def decide(seen: Seen | None, mailbox: Mailbox, handler: str, *, second_look: SecondLook, skip_unchanged: bool) -> Look:
    """How to go on with one handler of a claimed mailbox.

    ``seen`` is ``None`` where no read was needed: the newest event is a destroy. A null counts as a deletion only on
    the second look, whatever ``second_look`` says: a late replica or a missing scope must never make a handler
    delete.
    """
    remembered = mailbox.remembered.get(handler)
    settled = mailbox.settled_at.get(handler, 0) >= mailbox.upto
    if seen is None or (seen.object is not None and is_deleted_type(seen.typename)):
        return _known(DELETED_DIGEST, True, remembered.digest if remembered else None, skip_unchanged)
    if seen.object is None:
        if not settled:
            return Look("settle")
        return _known(DELETED_DIGEST, True, remembered.digest if remembered else None, skip_unchanged)
    before = remembered.digest if remembered else None
    if settled or second_look == "never":
        if second_look == "always" and before == seen.digest:
            return Look("unchanged", digest=seen.digest)
        return _known(seen.digest, False, before, skip_unchanged)
    freshness = _freshness(seen.object, mailbox.newest)
    if freshness == "behind":
        return Look("settle")
    known = _known(seen.digest, False, before, skip_unchanged)
    if freshness == "proven":
        return known
    if second_look == "always":
        return Look("settle") if known.verb == "unchanged" else Look("call-then-settle", digest=seen.digest)
    return Look("settle") if before == seen.digest else known


def _known(digest: str, deleted: bool, before: str | None, skip_unchanged: bool) -> Look:
    if skip_unchanged and before == digest:
        return Look("unchanged", deleted, digest)
    return Look("call", deleted, digest)


def _freshness(value: Mapping[str, Any], newest: MailboxEvent | None) -> Literal["proven", "behind", "unknown"]:
    """Whether the read is at least as new as the event, by the ``updatedAt`` that its payload may have carried."""
    if newest is None or newest.updated_ms is None:
        return "unknown"
    read_ms = _ms(value.get("updatedAt"))
    if read_ms is None:
        return "unknown"
    return "proven" if read_ms >= newest.updated_ms else "behind"


def _ms(stamp: object) -> int | None:
    if not isinstance(stamp, str):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
