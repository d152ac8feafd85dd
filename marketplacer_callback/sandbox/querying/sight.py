"""What a key may see, and as which type it sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.belonging import records_of
from marketplacer_callback.sandbox.data.made_up import MadeUp, World
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["denied", "reached", "shown", "twin", "visible", "visible_ones", "world_of"]

OPERATORS_TYPES: Final = frozenset({"Order", "PaymentEvent", "Webhook", "WebhookEvent"})
"""What belongs to the marketplace where it has no seller. Documented for Order, otherwise a guess."""
PARTS: Final = frozenset({"Address", "Image"})
"""What names no owner, and is a part of the objects that refer to it. That it is seen as they are is a guess."""


def denied(what: str) -> GraphQLError:
    """The error for what a seller's key may not see. That it is one is documented for orders, its words are not."""
    return GraphQLError(f"permission denied: {what} is not visible with a seller's API key")


def visible(request: Request, record: Record) -> bool:
    """Whether the key sees the object: a seller's sees its seller's own, and what belongs to nobody, as brands do."""
    own = request.own_seller
    return own is None or _of(request, record, own["id"])


def reached(request: Request, record: Record) -> bool:
    """Whether the key sees an object that it was not led to: a part of another seller's object, or of an order alone,
    it does not.
    """
    if request.role == "seller" and record.get("__typename") in PARTS and not isinstance(record, MadeUp):
        return record["id"] in _parts(request)
    return visible(request, record)


def visible_ones(request: Request, records: Sequence[Record]) -> Sequence[Record]:
    """Those of the records that the key sees."""
    own = request.own_seller
    if own is None:
        return records
    return [record for record in records if _of(request, record, own["id"])]


def world_of(request: Request) -> World:
    """What is made up for the key: it leads to nothing that the key does not see."""
    return request.store.world if request.role == "operator" else World(request.store, partial(reached, request))


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


def _parts(request: Request) -> frozenset[str]:
    """The ids of the parts of all that the key sees."""
    if request.parts is None:
        store = request.store
        whole = (one for typename in store.typenames() for one in visible_ones(request, store.all(typename)))
        request.parts = frozenset(
            part["id"] for one in whole for part in records_of(one) if part.get("__typename") in PARTS
        )
    return request.parts


def _of(request: Request, record: Record, seller: str) -> bool:
    typename = record.get("__typename")
    if typename is None or isinstance(record, MadeUp):
        return True
    owner = request.store.seller_id(record)
    return typename not in OPERATORS_TYPES if owner is None else owner == seller
