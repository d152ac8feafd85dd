"""The root fields that are emulated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from graphql import GraphQLError, GraphQLResolveInfo

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.relations import PAGE_ARGUMENTS, connect
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.resolvers import denied, refuse_arguments

__all__ = ["ROOTS"]

Predicate = Callable[[Record, Any], bool]
Resolver = Callable[..., Any]
LIST_ARGUMENTS: Final = frozenset({"filters", "sort", "includeDeleted", "accountType"})


def node(_root: Any, info: GraphQLResolveInfo, id: str) -> Record | None:
    """``node(id:)``: null for an unknown id."""
    info.context.ids += 1
    return _read(info.context, id)


def nodes(_root: Any, info: GraphQLResolveInfo, ids: list[str]) -> list[Record | GraphQLError | None]:
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
    """``order(orderId:)``: an error for an unknown id."""
    request: Request = info.context
    request.ids += 1
    id_ = arguments["orderId"]
    if request.role == "seller":
        raise denied("Order")
    record = _read(request, id_)
    if record is None or record["__typename"] != "Order":
        raise GraphQLError(f"No object found for orderId: {id_}")
    return record


def api_key_principal(_root: Any, info: GraphQLResolveInfo) -> Record:
    """``apiKeyPrincipal``: who the key belongs to; its seller is null for an operator's key."""
    seller = info.context.own_seller
    name = seller["businessName"] if seller else "Sandbox operator"
    return {"__typename": "APIKeyPrincipal", "name": name, "username": "sandbox", "seller": seller}


def external_ids(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> list[Record]:
    """``externalIds(key, ownerType, value, values)``."""
    wanted = {name: value for name, value in arguments.items() if value is not None}
    store = info.context.store
    every = (
        entry for name in store.typenames() for record in store.all(name) for entry in record.get("externalIds") or ()
    )
    return [entry for entry in every if all(EXTERNAL_ID_FILTERS[name](entry, value) for name, value in wanted.items())]


def listing(
    typename: str,
    filters: Mapping[str, Predicate] = MappingProxyType({}),
    *,
    operator_only: bool = False,
    deleted: bool = False,
    filtered_only: bool = False,
) -> Resolver:
    """The resolver of a root connection of a type. A filter that is not among ``filters`` is an error, never ignored.

    ``operator_only``: an error with a seller's key; ``deleted``: destroyed objects are listed too; ``filtered_only``:
    nothing is listed without a filter.
    """

    def resolve(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
        request: Request = info.context
        if operator_only and request.role == "seller":
            raise denied(info.field_name)
        refuse_arguments(info, arguments, {*filters, *LIST_ARGUMENTS})
        wanted = _wanted(info, arguments, filters)
        with_deleted = deleted or bool(arguments.get("includeDeleted"))
        records = [record for record in request.store.all(typename, deleted=with_deleted) if _visible(record, request)]
        for name, value in wanted.items():
            records = [record for record in records if filters[name](record, value)]
        records = [] if filtered_only and not wanted else _sorted(records, arguments.get("sort"))
        if with_deleted:
            records = [shown for shown in map(request.store.shown, records) if shown]
        return connect(records, **{name: arguments[name] for name in PAGE_ARGUMENTS if name in arguments})

    return resolve


def _wanted(info: GraphQLResolveInfo, arguments: dict[str, Any], filters: Mapping[str, Predicate]) -> dict[str, Any]:
    """The filters that were given, of the field itself and of its ``filters`` input."""
    inputs = {name: value for name, value in (arguments.get("filters") or {}).items() if value not in (None, [])}
    for name in inputs:
        if name not in filters:
            raise GraphQLError(f"the filter {name!r} of {info.field_name!r} is not emulated by the sandbox")
    return {name: value for name, value in arguments.items() if name in filters and value not in (None, [])} | inputs


def _visible(record: Record, request: Request) -> bool:
    own = request.own_seller
    return own is None or request.store.seller_id(record) in (None, own["id"])


def _read(request: Request, id_: str) -> Record | None:
    fault = request.fault
    if id_ in fault.poison:
        request.poisoned = True
    if id_ in fault.errors:
        raise GraphQLError(f"the sandbox was told to fail for {id_}", extensions={"code": "SANDBOX_FAULT"})
    return None if id_ in fault.null else request.store.read(id_, lag_ms=fault.lag_ms)


def _sorted(records: Iterable[Record], sort: Any) -> list[Record]:
    ordered = list(records)
    for part in reversed(sort if isinstance(sort, list) else [sort] if sort else []):
        for name in reversed(part.get("fields") or [part.get("field") or "CREATED_AT"]):
            ordered.sort(key=partial(_text, name=_camel(name)), reverse=part.get("ordering") == "DESCENDING")
    return ordered


def _text(record: Record, name: str) -> str:
    return str(record.get(name) or "")


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name.lower())


def _since(name: str) -> Predicate:
    return lambda record, value: bool(record.get(name)) and _time(record[name]) >= _time(value)


def _until(name: str) -> Predicate:
    return lambda record, value: bool(record.get(name)) and _time(record[name]) <= _time(value)


def _is(name: str) -> Predicate:
    return lambda record, value: bool(record.get(name) == value)


def _among(name: str) -> Predicate:
    return lambda record, values: record.get(name) in values


def _time(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.astimezone()


def _sold_by(record: Record, ids: str | list[str]) -> bool:
    holder = record if "seller" in record else record.get("invoice") or {}
    seller = holder.get("seller") or {}
    return seller.get("id") in ([ids] if isinstance(ids, str) else ids)


CREATED: Final[Mapping[str, Predicate]] = {"createdSince": _since("createdAt"), "createdUntil": _until("createdAt")}
UPDATED: Final[Mapping[str, Predicate]] = {"updatedSince": _since("updatedAt"), "updatedUntil": _until("updatedAt")}
PAID: Final[Mapping[str, Predicate]] = {"paidSince": _since("paidAt"), "paidUntil": _until("paidAt")}
LEGACY_IDS: Final[Mapping[str, Predicate]] = {"legacyIds": _among("legacyId")}
LEGACY_ID: Final[Mapping[str, Predicate]] = {"legacyId": _is("legacyId")}
SELLERS: Final[Mapping[str, Predicate]] = {"retailerIds": _sold_by, "sellerId": _sold_by}
INVOICES: Final[Mapping[str, Predicate]] = {
    "orderId": lambda record, value: bool(record["order"]["legacyId"] == value),
    "notDispatched": lambda record, value: ("SENT" not in record["statusFlags"]) is value,
}
EXTERNAL_ID_FILTERS: Final[Mapping[str, Predicate]] = {
    "key": _is("key"),
    "value": _is("value"),
    "values": _among("value"),
    "ownerType": lambda entry, value: bool(entry["owner"]["__typename"] == value),
}
ROOTS: Final[dict[str, Resolver]] = {
    "node": node,
    "nodes": nodes,
    "order": order,
    "apiKeyPrincipal": api_key_principal,
    "externalIds": external_ids,
    "advertsWhere": listing("Advert", {**LEGACY_IDS, **SELLERS, **CREATED, "title": _is("title")}, filtered_only=True),
    "allAdverts": listing("Advert", {**UPDATED, "vetted": _is("vetted")}, deleted=True),
    "allSellers": listing("Seller", UPDATED, operator_only=True),
    "sellersWhere": listing("Seller", {"retailerIds": _among("id")}),
    "invoices": listing("Invoice", {**LEGACY_ID, **CREATED, **UPDATED, **PAID, **INVOICES}),
    "updatedOrders": listing("Order", UPDATED, operator_only=True),
    "updatedRefundRequests": listing("RefundRequest", UPDATED),
    "refundRequests": listing("RefundRequest", {**LEGACY_ID, **SELLERS, **CREATED, "statuses": _among("status")}),
    "remittances": listing("Remittance", {**SELLERS, **CREATED, "released": _is("released")}, operator_only=True),
    "remittanceAdvices": listing("RemittanceAdvice", {**LEGACY_IDS, **SELLERS, **CREATED, **PAID}),
    "taxons": listing("Taxon"),
    "brands": listing("Brand"),
    "shipmentCarriers": listing("ShipmentCarrier"),
}
