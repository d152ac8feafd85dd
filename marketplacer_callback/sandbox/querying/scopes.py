"""What a key with scopes may read and write. A key without a set of scopes, ``None``, may do everything.

Documented: a scope is ``resource:level``, with levels that include each other; manage is for deletes and for what
cannot be undone; products, golden products, orders with all that is shipped and invoiced, refunds and sellers are
resources; without scopes only public surfaces are in reach. Which type, field and mutation needs which scope is not
documented, nor is the error's text: the tables below are guesses, and so is that an object of another resource is
refused where it is met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["guard"]

Resolver = Callable[..., Any]

LEVELS: Final = ("read", "write", "manage")
"""Each includes the ones before it."""
OBJECTS: Final[Mapping[str, str]] = {
    "adverts": "Advert UnpublishedAdvert DeletedAdvert AllAdvertVariant Variant",
    "golden_products": "GoldenProduct GoldenProductVariant",
    "orders": "Order Invoice LineItem Shipment ReturnShipment InvoiceAmendment InvoiceAnnotation",
    "refunds": "RefundRequest RefundRequestLineItem RefundRequestNote",
    "remittances": "Remittance RemittanceAdvice",
    "sellers": "Seller DeletedSeller CommissionPackage",
    "webhooks": "Webhook WebhookEvent",
}
"""Resource → the types that need its scope wherever they are met."""
PARTS: Final[Mapping[str, str]] = {
    "adverts": "AdvertDocument AdvertOptionValue Image Inventory ShippingParcel VariantOptionValue",
    "orders": "Address InvoiceAmendmentLineItem InvoiceAnnotationType PaymentEvent ReturnShippedItem ShipmentStatus "
    "ShippedItem",
    "refunds": "RefundReason",
    "sellers": "CustomCommissionRate User",
    "webhooks": "WebhookEventResponse",
}
"""Resource → the types that need its scope when they are asked for by themselves; in another object they are part of
it. A type that is in none of the tables is a resource of its own: ``Promotion`` needs ``promotions``.
"""
PUBLIC: Final = frozenset(
    {
        "APIKeyPrincipal",
        "Brand",
        "Country",
        "MeasurementUnit",
        "OptionType",
        "OptionValue",
        "ShipmentCarrier",
        "State",
        "Taxon",
    }
)
"""In reach of every key."""
IRREVERSIBLE: Final = frozenset({"refundRequestRefund", "remittancesRelease"})
"""Mutations that need the level manage, besides those that delete."""
OWN_SELLER: Final = "APIKeyPrincipal"
"""The type whose objects may be read whatever it is that they refer to: who a key belongs to is no secret to it."""


def guard(schema: GraphQLSchema, read: Resolver) -> None:
    """Make the schema's resolvers demand the scope that a key has to have; to be called when all are in place.

    ``node`` and ``nodes`` demand read of each object that is found, and fail for that object alone; a list demands
    read of its type; a mutation demands write or manage of the type that its payload shows, or that its owner is of.
    Elsewhere, a field that refers to an object of another resource demands read of that, unless it is empty; only
    such fields cost a key without scopes anything. ``read``: the resolver of a field that has none of its own.

    The error's ``extensions.code`` is ``MISSING_SCOPE``, and its message names the scope.
    """
    for root in (schema.query_type, schema.mutation_type):
        for name, field in (root.fields if root else {}).items():
            field.resolve = SPECIAL.get(name, _guarded_root)(field.resolve or read)
    roots = {schema.query_type, schema.mutation_type}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in roots and not _passed_through(type_.name):
            for field in type_.fields.values():
                resource = OBJECTS_BY_TYPE.get(_target(field.type))
                if resource is not None and resource != RESOURCES.get(type_.name):
                    field.resolve = _guarded_relation(field.resolve or read, resource)


def _guarded_root(resolve: Resolver) -> Resolver:
    @wraps(resolve)
    def guard(root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        request: Request = info.context
        if request.key.scopes is not None:
            mutation = info.parent_type is info.schema.mutation_type
            typename = _changed(info, arguments) if mutation else _listed(info)
            level = "read" if not mutation else "manage" if _final(info.field_name) else "write"
            _demand(request, typename, level)
        return resolve(root, info, **arguments)

    return guard


def _guarded_node(resolve: Resolver) -> Resolver:
    @wraps(resolve)
    def guard(root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        found = resolve(root, info, **arguments)
        if info.context.key.scopes is not None and found is not None:
            _demand(info.context, found["__typename"], "read")
        return found

    return guard


def _guarded_nodes(resolve: Resolver) -> Resolver:
    def seen(request: Request, found: Any) -> Any:
        missing = _missing(request, found["__typename"], "read") if isinstance(found, dict) else None
        return missing or found

    @wraps(resolve)
    def guard(root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        found = resolve(root, info, **arguments)
        return found if info.context.key.scopes is None else [seen(info.context, one) for one in found]

    return guard


def _guarded_external_ids(resolve: Resolver) -> Resolver:
    """External ids demand read of the types of their owners, and of ``ownerType`` even if none is found."""

    @wraps(resolve)
    def guard(root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if info.context.key.scopes is not None and arguments.get("ownerType"):
            _demand(info.context, arguments["ownerType"], "read")
        found = resolve(root, info, **arguments)
        if info.context.key.scopes is not None:
            for typename in dict.fromkeys(entry["owner"]["__typename"] for entry in found):
                _demand(info.context, typename, "read")
        return found

    return guard


def _guarded_relation(resolve: Resolver, resource: str) -> Resolver:
    @wraps(resolve)
    def guard(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        request: Request = info.context
        if request.key.scopes is not None and _holds(value) and not _grants(request.key.scopes, resource, "read"):
            raise _lacking(resource, "read", f"{info.parent_type.name}.{info.field_name}")
        return value

    return guard


def _demand(request: Request, typename: str | None, level: str) -> None:
    missing = _missing(request, typename, level)
    if missing is not None:
        raise missing


def _missing(request: Request, typename: str | None, level: str) -> GraphQLError | None:
    if typename is None or typename in PUBLIC or request.key.scopes is None:
        return None
    resource = RESOURCES.get(typename) or f"{re.sub(r'(?<!^)(?=[A-Z])', '_', typename).lower()}s"
    return None if _grants(request.key.scopes, resource, level) else _lacking(resource, level, typename)


def _grants(scopes: frozenset[str], resource: str, level: str) -> bool:
    return any(f"{resource}:{one}" in scopes for one in LEVELS[LEVELS.index(level) :])


def _lacking(resource: str, level: str, what: str) -> GraphQLError:
    return GraphQLError(
        f"the API key lacks the scope {resource}:{level}, which {what} needs", extensions={"code": "MISSING_SCOPE"}
    )


def _final(mutation: str) -> bool:
    return mutation.endswith("Delete") or mutation in IRREVERSIBLE


def _changed(info: GraphQLResolveInfo, arguments: Record) -> str | None:
    """The type that a mutation writes to: that of its owner, or the first in its payload that is a resource's.

    ``None`` for an owner that there is not: the mutation says so itself.
    """
    owner = (arguments.get("input") or {}).get("owner")
    if owner is not None:
        record = info.context.store.get(owner)
        return record["__typename"] if record else None
    payload = get_named_type(info.return_type)
    assert isinstance(payload, GraphQLObjectType)  # noqa: S101 - every mutation answers a payload
    shown = (_target(field.type) for field in payload.fields.values())
    return next((name for name in shown if name in RESOURCES), payload.name.removesuffix("MutationPayload"))


def _listed(info: GraphQLResolveInfo) -> str | None:
    """The type that a root field of the query shows; ``None`` for a plain value, which is nobody's."""
    return None if is_leaf_type(get_named_type(info.return_type)) else _target(info.return_type)


def _target(type_: GraphQLOutputType) -> str:
    """The name of the type that a field leads to, through a connection; of a union, its first living type's."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection") and "nodes" in named.fields:
        named = get_named_type(named.fields["nodes"].type)
    if isinstance(named, GraphQLUnionType):
        return str(min(named.types, key=lambda one: one.name.startswith("Deleted")).name)
    return str(named.name)


def _passed_through(typename: str) -> bool:
    return typename == OWN_SELLER or typename.endswith(("Connection", "Edge", "Payload"))


def _holds(value: Any) -> bool:
    if isinstance(value, dict) and "nodes" in value:
        return bool(value["nodes"])
    return bool(value)


def _by_type(*tables: Mapping[str, str]) -> dict[str, str]:
    pairs: Iterable[tuple[str, str]] = ((resource, names) for table in tables for resource, names in table.items())
    return {name: resource for resource, names in pairs for name in names.split()}


SPECIAL: Final = {"node": _guarded_node, "nodes": _guarded_nodes, "externalIds": _guarded_external_ids}
OBJECTS_BY_TYPE: Final = _by_type(OBJECTS)
RESOURCES: Final = _by_type(OBJECTS, PARTS)
