"""The durable inbox: one mailbox for each object, scheduled by arq."""

from marketplacer_callback.inbox import arq_format
from marketplacer_callback.inbox.accept import misfit
from marketplacer_callback.inbox.connection import LOST, connect
from marketplacer_callback.inbox.dead import DeadLetter, Replayed
from marketplacer_callback.inbox.durability import Durability, ServerFacts
from marketplacer_callback.inbox.forget import Forgotten
from marketplacer_callback.inbox.inbox import Inbox
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.look import HandlerState, MailboxState, ObjectState
from marketplacer_callback.inbox.quarantine import Quarantined
from marketplacer_callback.inbox.records import (
    Busy,
    Claimed,
    Gone,
    HandlerResult,
    Mailbox,
    MailboxEvent,
    MailboxVerdict,
    NewEvent,
    Remembered,
    Started,
    Tended,
    Want,
    Word,
)
from marketplacer_callback.inbox.repair import Repaired
from marketplacer_callback.inbox.status import LaneStatus, Status

__all__ = [
    "LOST",
    "Busy",
    "Claimed",
    "DeadLetter",
    "Durability",
    "Forgotten",
    "Gone",
    "HandlerResult",
    "HandlerState",
    "Inbox",
    "Keys",
    "LaneStatus",
    "Mailbox",
    "MailboxEvent",
    "MailboxState",
    "MailboxVerdict",
    "NewEvent",
    "ObjectState",
    "Quarantined",
    "Remembered",
    "Repaired",
    "Replayed",
    "ServerFacts",
    "Started",
    "Status",
    "Tended",
    "Want",
    "Word",
    "arq_format",
    "connect",
    "misfit",
]
