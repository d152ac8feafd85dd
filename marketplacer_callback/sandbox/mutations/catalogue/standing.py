"""What follows for an advert from its variants, its seller and its vetting: prices, validity, visibility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.catalogue.prices import lowest_of

__all__ = ["Change", "settle", "shortcomings"]

Change = tuple[Record, Record]
"""A record, and the fields that are to be written to it."""


def shortcomings(advert: Record) -> list[Record]:
    """What keeps the advert from being published, as ``errorMessages``.

    That a product needs a category and a variant, and that a prospective seller lists none, is documented; that it
    needs a price is by the schema's note on valid variants; the texts are guesses.
    """
    variants = advert.get("variants") or []
    wrong = {
        "taxon": None if advert.get("taxonNullable") else "Taxon can't be blank",
        "variants": None if variants else "Variants can't be blank",
        "price": None if all(_valid(variant) for variant in variants) else "Price must be greater than 0",
        "seller": "Seller is prospective" if advert["seller"].get("accountType") == "PROSPECTIVE" else None,
    }
    return [{"__typename": "ErrorMessage", "field": field, "messages": [text]} for field, text in wrong.items() if text]


def settle(
    store: Store,
    advert: Record,
    fields: Record | None = None,
    *,
    variants: Sequence[Change] = (),
    publish: bool = False,
) -> None:
    """Write the fields of an advert and of its variants as one change, with what follows from them.

    A variant that the advert's list lacks is put at its end. ``publish``: an advert that lacks nothing is published.
    Where nothing changes, nothing is written.
    """
    listed: list[Record] = advert.get("variants") or []
    added = [variant for variant, _ in variants if not any(variant is one for one in listed)]
    written = dict(fields or {}) | ({"variants": [*listed, *added]} if added else {})
    to_come = {variant["id"]: values for variant, values in variants}
    seen = [{**variant, **to_come.get(variant["id"], {})} for variant in (*listed, *added)]
    after = {**advert, **written, "variants": seen}
    if publish and not shortcomings(after):
        after["published"] = written["published"] = True
    follows = _following(after, store.now())
    written |= {name: value for name, value in follows.items() if advert.get(name, _absent(value)) != value}
    store.change_together([*variants, (advert, written)])


def _following(advert: Record, now: str) -> Record:
    variants = advert["variants"]
    online = advert.get("published") is True and advert["seller"].get("online", True) is True
    vetted = not advert.get("requiresVetting") or advert.get("vetted") is True
    return {
        **lowest_of(advert, variants, now),
        "errorMessages": shortcomings(advert),
        "hasInvalidVariants": not all(_valid(variant) for variant in variants),
        "online": online,
        "displayable": online and vetted,
    }


def _valid(variant: Record) -> bool:
    """By the schema: a price above zero, and a sale price, if there is one, below it."""
    price, sale = variant.get("editablePriceCents"), variant.get("editableSalePriceCents")
    return (price or 0) > 0 and (sale is None or 0 < sale < price)


def _absent(value: Any) -> Any:
    """What a record says that does not hold the field: nothing, false or an empty list."""
    return type(value)() if isinstance(value, bool | list) else None
