"""The query root fields that are emulated. Those on webhooks are elsewhere, beside what they tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.arguments import page_of, warn_of_unknown
from marketplacer_callback.sandbox.querying.filters import tests
from marketplacer_callback.sandbox.querying.lists import LISTS, RootList
from marketplacer_callback.sandbox.querying.relations import connect
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import moment
from marketplacer_callback.sandbox.querying.sight import denied, reached, shown, twin, visible, visible_ones, world_of
from marketplacer_callback.sandbox.querying.sorting import sorting_of
from marketplacer_callback.sandbox.webhooks.roots import webhook_node

__all__ = ["ROOTS"]

Resolver = Callable[..., Any]


def node(_root: Any, info: GraphQLResolveInfo, id: str, **_further: Any) -> Record | None:
    """``node(id:)``: null for an unknown id, and for another seller's object."""
    info.context.ids += 1
    return _read(info.context, id)


def nodes(_root: Any, info: GraphQLResolveInfo, ids: list[str], **_further: Any) -> list[Record | GraphQLError | None]:
    """``nodes(ids:)``: in the order of the ids, null for the unknown ones."""
    request: Request = info.context
    request.ids += len(ids)
    if request.fault.max_ids is not None and len(ids) > request.fault.max_ids:
        raise GraphQLError(
            f"Query has complexity of {len(ids)}, which exceeds max complexity of {request.fault.max_ids}"
        )
    found: list[Record | GraphQLError | None] = []
    for id_ in ids:
        try:
            found.append(_read(request, id_))
        except GraphQLError as error:
            found.append(error)
    return found


def order(_root: Any, info: GraphQLResolveInfo, **arguments: str) -> Record:
    """``order(orderId:)``: an error for an unknown id, and with a seller's key."""
    request: Request = info.context
    request.ids += 1
    if request.role == "seller":
        raise denied("Order")
    record = _read(request, arguments["orderId"])
    if record is None or record["__typename"] != "Order":
        raise GraphQLError(f"No object found for orderId: {arguments['orderId']}")
    return record


def api_key_principal(_root: Any, info: GraphQLResolveInfo, **_further: Any) -> Record:
    """``apiKeyPrincipal``: who the key belongs to; its seller is null for an operator's key."""
    seller = info.context.own_seller
    name = seller["businessName"] if seller else "Sandbox operator"
    return {"__typename": "APIKeyPrincipal", "name": name, "username": "sandbox", "seller": seller}


def external_ids(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Sequence[Record]:
    """``externalIds``: those of the objects that the key sees, with the key, the value and the type of their owner."""
    request: Request = info.context
    warn_of_unknown(info, arguments, dict.fromkeys(["key", "ownerType", "value", "values"]))
    value, values, key = (arguments.get(name) for name in ("value", "values", "key"))
    held = chain.from_iterable(
        record.get("externalIds") or ()
        for typename in _owners(request, arguments.get("ownerType"))
        for record in request.store.all(typename)
    )
    found = list(held) if value is None else [entry for entry in held if entry["value"] == value]
    if values is not None:
        among = set(values)
        found = [entry for entry in found if entry["value"] in among]
    if key is not None:
        found = [entry for entry in found if entry["key"] == key]
    own = [entry for entry in found if visible(request, entry["owner"])]
    first = arguments.get("first")
    if first is not None and first < 0:
        raise GraphQLError("first must not be negative")
    return own[:first]


def refund_reasons(_root: Any, _info: GraphQLResolveInfo, **_further: Any) -> Record:
    """``refundReasons``: the texts that a refund may be asked for and denied with."""
    reasons = list(words.REFUND_REASONS)
    return {
        "__typename": "RefundReason",
        "id": "UmVmdW5kUmVhc29uLTE=",
        "denyRefundReasons": list(words.DENIALS),
        "preDispatchRefundReasons": reasons,
        "postDispatchRefundReasons": reasons,
    }


def shipment_addresses(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    """``shipmentAddresses(sellerId:)``: where sellers ship from; their own address where they name no other."""
    request: Request = info.context
    warn_of_unknown(info, arguments, {"sellerId": None})
    sellers = visible_ones(request, request.store.all("Seller"))
    if arguments.get("sellerId") is not None:
        sellers = [seller for seller in sellers if seller["id"] == arguments["sellerId"]]
    each = (seller.get("shipmentAddresses") or [seller.get("address")] for seller in sellers)
    return connect([address for addresses in each for address in addresses if address], **page_of(arguments))


def resolve_list(of: RootList, _root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    """A page of a root list."""
    request: Request = info.context
    if of.operator_only and request.role == "seller":
        raise denied(info.field_name)
    warn_of_unknown(info, arguments, of.known)
    given = arguments | {name: value for name, value in of.unless_given.items() if not arguments.get(name)}
    wanted = tests(of.filters, given, request)
    sorting = sorting_of(arguments.get("sort"), of.sorting, of.readers(request), request.store)
    with_deleted = _with_deleted(of, arguments, request)
    records = _selected(of, request, wanted, deleted=with_deleted)
    connection = connect(sorting.sorted(records), sorting=sorting, **page_of(arguments))
    if with_deleted:
        connection["nodes"] = [request.store.shown(record) for record in connection["nodes"]]
    if of.summary:
        connection |= of.summary(request, records)
    return connection


def _with_deleted(of: RootList, arguments: Mapping[str, Any], request: Request) -> bool:
    """Whether deleted objects are listed: for that the schema must have a type to show them as."""
    asked = bool(arguments.get(of.deleted)) if isinstance(of.deleted, str) else of.deleted
    return asked and f"Deleted{of.typename}" in request.store.schema.type_map


def _selected(
    of: RootList, request: Request, wanted: Sequence[Callable[[Record], bool]], *, deleted: bool
) -> Sequence[Record]:
    if of.filtered_only and not wanted:
        return ()
    records = visible_ones(request, _remembered(of, request) if deleted else request.store.all(of.typename))
    for test in wanted:
        records = [record for record in records if test(record)]
    return records


def _remembered(of: RootList, request: Request) -> Sequence[Record]:
    """The living objects, and the deleted ones that are not forgotten yet."""
    store = request.store
    every = store.all(of.typename, deleted=True)
    living = {record["id"] for record in store.all(of.typename)}
    if of.deleted_for is None or len(every) == len(living):
        return every
    bound = moment(store.now()) - of.deleted_for
    return [record for record in every if record["id"] in living or moment(record["updatedAt"]) >= bound]


def _owners(request: Request, owner_type: str | None) -> Sequence[str]:
    """The types of objects that have external ids; of the given one alone, whatever its case."""
    wanted = None if owner_type is None else owner_type.replace("_", "").lower()
    types = (request.store.schema.type_map.get(name) for name in request.store.typenames())
    owners = (type_ for type_ in types if isinstance(type_, GraphQLObjectType) and "externalIds" in type_.fields)
    return [type_.name for type_ in owners if wanted in (None, type_.name.lower())]


def _read(request: Request, id_: str) -> Record | None:
    fault = request.fault
    if id_ in fault.poison:
        request.poisoned = True
    if id_ in fault.errors:
        raise GraphQLError(f"the sandbox was told to fail for {id_}", extensions={"code": "SANDBOX_FAULT"})
    if id_ in fault.null:
        return None
    record = request.store.get(id_)
    if record is None:
        return webhook_node(request, id_) or world_of(request).node(id_)
    if id_ == request.undeleted:
        return twin(request, record)
    if request.role == "seller" and (shown(request, record) is None or not reached(request, record)):
        return None
    return twin(request, request.store.read(id_, lag_ms=fault.lag_ms))


ROOTS: Final[Mapping[str, Resolver]] = {
    "node": node,
    "nodes": nodes,
    "order": order,
    "apiKeyPrincipal": api_key_principal,
    "externalIds": external_ids,
    "refundReasons": refund_reasons,
    "shipmentAddresses": shipment_addresses,
    **{name: partial(resolve_list, of) for name, of in LISTS.items()},
}
