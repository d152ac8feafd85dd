"""Money of a mutation's input, in cents and exact: prices a unit, taxes, adjustments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.answer import Refused

__all__ = [
    "LARGEST",
    "add_adjustments",
    "check_adjustments",
    "share",
    "stated_rate",
    "tax_rate",
    "tax_within",
    "unit_price",
]

LARGEST: Final = 2**31 - 1  # of GraphQL's Int
DEFAULT_TAX_RATE: Final = 0.1  # the seeded marketplace's


def unit_price(amount: int, quantity: int) -> int:
    """The whole cents that one of ``quantity`` costs, rounded up: 10830 for 4 is 2708 each (documented)."""
    return -(-amount // quantity)


def tax_within(amount: int, rate: float) -> int:
    """The tax that an amount includes: the sandbox is a marketplace whose prices include tax. Half a cent goes away
    from zero (a guess).
    """
    exact = Decimal(str(rate))
    return int((amount * exact / (1 + exact)).to_integral_value(ROUND_HALF_UP))


def share(amount: int, percent: float) -> int:
    """So many per cent of an amount, such as a commission; a part of a cent is left to the seller (a guess)."""
    return int(amount * Decimal(str(percent)) / 100)


def tax_rate(given: Record | None, variant: Record) -> float:
    """The rate as a decimal: the input's own or, by the schema, the variant's, the product's or the marketplace's.

    Raises ``Refused`` as ``stated_rate`` does.
    """
    stated = stated_rate(given)
    for holder in (variant, variant["advert"]):
        stated = holder.get("itemTaxRate") if stated is None else stated
    return float(stated) if stated is not None else DEFAULT_TAX_RATE


def stated_rate(given: Record | None) -> float | None:
    """The ``taxRate`` of a ``MoneyInputField``. Raises ``Refused`` for one below zero or without an end."""
    rate: float | None = (given or {}).get("taxRate")
    if rate is not None and not 0 <= rate < math.inf:
        raise Refused("Tax rate must be greater than or equal to 0", field="taxRate")
    return rate


def check_adjustments(given: Sequence[Record] | None) -> list[Record]:
    """The adjustments of a line or an invoice, as given.

    What the seller does not get must be less than the adjustment's absolute value (by the schema). Raises ``Refused``.
    """
    for one in given or ():
        if not 0 <= one["amountToWithholdFromSellerRemittanceCents"] < abs(one["amountCents"]):
            raise Refused(
                "Amount to withhold from seller remittance must be less than the absolute value of the amount",
                field="adjustments",
            )
    return list(given or ())


def add_adjustments(store: Store, given: Sequence[Record]) -> list[Record]:
    """The records of adjustments. ``appliesTo`` has no input, so it stays empty."""
    names = ("adjustmentType", "amountCents", "amountToWithholdFromSellerRemittanceCents", "description")
    return [store.add("Adjustment", appliesTo=None, **_picked(one, names)) for one in given]


def _picked(record: Record, names: Sequence[str]) -> dict[str, Any]:
    return {name: record.get(name) for name in names}
