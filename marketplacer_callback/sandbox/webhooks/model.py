"""A webhook, the events that it tells of, and the tries to deliver one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from marketplacer_callback.sandbox.data.store import Written, node_id
from marketplacer_callback.sandbox.journal import Outcome
from marketplacer_callback.sandbox.webhooks.disturbed import CALM, Disturbance

__all__ = [
    "DEFAULT_QUERY",
    "EVENT_NAMES",
    "MOST_PARALLEL",
    "MOST_RETRIES",
    "THIN_QUERY",
    "Event",
    "Finished",
    "Sent",
    "Try",
    "Webhook",
    "known_event",
]

DEFAULT_QUERY: Final = "query($id: ID!){ node(id: $id) { __typename } }"
"""What a webhook with a blank query runs: documented."""
THIN_QUERY: Final = "query($id: ID!) { node(id: $id) { __typename id } }"
"""What the webhooks of a ``webhook_url`` run unless they are given another."""
EVENT_NAMES: Final = ("create", "update", "destroy")
MOST_PARALLEL: Final = 200
MOST_RETRIES: Final = 50

Status = Literal["Unsent", "Rejected", "Sent", "Cancelled", "Failed"]
"""Documented names of an event's states; ``Rejected`` is one that is being retried."""


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


Finished = Callable[[Sent], None]


def known_event(name: str) -> str:
    """The name of an event as it is. ``ValueError`` if there is no such event."""
    if name not in EVENT_NAMES:
        raise ValueError(f"no such event: {name!r}; one of {', '.join(EVENT_NAMES)}")
    return name


@dataclass(slots=True, eq=False)
class Webhook:
    """One configured webhook, as the schema's type ``Webhook`` has it; ``Webhooks.update`` changes it.

    ``event_name`` is ``create``, ``update``, ``destroy`` or ``None`` for all; ``query`` may be blank. ``concurrency``
    is ``concurrentSendLimit``: it goes down by one with each 429. ``seller``: the id of the seller whose webhook it
    is. ``waiting`` counts the events that are neither delivered nor given up on.
    """

    number: int
    typename: str
    url: str
    query: str = ""
    event_name: str | None = None
    enabled: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hmac_key: str | None = field(default=None, repr=False)
    allow_skip: bool = False
    concurrency: int = 100
    max_retries: int = 25
    seller: str | None = None
    legacy_format: bool = False
    waiting: int = 0
    active: int = field(default=0, repr=False)
    queue: deque[Event] = field(default_factory=deque, repr=False)
    held: deque[Event] = field(default_factory=deque, repr=False)

    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = node_id("Webhook", self.number)


@dataclass(frozen=True, slots=True)
class Try:
    """One POST of a delivery. Without an answer ``status`` is ``None``; times are seconds since 1970."""

    sent_at: float
    answered_at: float
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ms(self) -> float:
        """How long its answer took, or the wait for one."""
        return round((self.answered_at - self.sent_at) * 1000, 3)


@dataclass(slots=True, eq=False, repr=False)
class Event:
    """One event of one webhook, from its payload to its end.

    ``id`` is the one in the body of its delivery. ``payload`` is its JSON; ``payload_failed``: the query failed, so
    that it holds ``errors``. ``trace`` is the two hexadecimal parts of ``traceparent``. ``high_volume`` events leave no
    record once they are delivered.
    """

    webhook: Webhook
    number: int
    sequence: int
    written: Written
    payload: bytes
    payload_failed: bool
    trace: str
    created_at: float
    updated_at: float
    high_volume: bool = False
    finished: list[Finished] = field(default_factory=list)
    disturbance: Disturbance = CALM
    attempt: int = 0
    status: Status = "Unsent"
    outcome: Outcome | None = None
    retry_at: float | None = None
    processed_at: float | None = None
    tries: list[Try] = field(default_factory=list)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = node_id("WebhookEvent", self.number)
