"""Made-up sellers and what they sell."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record, Store, node_id

__all__ = ["address", "external_id", "lay_foundations", "new_advert", "new_golden_product", "new_seller", "new_variant"]


def lay_foundations(store: Store) -> None:
    """What products and sellers refer to: countries, categories, brands, options, carriers, a commission package."""
    country = store.add("Country", name="Australia", code="AU")
    for _, state, short, _ in words.CITIES:
        store.add("State", name=state, short=short, slug=short.lower(), country=country)
    root = store.add(
        "Taxon",
        title="Everything",
        displayName="Everything",
        treeName="Everything",
        urlSlug="everything",
        taxonType="PRODUCT",
    )
    for title in ("Home", "Clothing", "Outdoors"):
        slug, tree = title.lower(), f"Everything > {title}"
        store.add(
            "Taxon", title=title, displayName=title, treeName=tree, urlSlug=slug, parent=root, taxonType="PRODUCT"
        )
    root["children"] = store.all("Taxon")[1:]
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


def new_seller(store: Store, **fields: Any) -> Record:
    """A seller with an address, ready to trade."""
    rng = store.random
    number = len(store.all("Seller", deleted=True)) + 1
    name = f"{rng.choice(words.SURNAMES)} {rng.choice(words.TRADES)} {number}"
    first, surname = rng.choice(words.FIRST_NAMES), rng.choice(words.SURNAMES)
    seller = store.add(
        "Seller",
        businessName=name,
        legalBusinessName=f"{name} Pty Ltd",
        businessNumber=f"{rng.randrange(10**10, 10**11)}",
        accountType="RETAILER",
        isRetailer=True,
        online=True,
        registeredForTax=True,
        emailAddress=f"seller{number}@example.com",
        phone=f"+61 2 5550 {rng.randrange(10_000):04}",
        address=address(store),
        storeDescription=f"{name} sells what {first} {surname} would buy.",
        baseCommissionRate=12.5,
        invoiceDispatchDaysThreshold=3,
        tags=[rng.choice(words.MATERIALS).lower()],
        metadata=[],
        commissionPackage=store.all("CommissionPackage")[0],
    )
    seller["externalIds"] = [external_id(seller, "erp", f"V-{number:05}")]
    seller |= fields
    return seller


def new_advert(store: Store, seller: Record | None = None, **fields: Any) -> Record:
    """A published product with one to three variants and two images."""
    rng = store.random
    seller = seller or rng.choice(store.all("Seller"))
    brand, taxon = rng.choice(store.all("Brand")), rng.choice(store.all("Taxon")[1:])
    title = f"{rng.choice(words.MATERIALS)} {rng.choice(words.THINGS)}"
    advert = store.add(
        "Advert",
        title=title,
        fullTitle=f"{brand['name']} {title}",
        description=f"{title}, {rng.choice(words.FEATURES)}.",
        brand=brand,
        taxon=taxon,
        taxonNullable=taxon,
        seller=seller,
        published=True,
        displayable=True,
        online=True,
        vetted=True,
        productFeatures=rng.sample(words.FEATURES, 2),
        itemTaxRate="0.1",
        metadata=[],
    )
    number = advert["legacyId"]
    advert |= {"code": f"P{number:06}", "pagePath": f"/p/{number}", "url": f"https://sandbox.example.com/p/{number}"}
    advert["externalIds"] = [external_id(advert, "pim", f"PIM-{number}")]
    advert["images"] = [_image(store, title, position) for position in (1, 2)]
    advert["displayImage"] = advert["images"][0]
    price = rng.randrange(500, 25_000, 5)
    advert["variants"] = []
    for size in rng.sample(words.SIZES, rng.randint(1, 3)):
        new_variant(store, advert, size, price)
    _price(advert, price)
    advert |= fields
    return advert


def new_variant(store: Store, advert: Record, size: str, price: int, **fields: Any) -> Record:
    """A variant of the advert, in a colour and the size, with stock. ``price`` is in cents."""
    rng = store.random
    colour = rng.choice(words.COLOURS)
    values = [_option_value(store, "Colour", colour), _option_value(store, "Size", size)]
    variant = store.add(
        "Variant",
        advert=advert,
        label=f"{colour} / {size}",
        barcode=f"93{rng.randrange(10**11):011}",
        countOnHand=rng.randrange(60),
        infiniteQuantity=False,
        buyable=True,
        displayable=True,
        published=True,
        optionValues=values,
        images=advert["images"][:1],
        metadata=[],
    )
    variant["sku"] = f"{advert['code']}-{variant['legacyId']:04}"
    variant["externalIds"] = [external_id(variant, "wms", variant["sku"])]
    variant["variantOptionValues"] = [
        store.add("VariantOptionValue", optionType=value["optionType"], optionValue=value) for value in values
    ]
    _price(variant, price)
    variant |= fields
    advert["variants"] = [*advert["variants"], variant]
    return variant


def new_golden_product(store: Store, **fields: Any) -> Record:
    """A golden product with one variant."""
    rng = store.random
    title = f"{rng.choice(words.MATERIALS)} {rng.choice(words.THINGS)}"
    product = store.add(
        "GoldenProduct", title=title, description=f"{title}, {rng.choice(words.FEATURES)}.", active=True
    )
    product |= {
        "brand": rng.choice(store.all("Brand")),
        "taxon": rng.choice(store.all("Taxon")[1:]),
        "images": [_image(store, title, 1)],
    }
    product["goldenProductVariants"] = [
        store.add("GoldenProductVariant", goldenProduct=product, sku=f"G{product['legacyId']:05}", active=True)
    ]
    product |= fields
    return product


def address(store: Store) -> Record:
    """A street address."""
    rng = store.random
    place = rng.randrange(len(words.CITIES))
    city, _, short, postcode = words.CITIES[place]
    street = f"{rng.randint(1, 180)} {rng.choice(words.STREETS)}"
    state = store.all("State")[place]
    full = f"{street}, {city} {short} {postcode}"
    return store.add(
        "Address",
        address=street,
        city=city,
        postcode=postcode,
        state=state,
        country=state["country"],
        fullAddress=full,
        location=full,
    )


def external_id(owner: Record, key: str, value: str) -> Record:
    """An external id of the owner."""
    id_ = node_id("ExternalID", zlib.crc32(f"{owner['id']}/{key}".encode()))
    return {"__typename": "ExternalID", "id": id_, "key": key, "value": value, "owner": owner}


def _price(record: Record, cents: int) -> None:
    dollars = f"{cents / 100:.2f}"
    record |= {
        "lowestPrice": dollars,
        "lowestPriceCents": cents,
        "lowestOriginalPrice": dollars,
        "lowestOriginalPriceCents": cents,
    }
    record |= {
        "editablePrice": dollars,
        "editablePriceCents": cents,
        "recommendedRetailPrice": dollars,
        "recommendedRetailPriceCents": cents,
    }


def _image(store: Store, alt: str, position: int) -> Record:
    image = store.add("Image", alt=alt, position=position, width=1200, height=1200, size=180_000)
    name = f"{image['legacyId']}.jpeg"
    image |= {"filename": name, "url": f"https://images.example.com/{name}"}
    return image


def _option_type(store: Store, name: str, values: Sequence[str]) -> None:
    option = store.add(
        "OptionType", name=name, displayName=name, description=name, presentation=name, appliedTo="VARIANT", position=1
    )
    option["optionValues"] = [
        store.add("OptionValue", name=value, displayName=value, presentation=value, position=i, optionType=option)
        for i, value in enumerate(values, start=1)
    ]


def _option_value(store: Store, type_: str, name: str) -> Record:
    return next(
        value for value in store.all("OptionValue") if value["name"] == name and value["optionType"]["name"] == type_
    )
