"""Notes: what people write on a refund request, and the log of its statuses.

Every change of a status is in the log, also one that nobody wrote a note for; that it is there then is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import found
from marketplacer_callback.sandbox.mutations.inputs import images
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["Notes", "checked_notes", "log"]

Notes = Callable[[Record, Record | None, str], list[Record]]
"""From the refund request, the line (``None``: the note is about the request) and the status to the notes written."""


@dataclass(frozen=True, slots=True)
class _Checked:
    fields: Record
    attachments: Callable[[], list[Record]]


def checked_notes(request: Request, given: Sequence[Record] | None, field: str = "notes") -> Notes:
    """A list of ``RefundRequestNoteInput``, checked; call what is returned to write them.

    Without any, one without text is written. Raises ``NotFound`` for an unknown admin, user or image.
    """
    checked = [_checked(request, note, field) for note in given or ()]

    def write(owner: Record, line: Record | None, status: str) -> list[Record]:
        ready = [{**note.fields, "attachments": note.attachments()} for note in checked]
        return [log(request, owner, line, status, **fields) for fields in ready or [{}]]

    return write


def log(request: Request, owner: Record, line: Record | None, status: str, **fields: object) -> Record:
    """One note: the request, or a line of it, got a status."""
    note = request.store.add("RefundRequestNote", refundRequest=owner, refundRequestLineItem=line, newStatus=status)
    blank: Record = {"note": None, "admin": None, "user": None, "ipAddress": None, "attachments": []}
    note |= {**blank, **fields, "timestamp": note["createdAt"]}
    return note


def _checked(request: Request, note: Record, field: str) -> _Checked:
    fields: Record = {"note": note.get("note"), "ipAddress": note.get("ipAddress")}
    for name, typename in (("admin", "Admin"), ("user", "User")):
        id_ = note.get(f"{name}Id")
        fields[name] = found(request, typename, id_, f"{name}Id") if id_ else None
    return _Checked(fields, images(request, note.get("attachments"), field=f"{field}.attachments"))
