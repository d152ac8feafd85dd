"""Products: made and changed with their variants, published, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations import inputs
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found
from marketplacer_callback.sandbox.mutations.catalogue.advert_inputs import advert_fields
from marketplacer_callback.sandbox.mutations.catalogue.option_values import chosen_values
from marketplacer_callback.sandbox.mutations.catalogue.prices import inherited
from marketplacer_callback.sandbox.mutations.catalogue.standing import Change, settle, shortcomings
from marketplacer_callback.sandbox.mutations.catalogue.variants import VARIANTS, Write, checked_variant
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["ADVERTS"]

NEW: Final[Record] = {
    "advertOptionValues": [],
    "brand": None,
    "code": None,
    "description": None,
    "displayImage": None,
    "displayable": False,
    "documents": [],
    "externalIds": [],
    "images": [],
    "metadata": [],
    "online": False,
    "published": False,
    "requiresVetting": False,
    "taxonNullable": None,
    "variants": [],
    "vetted": False,
    "vettingRejected": False,
}


def advert_upsert(request: Request, values: Record) -> Record:
    """``advertUpsert``: without ``advertId`` a product is made, otherwise that one is changed.

    A seller's product is its own. An operator may make products (documented), but the schema's input names no seller:
    it is then the first retailer's, a guess; a schema whose input has ``sellerId`` is obeyed. Variants are made and
    changed with it; those that are not named stay (a guess).
    """
    given, store = values["attributes"], request.store
    known = found(request, "Advert", values["advertId"], "advertId") if values.get("advertId") else None
    seller = known["seller"] if known else _seller(request, values.get("sellerId"))
    if known is None and not (given.get("title") or "").strip():
        raise Refused("Title can't be blank", field="title")
    fields, later = advert_fields(request, given, seller, known)
    variants = [_variant(request, one, known) for one in given.get("variants") or ()]
    advert = known or _made(request, seller, fields)
    if known is None:
        fields = {}
    fields |= {name: make() for name, make in later.items()}
    if "images" in fields:
        fields["displayImage"] = next(iter(fields["images"]), None)
    if "advertOptionValues" in fields:
        fields["featureOptionValues"] = chosen_values(fields["advertOptionValues"])
    if given.get("metadata") is not None:
        fields["metadata"] = inputs.metadata(request, advert, given["metadata"])
    if given.get("externalIds") is not None:
        fields["externalIds"] = inputs.external_ids(advert, given["externalIds"])
    changes = _changes(request, advert, fields, variants)
    settle(store, advert, fields, variants=changes, publish=bool(given.get("attemptAutoPublish")))
    return {"advert": advert}


def advert_published_update(request: Request, values: Record) -> Record:
    """``advertPublishedUpdate``: an advert that lacks something is not published (a guess; the text is its first
    error message).
    """
    advert = found(request, "Advert", values["id"], "id")
    wrong = shortcomings(advert)
    if values["published"] and wrong:
        raise Refused(wrong[0]["messages"][0], field=wrong[0]["field"])
    if advert["published"] is not values["published"]:
        settle(request.store, advert, {"published": values["published"]})
    return {"advert": advert}


def advert_delete(request: Request, values: Record) -> Record:
    """``advertDelete``: the advert becomes a ``DeletedAdvert``, which keeps its variants."""
    advert = found(request, "Advert", values["id"], "id")
    request.store.destroy("Advert", advert["id"])
    return {"advert": advert}


def _seller(request: Request, id_: str | None) -> Record:
    if id_ is not None:
        return found(request, "Seller", id_, "sellerId")
    if request.own_seller is not None:
        return request.own_seller
    retailers = (one for one in request.store.all("Seller") if one.get("accountType") == "RETAILER")
    seller = next(retailers, None)
    if seller is None:
        raise Refused("Seller can't be blank", field="sellerId")
    return seller


def _made(request: Request, seller: Record, fields: Record) -> Record:
    store = request.store
    advert = store.add("Advert", **NEW | fields, seller=seller)
    advert["pagePath"] = f"/p/{advert['legacyId']}"
    advert["url"] = f"https://sandbox.example.com{advert['pagePath']}"
    return advert


def _variant(request: Request, given: Record, advert: Record | None) -> tuple[Record | None, Write]:
    """The variant that an input names (``None``: one that is to be made), and what writes it."""
    if not given.get("id"):
        return None, checked_variant(request, given, None)
    variant = found(request, "Variant", given["id"], "variants.id")
    if advert is None or variant["advert"] is not advert:
        raise Refused(f"Variant {given['id']} is not one of the advert's", field="variants.id")
    return variant, checked_variant(request, given, variant)


def _changes(
    request: Request, advert: Record, fields: Record, variants: Sequence[tuple[Record | None, Write]]
) -> list[Change]:
    """The variants as they shall be: those that the input names, and those that follow the product's price."""
    after = {**advert, **fields}
    changes = [write(advert, inherited(advert, after, variant)) for variant, write in variants]
    named = [variant["id"] for variant, _ in variants if variant is not None]
    for variant in advert["variants"]:
        taken = inherited(advert, after, variant)
        if taken and variant["id"] not in named:
            changes.append(checked_variant(request, {}, variant)(advert, taken))
    return changes


ADVERTS: Final[dict[str, Mutation]] = {
    "advertUpsert": advert_upsert,
    "advertPublishedUpdate": advert_published_update,
    "advertDelete": advert_delete,
    **VARIANTS,
}
