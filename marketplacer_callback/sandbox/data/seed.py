"""The marketplace that a sandbox starts with, and how each type of object comes into being and changes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.data.catalogue import (
    lay_foundations,
    new_advert,
    new_golden_product,
    new_seller,
    new_variant,
)
from marketplacer_callback.sandbox.data.orders import annotate, new_order, new_shipment
from marketplacer_callback.sandbox.data.refunds import new_refund_request, new_return_shipment
from marketplacer_callback.sandbox.data.remittances import new_advice
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["new", "populate", "stir"]


def populate(store: Store, adverts: int) -> None:
    """Seed the store: a seller for every 20 adverts (2 to 20), an order for every 10 (at least 4), and all that
    follows.

    The same seed and number give the same objects, ids and dates.
    """
    collecting = gc.isenabled()
    gc.disable()  # a hundred thousand dicts that all stay: collecting meanwhile only costs
    try:
        _populate(store, adverts)
    finally:
        if collecting:
            gc.enable()
    store.go_live()


def new(store: Store, typename: str, fields: Record) -> Record:
    """A new object of any type of the schema, with what belongs to it; ``fields`` overrule the made-up ones."""
    maker = MAKERS.get(typename)
    return maker(store, **fields) if maker else store.add(typename, **fields)


def stir(record: Record, version: int) -> Record:
    """Fields of a write that names none, so that the object's new version can be told from the old one."""
    change = STIRRED.get(record["__typename"])
    return change(record, version) if change else {}


def _populate(store: Store, adverts: int) -> None:
    lay_foundations(store)
    for _ in range(max(2, min(20, adverts // 20))):
        new_seller(store)
    sellers = store.all("Seller")
    for number in range(max(adverts, 1)):
        new_advert(store, sellers[number % len(sellers)])
    for number in range(max(4, min(adverts // 10, 500))):
        for invoice in new_order(store)["invoices"]:
            if number % 2 == 0:
                new_shipment(store, invoice)
            if number % 4 == 0:
                new_refund_request(store, invoice)
    annotate(store, store.all("Invoice")[0], "Please pack well")
    new_return_shipment(store, store.all("RefundRequest")[0])
    for _ in range(2):
        new_golden_product(store)
    for invoice in store.all("Invoice")[:4:2]:
        new_advice(store, invoice["seller"])
    store.add("Promotion", name="Free shipping", description="Free shipping over 50.00", freeShipping=True, seller=None)
    store.add("ShippingOption", name="Standard", type="flat", description="Three to five days", seller=sellers[0])


def _variant(store: Store, **fields: Any) -> Record:
    advert = fields.pop("advert", None) or store.random.choice(store.all("Advert"))
    variant = new_variant(store, advert, "M", advert.get("lowestPriceCents") or 2500, **fields)
    store.touch(advert)
    return variant


def _invoice(store: Store, **fields: Any) -> Record:
    invoice: Record = new_order(store)["invoices"][0]
    invoice |= fields
    return invoice


def _refund_line(store: Store, **fields: Any) -> Record:
    line: Record = new_refund_request(store)["lineItems"][0]
    line |= fields
    return line


def _annotation(store: Store, **fields: Any) -> Record:
    invoice = fields.pop("invoice", None) or store.random.choice(store.all("Invoice"))
    annotation = annotate(store, invoice, "A note")
    annotation |= fields
    return annotation


MAKERS: Final[dict[str, Callable[..., Record]]] = {
    "Advert": new_advert,
    "GoldenProduct": new_golden_product,
    "Invoice": _invoice,
    "InvoiceAnnotation": _annotation,
    "Order": new_order,
    "RefundRequest": new_refund_request,
    "RefundRequestLineItem": _refund_line,
    "RemittanceAdvice": new_advice,
    "ReturnShipment": new_return_shipment,
    "Seller": new_seller,
    "Shipment": new_shipment,
    "Variant": _variant,
}
STIRRED: Final[dict[str, Callable[[Record, int], Record]]] = {
    "Advert": lambda record, version: {"description": f"{record['title']}, edition {version}."},
    "Variant": lambda record, _: {"countOnHand": (record["countOnHand"] + 7) % 60},
    "Seller": lambda record, version: {"storeDescription": f"{record['businessName']}, season {version}."},
    "RemittanceAdvice": lambda record, version: {"paymentReference": f"SB-{record['legacyId']}-{version}"},
    "RefundRequestLineItem": lambda _, version: {"description": f"Looked at {version} times"},
    "Taxon": lambda record, version: {"description": f"{record['title']}, edition {version}"},
    "OptionType": lambda record, version: {"description": f"{record['name']}, edition {version}"},
    "Promotion": lambda record, version: {"description": f"{record['name']}, edition {version}"},
}
