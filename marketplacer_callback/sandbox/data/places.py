"""Where people and companies are."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.data.words import Country

__all__ = ["address", "home_country"]

HOMES: Final = {"NZD": "NZ", "USD": "US", "GBP": "GB", "EUR": "DE", "JPY": "JP"}


def home_country(currency: str) -> Country:
    """The country of a marketplace that sells in the currency; Australia for one that none of them has."""
    code = HOMES.get(currency, "AU")
    return next(one for one in words.COUNTRIES if one.code == code)


def address(store: Store, country: Country | None = None) -> Record:
    """A street address, in the marketplace's own country unless another is given."""
    rng = store.random
    code = (country or home_country(store.currency)).code
    place = rng.choice([i for i, city in enumerate(words.CITIES) if city.country == code])
    city = words.CITIES[place]
    street = f"{rng.randint(1, 180)} {rng.choice(words.STREETS)}"
    state = store.all("State")[place]
    full = f"{street}, {city.name} {city.short} {city.postcode}"
    return store.add(
        "Address",
        address=street,
        city=city.name,
        postcode=city.postcode,
        state=state,
        country=state["country"],
        fullAddress=full,
        location=full,
    )
