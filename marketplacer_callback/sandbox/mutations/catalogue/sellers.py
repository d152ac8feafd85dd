"""Sellers: an operator takes them in, an operator or they themselves change them."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations import inputs
from marketplacer_callback.sandbox.mutations.answer import Mutation, NotFound, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.plain import not_negative, plain_fields, said
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["SELLERS"]

WRITTEN_APART: Final = frozenset({"accountType", "emailAddress", "metadata", "storeImages", "tags", "users"})
POLICIES: Final = {
    "returnPolicy": "returnPolicy",
    "servicePolicy": "servicePolicy",
    "deliveryDetails": "shippingPolicy",
    "clickAndCollectPolicy": "storePickupPolicy",
}
"""Input field → the field of the seller's ``policies`` that it fills as well, by their descriptions in the schema."""


def seller_create(request: Request, values: Record) -> Record:
    """``sellerCreate``: a seller and its first user.

    Undocumented, so guesses: a ``RETAILER`` is online at once and a ``PROSPECTIVE`` seller is not; without an address
    of its own the business has the user's e-mail address.
    """
    given, store = values["attributes"], request.store
    _refuse_custom_fields(given)
    user = _user_fields(given["user"])
    email = _email(given.get("emailAddress") or user["emailAddress"], "emailAddress")
    fields = plain_fields(store, "Seller", given, apart=WRITTEN_APART)
    not_negative(given, "invoiceDispatchDaysThreshold")
    address = inputs.address(request, given["address"])
    logo = inputs.images(request, _one(given.get("logo")), field="logo")
    retailer = given["accountType"] == "RETAILER"
    seller = store.add(
        "Seller",
        **fields,
        accountType=given["accountType"],
        isRetailer=retailer,
        online=retailer,
        emailAddress=email,
        businessNumber=given.get("businessRegistrationCode") or "",
        address=address(),
        logo=next(iter(logo()), None),
        tags=list(given.get("tags") or ()),
        metadata=inputs.metadata(request, {}, given.get("metadata")),
        externalIds=[],
        commissionPackage=store.all("CommissionPackage")[0],
    )
    made = store.add("User", **user, username=user["emailAddress"], loggedIn=False, seller=seller)
    seller |= {"primaryUser": made, "users": [made]}
    return {"seller": seller, "user": made}


def seller_update(request: Request, values: Record) -> Record:
    """``sellerUpdate``: with a seller's key the seller itself, with an operator's the one of ``sellerId``."""
    seller = _seller(request, values.get("sellerId"))
    given, store = values.get("attributes") or {}, request.store
    _refuse_custom_fields(given)
    if request.role == "operator" and given.get("registeredForTax") is not None:
        raise Refused("Registered for tax is only accessible to the seller", field="registeredForTax")
    fields = plain_fields(store, "Seller", given, apart=WRITTEN_APART)
    not_negative(given, "invoiceDispatchDaysThreshold")
    if "emailAddress" in given:
        fields["emailAddress"] = _email(given["emailAddress"], "emailAddress")
    if "tags" in given:
        fields["tags"] = list(given["tags"] or ())
    address = inputs.address(request, _addressed(request, seller, given["address"])) if given.get("address") else None
    logo = inputs.images(request, _one(given.get("logo")), field="logo")
    images = inputs.images(request, given.get("storeImages"), field="storeImages")
    if not given:
        return {"seller": seller}
    if "metadata" in given:
        fields["metadata"] = inputs.metadata(request, seller, given["metadata"])
    if address is not None:
        fields["address"] = address()
    if "logo" in given:
        fields["logo"] = next(iter(logo()), None)
    if "storeImages" in given:
        fields["storeImages"] = images()
    store.change("Seller", seller["id"], **fields, **_policies(seller, given))
    return {"seller": seller}


def _seller(request: Request, id_: str | None) -> Record:
    if id_ is None and request.own_seller is not None:
        return request.own_seller
    if id_ is None:
        raise Refused("Seller can't be blank", field="sellerId")
    return found(request, "Seller", id_, "sellerId")


def _addressed(request: Request, seller: Record, given: Record) -> Record:
    """The address input, about the address that the seller has unless it names another, which a seller may not."""
    own = (seller.get("address") or {}).get("id")
    id_ = given.get("id") or own
    if request.role == "seller" and id_ != own:
        raise NotFound(f"No object found for address.id: {id_}", field="address.id")
    return {**given, "id": id_} if id_ else given


def _policies(seller: Record, given: Record) -> Record:
    changed = {inside: given[name] or "" for name, inside in POLICIES.items() if name in given}
    if not changed:
        return {}
    empty = {"__typename": "SellerPolicies", **dict.fromkeys(POLICIES.values(), "")}
    return {"policies": {**empty, **(seller.get("policies") or {}), **changed}}


def _user_fields(given: Record) -> Record:
    for name in ("firstName", "surname"):
        if not given[name].strip():
            raise Refused(f"{said(name)} can't be blank", field=f"user.{name}")
    return {**given, "emailAddress": _email(given["emailAddress"], "user.emailAddress")}


def _email(value: str | None, field: str) -> str:
    name, at, host = (value or "").strip().rpartition("@")
    if not (name and at and host):
        raise Refused("Email address is invalid", field=field)
    return f"{name}@{host}"


def _refuse_custom_fields(given: Record) -> None:
    """An input that would have an effect on the platform and has none here is an error, never ignored."""
    if given.get("customFields"):
        raise GraphQLError("the input field 'customFields' of a seller is not emulated by the sandbox")


def _one(image: Record | None) -> list[Record]:
    return [image] if image else []


SELLERS: Final[dict[str, Mutation]] = {"sellerCreate": operator_only(seller_create), "sellerUpdate": seller_update}
