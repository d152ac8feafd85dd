"""Prices of products and variants: read from dollars as text or number, kept in cents, never as a float."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Refused
from marketplacer_callback.sandbox.mutations.plain import number, said

__all__ = ["PRICE_INPUTS", "cents", "inherited", "lowest_of", "lowest_own", "money", "price_fields"]

PRICE_INPUTS: Final = {
    "price": "editablePrice",
    "salePrice": "editableSalePrice",
    "recommendedRetailPrice": "recommendedRetailPrice",
    "wholesalePrice": "wholesalePrice",
    "wholesalePromoPrice": "wholesalePromoPrice",
}
"""Input field → the field that shows it; its amount in cents is in ``<field>Cents``."""
TAKEN_OVER: Final = {
    **{f"{shown}Cents": shown for shown in PRICE_INPUTS.values()},
    "salePriceStartAt": "salePriceStartAt",
    "salePriceEndAt": "salePriceEndAt",
}
"""What a variant has from its product: the field that tells whether it does → the other one that goes along."""
LARGEST_CENTS: Final = 2**31 - 1  # the schema's Int


def cents(name: str, value: Any) -> int | None:
    """An amount in cents; ``None`` and blank text are no amount.

    Raises ``Refused`` for what is not a number, is below zero or is too large for the schema. Fractions of a cent
    are rounded half up (a guess).
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    amount = number(name, value) * 100
    if amount < 0:
        raise Refused(f"{said(name)} must be greater than or equal to 0", field=name)
    if amount > LARGEST_CENTS:
        raise Refused(f"{said(name)} must be less than or equal to {money(LARGEST_CENTS)}", field=name)
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def money(amount: int) -> str:
    """Cents as dollars: ``1250`` is "12.50"."""
    return f"{amount // 100}.{amount % 100:02}"


def price_fields(given: Record) -> Record:
    """The fields that show the prices which the input names. Raises ``Refused`` as ``cents`` does."""
    fields: Record = {}
    for name, shown in PRICE_INPUTS.items():
        if name in given:
            fields |= _both(shown, cents(name, given[name]))
    return fields


def inherited(before: Record, after: Record, variant: Record | None) -> Record:
    """The price fields that a variant takes over from its product; ``None`` is a variant that is to be made.

    One that had the product's price follows it, one that had another keeps that: undocumented, a guess.
    """
    if variant is None:
        follows = [name for name in TAKEN_OVER if after.get(name) is not None]
    else:
        moved = [name for name in TAKEN_OVER if before.get(name) != after.get(name)]
        follows = [name for name in moved if variant.get(name) == before.get(name)]
    return {field: after.get(field) for name in follows for field in (name, TAKEN_OVER[name])}


def lowest_own(record: Record, now: str) -> Record:
    """The lowest prices of a record that has prices itself.

    By the schema the sale price counts as well, within its period; it is judged at the time of a write (a guess).
    """
    price, sale = record.get("editablePriceCents"), record.get("editableSalePriceCents")
    start, end = record.get("salePriceStartAt"), record.get("salePriceEndAt")
    on_sale = sale is not None and (not start or start <= now) and (not end or now <= end)
    return _lowest(price, [price, sale] if on_sale else [price])


def lowest_of(advert: Record, variants: Iterable[Record], now: str) -> Record:
    """The lowest prices of an advert: the lowest of its variants, or its own if it has none that costs something."""
    priced = [variant for variant in variants if variant.get("lowestPriceCents") is not None]
    if not priced:
        return lowest_own(advert, now)
    originals = [variant["lowestOriginalPriceCents"] for variant in priced]
    original = min((amount for amount in originals if amount is not None), default=None)
    return _lowest(original, [variant["lowestPriceCents"] for variant in priced])


def _lowest(original: int | None, prices: Iterable[int | None]) -> Record:
    amounts = [price for price in prices if price is not None]
    return _both("lowestPrice", min(amounts, default=None)) | _both("lowestOriginalPrice", original)


def _both(shown: str, amount: int | None) -> Record:
    return {shown: None if amount is None else money(amount), f"{shown}Cents": amount}
