"""Variants: made and changed within ``advertUpsert`` or on their own, with their stock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations import inputs
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found
from marketplacer_callback.sandbox.mutations.catalogue.option_values import chosen_values, option_values
from marketplacer_callback.sandbox.mutations.catalogue.prices import PRICE_INPUTS, lowest_own, price_fields
from marketplacer_callback.sandbox.mutations.catalogue.standing import Change, settle
from marketplacer_callback.sandbox.mutations.plain import not_negative, plain_fields
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["VARIANTS", "Write", "checked_variant", "parcel"]

WRITTEN_APART: Final = frozenset({"id", *PRICE_INPUTS})
NUMBERS: Final = ("countOnHand", "minPurchaseQuantity", "maxPurchaseQuantity", "itemTaxRate")
NEW: Final[Record] = {"countOnHand": 0, "infiniteQuantity": False, "published": True, "sku": None, "barcode": None}

Write = Callable[[Record, Record], Change]
"""From the advert, and the price fields to take over from it, to the variant and what is to be written to it."""


def variant_update(request: Request, values: Record) -> Record:
    """``variantUpdate``: the variant of ``variantId`` or of the attributes' ``id``. Stock is set, not added to."""
    given = values["attributes"]
    id_ = values.get("variantId") or given.get("id")
    if not id_:
        raise Refused("Variant can't be blank", field="variantId")
    variant = found(request, "Variant", id_, "variantId")
    if given.get("id") not in (None, id_):
        raise Refused(f"Id is not that of the variant {id_}", field="attributes.id")
    write = checked_variant(request, given, variant)
    settle(request.store, variant["advert"], variants=[write(variant["advert"], {})])
    return {"variant": variant}


def variant_delete(request: Request, values: Record) -> Record:
    """``variantDelete``: the variant leaves its advert, whose prices follow those that stay."""
    variant = found(request, "Variant", values["id"], "id")
    request.store.destroy("Variant", variant["id"])
    if request.store.living("Advert", variant["advert"]["id"]):
        settle(request.store, variant["advert"])
    return {"variant": variant}


def checked_variant(request: Request, given: Record, known: Record | None) -> Write:
    """A ``VariantInput``, checked; call what is returned with the advert, and the price fields to take over from it,
    to get the variant and the fields that are to be written to it. A variant that is not known is made by that call,
    and is not in the advert's list yet.

    Raises ``Refused`` for a negative quantity or tax rate and what is no price, ``NotFound`` for an unknown option
    value, image or shipping profile.
    """
    store = request.store
    not_negative(given, *NUMBERS)
    fields = plain_fields(store, "Variant", given, apart=WRITTEN_APART) | price_fields(given)
    if given.get("shippingProfileId"):
        fields["shippingProfile"] = found(request, "ShippingProfile", given["shippingProfileId"], "shippingProfileId")
    if model := (given.get("variantPricingModel") or {}).get("pricingModel"):
        fields["pricingModel"] = model
    later: dict[str, Callable[[], Any]] = {}
    chosen = _chosen(given)
    if chosen is not None:
        before = (known or {}).get("variantOptionValues") or ()
        later["variantOptionValues"] = option_values(
            request, "VariantOptionValue", chosen, before, field="variantOptionValues"
        )
    if given.get("images") is not None:
        later["images"] = inputs.images(request, given["images"])
    if given.get("shippingParcelAttributes"):
        later["shippingParcel"] = lambda: parcel(store, given["shippingParcelAttributes"])

    def write(advert: Record, inherited: Record) -> Change:
        written = inherited | fields | {name: make() for name, make in later.items()}
        if given.get("metadata") is not None:
            written["metadata"] = inputs.metadata(request, known or {}, given["metadata"])
        if known is None:
            return _made(store, advert, written, given.get("externalIds"))
        if given.get("externalIds") is not None:
            written["externalIds"] = inputs.external_ids(known, given["externalIds"])
        return known, written | _following({**known, **written}, store.now())

    return write


def parcel(store: Store, given: Record) -> Record:
    """A shipping parcel of a ``ShippingParcelInput``. The units are centimetres and kilograms by default (a guess)."""
    units = {"distanceUnit": "cm", "massUnit": "kg"}
    return store.add_silently("ShippingParcel", **units | {k: v for k, v in given.items() if v is not None})


def _made(store: Store, advert: Record, fields: Record, external: list[Record] | None) -> Change:
    lists: Record = {"optionValues": [], "variantOptionValues": [], "images": [], "metadata": [], "externalIds": []}
    fields = NEW | lists | fields
    made = store.add("Variant", advert=advert, **fields | _following(fields, store.now()))
    made["label"] = made["label"] or made["id"]
    return made, {"externalIds": inputs.external_ids(made, external)} if external else {}


def _following(variant: Record, now: str) -> Record:
    """What a variant's fields follow from: its label, its lowest prices, and whether it can be bought.

    The label is by the schema: the option values, else the SKU, else the id.
    """
    values = variant["variantOptionValues"]
    names = [value["optionValue"]["name"] if value["optionValue"] else value["textValue"] for value in values]
    lowest = lowest_own(variant, now)
    displayable = variant["published"] is not False and (lowest["lowestPriceCents"] or 0) > 0
    in_stock = bool(variant["infiniteQuantity"]) or variant["countOnHand"] > 0
    return {
        **lowest,
        "label": " / ".join(names) or variant.get("sku") or variant.get("id", ""),
        "optionValues": chosen_values(values),
        "displayable": displayable,
        "buyable": displayable and in_stock,
    }


def _chosen(given: Record) -> list[Record] | None:
    """The option values of the input, or of its deprecated list of ids; ``None`` if they stay as they are."""
    if given.get("variantOptionValues") is not None:
        return list(given["variantOptionValues"])
    if given.get("optionValueIds") is not None:
        return [{"optionValueId": id_} for id_ in given["optionValueIds"]]
    return None


VARIANTS: Final[dict[str, Mutation]] = {"variantUpdate": variant_update, "variantDelete": variant_delete}
