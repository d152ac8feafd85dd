"""The marketplace that a sandbox starts with, and how each type of object comes into being and changes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.data.catalogue import (
    new_advert,
    new_golden_product,
    new_seller,
    new_variant,
)
from marketplacer_callback.sandbox.data.fields import record_fields
from marketplacer_callback.sandbox.data.foundations import lay_foundations
from marketplacer_callback.sandbox.data.orders import annotate, new_order, new_shipment
from marketplacer_callback.sandbox.data.refunds import new_refund_request, new_return_shipment
from marketplacer_callback.sandbox.data.remittances import new_advice, new_remittance, pay
from marketplacer_callback.sandbox.data.settling import SETTLED, settle
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["new", "populate", "write"]

HIDDEN: Final = {"online": False, "displayable": False}


def populate(store: Store, adverts: int, *, variants: int = 3) -> None:
    """Seed the store: adverts with so many variants each, a seller for every 20 of them (2 to 20) and one who has
    none yet, an order for every 10 (4 to 500), and all that follows, so that every filter has something to find.

    The same seed and numbers give the same objects, ids and dates.
    """
    collecting = gc.isenabled()
    gc.disable()  # a hundred thousand dicts that all stay: collecting meanwhile only costs
    try:
        _lay_catalogue(store, adverts, variants)
        _trade(store, adverts)
        _remit(store)
        _lay_the_rest(store)
    finally:
        if collecting:
            gc.enable()
    store.go_live()


def new(store: Store, typename: str, fields: Record) -> Record:
    """A new object of any type of the schema, with what belongs to it; ``fields`` overrule the made-up ones."""
    maker = MAKERS.get(typename)
    return maker(store, **fields) if maker else store.add(typename, **fields)


def write(store: Store, typename: str, id: str, fields: Record) -> None:
    """Write to an object what a caller names; without fields what is typical for its type.

    ``KeyError`` for an unknown object, ``ValueError`` for a type or a field that the schema does not have.
    """
    record = store.get(id)
    values = record_fields(store, typename, fields)
    if not fields and record is not None:
        values = stir(record, store.version(typename, id) + 1)
    store.change(typename, id, **values)


def stir(record: Record, version: int) -> Record:
    """Fields of a write that names none, so that the object's new version can be told from the old one."""
    change = STIRRED.get(record["__typename"])
    return change(record, version) if change else {}


def _lay_catalogue(store: Store, adverts: int, variants: int) -> None:
    lay_foundations(store)
    for _ in range(max(2, min(20, adverts // 20))):
        new_seller(store)
    sellers = store.all("Seller")
    for seller in sellers[3::5]:
        seller["missingRemittanceDetails"] = True
    new_seller(store, accountType="PROSPECTIVE", isRetailer=False, online=False)
    for number in range(max(adverts, 1)):
        advert = new_advert(store, sellers[number % len(sellers)], variant_count=variants)
        if number % 50 == 49:
            advert |= {"vetted": False, "requiresVetting": True, "requiresVettingAt": advert["createdAt"]} | HIDDEN
        elif number % 40 == 37:
            advert |= {"published": False} | HIDDEN


def _trade(store: Store, adverts: int) -> None:
    """Orders sent, sent in part and not sent; every fourth has a refund request, one of each status in turn."""
    variants = [variant for variant in store.all("Variant") if variant["advert"]["online"]]
    statuses = list(SETTLED)
    for number in range(max(4, min(adverts // 10, 500))):
        bought = store.random.sample(variants, min(store.random.randint(1, 3), len(variants)))
        for invoice in new_order(store, bought)["invoices"]:
            if number % 2 == 0:
                new_shipment(store, invoice)
            elif number % 4 == 1:
                _send_in_part(store, invoice)
            if number % 4 == 0:
                request = new_refund_request(store, invoice)
                if number:  # the first one stays as it is made: it awaits the return
                    settle(store, request, statuses[number // 4 % len(statuses)])
    invoices = store.all("Invoice")
    annotate(store, invoices[0], "Please pack well")
    annotate(store, invoices[-1], "Address confirmed by telephone", resolved=True)
    new_return_shipment(store, store.first("RefundRequest"))


def _send_in_part(store: Store, invoice: Record) -> None:
    line = invoice["lineItems"][0]
    if len(invoice["lineItems"]) > 1 or line["quantity"] > 1:
        new_shipment(store, invoice, lines=[(line, max(1, line["quantity"] - 1))])


def _remit(store: Store) -> None:
    """An advice that is paid, one that is not, and remittances that wait or are released and in no advice yet."""
    sent = [invoice for invoice in store.all("Invoice") if "SENT" in invoice["statusFlags"]]
    sellers = list({invoice["seller"]["id"]: invoice["seller"] for invoice in sent}.values())
    advised = {seller["id"] for seller in sellers[:2]}
    waiting = [invoice for invoice in sent if invoice["seller"]["id"] not in advised]
    for number, invoice in enumerate(waiting or sent[2:]):
        unknown_account = ["missing_remittance_details"] if invoice["seller"].get("missingRemittanceDetails") else []
        new_remittance(store, invoice, unknown_account + (["pending_release"] if number % 2 == 0 else []))
    for seller in sellers[:2]:
        new_advice(store, seller)
    if len(sellers) > 1:
        pay(store.first("RemittanceAdvice"))


def _lay_the_rest(store: Store) -> None:
    for _ in range(2):
        new_golden_product(store)
    store.add("Promotion", name="Free shipping", description="Free shipping over 50.00", freeShipping=True, seller=None)
    seller = store.first("Seller")
    store.add("ShippingOption", name="Standard", type="flat", description="Three to five days", seller=seller)


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
