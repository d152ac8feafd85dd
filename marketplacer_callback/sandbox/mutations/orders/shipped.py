"""The items of a shipment, to the buyer or back: how many of each line are sent, and how many may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["Shippable", "quantities", "shipped_quantity"]


@dataclass(frozen=True, slots=True)
class Shippable:
    """What a kind of shipment takes: lines of the type ``typename``, all of them of what their field ``owner`` holds,
    called ``whole`` in a refusal; of each at most what is ``left``, which ``awaits`` something.
    """

    typename: str
    owner: str
    whole: str
    left: Callable[[Record], int]
    awaits: str


def quantities(request: Request, kind: Shippable, owner: Record, items: Sequence[Record]) -> dict[str, int]:
    """The id of a line → how many of it are sent, for the ``shippedItems`` of an input.

    Raises ``Refused``, ``NotFound`` for an unknown line.
    """
    if not items:
        raise Refused("Shipped items can't be blank", field="shippedItems")
    sent: Counter[str] = Counter()
    for item in items:
        line = found(request, kind.typename, item["lineItemId"], "lineItemId")
        if line[kind.owner] is not owner:
            raise Refused(f"Shipped items must be part of the {kind.whole} that is shipped", field="shippedItems")
        if item["quantity"] < 1:
            raise Refused("Quantity must be greater than 0", field="quantity")
        sent[line["id"]] += item["quantity"]
        left = kind.left(line)
        if sent[line["id"]] > left:
            raise Refused(
                f"Quantity must be less than or equal to {left}, which awaits {kind.awaits}", field="quantity"
            )
    return sent


def shipped_quantity(line: Record) -> int:
    """How many of a line its shipments hold, on their way or there."""
    return sum(
        item["quantity"]
        for shipment in line.get("shipments") or ()
        for item in shipment.get("shippedItems") or ()
        if item["lineItem"] is line
    )
