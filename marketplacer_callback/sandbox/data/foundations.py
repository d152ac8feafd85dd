"""What products and sellers refer to: countries, categories, brands, options, carriers."""

from __future__ import annotations

from collections.abc import Sequence

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["lay_foundations", "option_value"]


def lay_foundations(store: Store) -> None:
    """What products and sellers refer to: countries, categories, brands, options, carriers, a commission package."""
    countries = {one.code: store.add("Country", name=one.name, code=one.code) for one in words.COUNTRIES}
    for city in words.CITIES:
        store.add("State", name=city.state, short=city.short, slug=city.short.lower(), country=countries[city.country])
    root = _taxon(store, "Everything")
    root["children"] = [_taxon(store, title, root) for title in words.GOODS]
    for name in words.BRANDS:
        slug = name.lower().replace(" & ", "-").replace(" ", "-")
        store.add("Brand", name=name, slug=slug, showInAdvertTitle=True)
    _option_type(store, "Colour", words.COLOURS)
    _option_type(store, "Size", words.SIZES)
    for name in words.CARRIERS:
        store.add(
            "ShipmentCarrier",
            name=name,
            homepageUrl="https://carrier.example.com",
            trackingUrl="https://carrier.example.com/t/",
        )
    store.add("CommissionPackage", name="Standard", rate="12.5", default=True, appliesToPostage=False)


def option_value(store: Store, type_: str, name: str) -> Record:
    """The choice of an option value, one for all variants that have it."""
    known = store.shared.get((type_, name))
    if known is None:
        value = next(
            value
            for value in store.all("OptionValue")
            if value["name"] == name and value["optionType"]["name"] == type_
        )
        known = store.shared[type_, name] = store.add(
            "VariantOptionValue", optionType=value["optionType"], optionValue=value
        )
    return known


def _taxon(store: Store, title: str, parent: Record | None = None) -> Record:
    tree = f"{parent['treeName']} > {title}" if parent else title
    above = {"parent": parent} if parent else {}
    return store.add(
        "Taxon",
        title=title,
        displayName=title,
        treeName=tree,
        urlSlug=title.lower(),
        taxonType="PRODUCT",
        **above,
    )


def _option_type(store: Store, name: str, values: Sequence[str]) -> None:
    option = store.add(
        "OptionType", name=name, displayName=name, description=name, presentation=name, appliedTo="VARIANT", position=1
    )
    option["optionValues"] = [
        store.add("OptionValue", name=value, displayName=value, presentation=value, position=i, optionType=option)
        for i, value in enumerate(values, start=1)
    ]
