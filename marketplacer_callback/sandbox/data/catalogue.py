"""Made-up sellers and what they sell."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

from marketplacer_callback.sandbox.data import money, words
from marketplacer_callback.sandbox.data.foundations import option_value
from marketplacer_callback.sandbox.data.places import address, home_country
from marketplacer_callback.sandbox.data.store import Record, Store, node_id

__all__ = [
    "external_id",
    "new_advert",
    "new_golden_product",
    "new_seller",
    "new_variant",
    "prices",
]

COMBINATIONS: Final = tuple((colour, size) for size in words.SIZES for colour in words.COLOURS)
STRIDES: Final = (1, 3, 7, 9, 11, 13)  # none has a factor in common with 40: each combination comes before any repeats


def new_seller(store: Store, **fields: Any) -> Record:
    """A seller with an address, ready to trade; every third is from abroad."""
    rng = store.random
    number = len(store.all("Seller", deleted=True)) + 1
    name = f"{rng.choice(words.SURNAMES)} {rng.choice(words.TRADES)} {number}"
    first, surname = rng.choice(words.FIRST_NAMES), rng.choice(words.SURNAMES)
    home = home_country(store.currency)
    abroad = [one for one in words.COUNTRIES if one is not home]
    country = home if number % 3 else abroad[number // 3 % len(abroad)]
    seller = store.add(
        "Seller",
        businessName=name,
        legalBusinessName=f"{name} {country.company}",
        businessNumber=f"{rng.randrange(10**10, 10**11)}",
        accountType="RETAILER",
        isRetailer=True,
        online=True,
        registeredForTax=True,
        emailAddress=f"seller{number}@example.com",
        phone=f"{country.dial} {rng.randrange(10_000):04}",
        address=address(store, country),
        storeDescription=f"{name} sells what {first} {surname} would buy.",
        baseCommissionRate=12.5,
        invoiceDispatchDaysThreshold=3,
        tags=[rng.choice(words.MATERIALS).lower()],
        metadata=[],
        missingRemittanceDetails=False,
        commissionPackage=store.all("CommissionPackage")[0],
    )
    seller["externalIds"] = [external_id(seller, "erp", f"V-{number:05}")]
    seller |= fields
    return seller


def new_advert(store: Store, seller: Record | None = None, *, variant_count: int = 3, **fields: Any) -> Record:
    """A published product with variants of different colour or size, and two images."""
    draw = store.random.random
    seller = seller or store.random.choice(store.all("Seller"))
    taxon = _one_of(store.first("Taxon")["children"], draw())
    brand = _one_of(store.all("Brand"), draw())
    thing = _one_of(words.GOODS.get(taxon["title"]) or words.GOODS["Home"], draw())
    material = _one_of(words.MATERIALS, draw())
    title = f"{_one_of(words.LINES, draw())} {material} {thing.name}"
    feature = int(draw() * len(words.FEATURES))
    cents = 100 * (thing.cheapest + int(draw() * (thing.dearest - thing.cheapest))) - 5
    priced = prices(cents, store.currency)
    advert = store.add("Advert", title=title)
    number = advert["legacyId"]
    images = [_image(store, title, 1), _image(store, title, 2)]
    advert |= {
        "fullTitle": f"{brand['name']} {title}",
        "description": f"{title}, {words.FEATURES[feature]}.",
        "brand": brand,
        "taxon": taxon,
        "taxonNullable": taxon,
        "seller": seller,
        "published": True,
        "displayable": True,
        "online": True,
        "vetted": True,
        "requiresVetting": False,
        "vettingRejected": False,
        "productFeatures": [words.FEATURES[feature], words.FEATURES[feature - 1]],
        "itemTaxRate": "0.1",
        "metadata": [],
        "code": f"P{number:06}",
        "pagePath": f"/p/{number}",
        "url": f"https://sandbox.example.com/p/{number}",
        "externalIds": [external_id(advert, "pim", f"PIM-{number}")],
        "images": images,
        "displayImage": images[0],
        "variants": [],
        **priced,
    }
    start, distance = int(draw() * len(COMBINATIONS)), _one_of(STRIDES, draw())
    for step in range(variant_count):
        colour, size = COMBINATIONS[(start + step * distance) % len(COMBINATIONS)]
        advert["variants"].append(_variant(store, advert, colour, size, priced))
    advert |= fields
    return advert


def new_variant(store: Store, advert: Record, size: str, price: int, **fields: Any) -> Record:
    """A variant of the advert, in a colour and the size, with stock. ``price`` is in cents."""
    variant = _variant(store, advert, store.random.choice(words.COLOURS), size, prices(price, store.currency))
    variant |= fields
    advert["variants"] = [*advert["variants"], variant]
    return variant


def new_golden_product(store: Store, **fields: Any) -> Record:
    """A golden product with one variant."""
    rng = store.random
    title = f"{rng.choice(words.MATERIALS)} {rng.choice(words.GOODS['Home']).name}"
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


def external_id(owner: Record, key: str, value: str, *, further: bool = False) -> Record:
    """An external id of the owner. Its id follows from the key; with ``further``, for a second value of a key, from
    the value too.
    """
    named = f"{owner['id']}/{key}/{value}" if further else f"{owner['id']}/{key}"
    id_ = node_id("ExternalID", zlib.crc32(named.encode()))
    return {"__typename": "ExternalID", "id": id_, "key": key, "value": value, "owner": owner}


def prices(cents: int, currency: str) -> Record:
    """The fields of a product or a variant that show its price, which is in the lowest unit of the currency."""
    units = str(money.amount(cents, currency))
    return {
        "lowestPrice": units,
        "lowestPriceCents": cents,
        "lowestOriginalPrice": units,
        "lowestOriginalPriceCents": cents,
        "editablePrice": units,
        "editablePriceCents": cents,
        "recommendedRetailPrice": units,
        "recommendedRetailPriceCents": cents,
    }


def _variant(store: Store, advert: Record, colour: str, size: str, priced: Record) -> Record:
    values = [option_value(store, "Colour", colour), option_value(store, "Size", size)]
    variant = store.add("Variant", advert=advert)
    number = variant["legacyId"]
    sku = f"{advert['code']}-{number:04}"
    variant |= {
        "label": f"{colour} / {size}",
        "barcode": _barcode(number),
        "sku": sku,
        "countOnHand": int(store.random.random() * 60),
        "infiniteQuantity": False,
        "buyable": True,
        "displayable": True,
        "published": True,
        "optionValues": [value["optionValue"] for value in values],
        "variantOptionValues": values,
        "images": advert["images"][:1],
        "metadata": [],
        "externalIds": [external_id(variant, "wms", sku)],
        **priced,
    }
    return variant


def _barcode(number: int) -> str:
    """A GTIN-13, with its check digit, of the numbers that are Australian."""
    digits = f"93{number * 7919 % 10**10:010}"  # 7919 has no factor in common with 10, so no two are the same
    check = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
    return f"{digits}{-check % 10}"


def _one_of(several: Sequence[Any], drawn: float) -> Any:
    return several[int(drawn * len(several))]


def _image(store: Store, alt: str, position: int) -> Record:
    image = store.add("Image", alt=alt, position=position, width=1200, height=1200, size=180_000)
    name = f"{image['legacyId']}.jpeg"
    image["filename"] = name
    image["url"] = f"https://images.example.com/{name}"
    return image
