"""What a key may see, and as which type it sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.made_up import MadeUp, World
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["denied", "shown", "twin", "visible", "visible_ones", "world_of"]

OPERATORS_TYPES: Final = frozenset({"Order", "PaymentEvent", "Webhook", "WebhookEvent"})
"""What belongs to the marketplace where it has no seller. Documented for Order, otherwise a guess."""


def denied(what: str) -> GraphQLError:
    """The error for what a seller's key may not see. That it is one is documented for orders, its words are not."""
    return GraphQLError(f"permission denied: {what} is not visible with a seller's API key")


def visible(request: Request, record: Record) -> bool:
    """Whether the key sees the object: a seller's sees its seller's own, and what belongs to nobody, as brands do."""
    own = request.own_seller
    return own is None or _of(request, record, own["id"])


def visible_ones(request: Request, records: Sequence[Record]) -> Sequence[Record]:
    """Those of the records that the key sees."""
    own = request.own_seller
    if own is None:
        return records
    return [record for record in records if _of(request, record, own["id"])]


def world_of(request: Request) -> World:
    """What is made up for the key: it leads to nothing that the key does not see."""
    return request.store.world if request.role == "operator" else World(request.store, partial(visible, request))


def shown(request: Request, record: Record) -> Record | None:
    """An object that a field of an abstract type refers to, as the type that it is shown as.

    ``None`` for what the key does not see and for a deleted object without a ``Deleted…`` type. ``GraphQLError`` for
    an order with a seller's key.
    """
    if not visible(request, record):
        if record.get("__typename") == "Order":
            raise denied("Order")
        return None
    return twin(request, request.store.shown(record))


def twin(request: Request, record: Record | None) -> Record | None:
    """An unpublished advert as the type that is chosen for it; undocumented."""
    if record is None or record["__typename"] != "UnpublishedAdvert":
        return record
    if request.choices.unpublished_node == "UnpublishedAdvert":
        return record
    details: Record = record["details"]
    return details


def _of(request: Request, record: Record, seller: str) -> bool:
    typename = record.get("__typename")
    if typename is None or isinstance(record, MadeUp):
        return True
    owner = request.store.seller_id(record)
    return typename not in OPERATORS_TYPES if owner is None else owner == seller
