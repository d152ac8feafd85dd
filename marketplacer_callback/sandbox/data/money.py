"""Amounts of money as text, in the marketplace's own currency and in others."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final, NamedTuple

__all__ = ["amount", "decimal", "formatted", "known"]


class Currency(NamedTuple):
    """How many of it one Australian dollar buys, in the sandbox; its sign alone and among others; its decimals."""

    rate: Decimal
    sign: str
    clear_sign: str
    decimals: int = 2


CURRENCIES: Final = {
    "AUD": Currency(Decimal("1"), "$", "A$"),
    "NZD": Currency(Decimal("1.09"), "$", "NZ$"),
    "USD": Currency(Decimal("0.66"), "$", "US$"),
    "EUR": Currency(Decimal("0.61"), "€", "€"),
    "GBP": Currency(Decimal("0.52"), "£", "£"),
    "JPY": Currency(Decimal("99"), "¥", "¥", 0),
}
"""The rates are fixed and made up."""


def known(currency: str) -> Currency:
    """What is known of a currency. ``ValueError`` names those that are if this one is not."""
    if currency not in CURRENCIES:
        raise ValueError(f"the sandbox has no rate for the currency {currency!r}; it has {', '.join(CURRENCIES)}")
    return CURRENCIES[currency]


def amount(lowest: int, currency: str) -> Decimal:
    """What so many of the lowest unit are: cents as dollars, yen as yen."""
    return Decimal(lowest).scaleb(-known(currency).decimals)


def decimal(value: object) -> Decimal:
    """An amount as the API has it, which is a text. ``ValueError`` for what is no number."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not an amount of money: {value!r}") from None


def formatted(value: Decimal, home: str, asked: str | None = None, *, disambiguate: bool = False) -> str:
    """An amount in the currency ``home``, shown in the one that is asked for: ``$1,234.56``, ``-€0.50``, ``¥1,200``.

    ``ValueError`` names a currency without a rate.
    """
    asked = asked or home
    shown = known(asked)
    if asked != home:
        value = value / known(home).rate * shown.rate
    value = value.quantize(Decimal(1).scaleb(-shown.decimals), ROUND_HALF_UP)
    sign = shown.clear_sign if disambiguate else shown.sign
    return f"{'-' if value < 0 else ''}{sign}{abs(value):,}"
