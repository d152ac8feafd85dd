"""What the platform leaves undocumented, as settings: a test can run an integration against each possibility.

A default is what the samples and the schema make most likely; none of them is a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

__all__ = ["Choices"]


@dataclass(frozen=True, slots=True)
class Choices:
    """One field for each open question.

    ``destroy_node``: the node in the body of a destroy: the object's ``Deleted…`` twin (null for a type that has
    none), null, or the object's last state. ``sequence``: what ``Marketplacer-Sequence`` counts: the events of the
    instance, of the webhook or of the object type. ``rendered``: when the payload is made: as the event comes about,
    or anew for each try to send it. ``while_disabled``: what becomes of the events of a disabled webhook.
    ``error_has_id``: whether a delivery whose query failed has the event's id.

    ``unpublished_node``: the type that ``node(id:)`` shows for an unpublished advert. ``unknown_object``: where a
    mutation says that there is no such object: in the payload's errors, or in those of the whole answer.
    ``revert_to``: the status of a refund request whose denial is reverted; ``before`` is the one that it was denied
    in. ``seller_denies``: whether a seller's key may deny refund lines. ``early_dispatch``: whether a shipment may
    have been sent before its order was placed; the platform has a text that refuses it, but not by which clock.

    ``retry_after``: whether a 429 of the rate limits says how long to wait. ``follows``: whether a change of a part
    (a shipment, a refund line) is an update of what it belongs to. ``collapse_ms``: within how long updates of one
    object collapse into the last one; 0: each is told. ``high_volume``: from how many waiting events on a webhook is
    in high-volume mode. ``max_depth``: how deep a document may be nested; 0: as deep as it likes.
    """

    destroy_node: Literal["twin", "null", "last"] = "twin"
    sequence: Literal["instance", "webhook", "type"] = "instance"
    rendered: Literal["event", "send"] = "event"
    while_disabled: Literal["lost", "queued"] = "lost"
    error_has_id: bool = True
    unpublished_node: Literal["UnpublishedAdvert", "Advert"] = "UnpublishedAdvert"
    unknown_object: Literal["payload", "answer"] = "payload"
    revert_to: Literal["before", "AWAITING", "RETURNED", "PROCESSED"] = "before"
    seller_denies: bool = True
    early_dispatch: Literal["taken", "refused"] = "taken"
    retry_after: bool = True
    follows: bool = True
    collapse_ms: int = 0
    high_volume: int = 50_000
    max_depth: int = 30

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Choices:
        """From texts, as a command line has them. ``ValueError`` names an unknown choice or value, and the known
        ones.
        """
        return cls(**{name: _value(name, text) for name, text in values.items()})


def _value(name: str, text: str) -> Any:
    known = [field.name for field in fields(Choices)]
    if name not in known:
        raise ValueError(f"{name!r} is not a choice of the sandbox; one of {', '.join(known)}")
    kind = get_type_hints(Choices)[name]
    if kind is bool:
        allowed = {"true": True, "false": False}
        if text.lower() not in allowed:
            raise ValueError(f"{name}={text}: expected true or false")
        return allowed[text.lower()]
    if kind is int:
        if not text.isdecimal():
            raise ValueError(f"{name}={text}: expected a whole number from 0")
        return int(text)
    if text not in get_args(kind):
        raise ValueError(f"{name}={text}: expected one of {', '.join(get_args(kind))}")
    return text
