"""Made-up orders with their invoices, and shipments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.catalogue import external_id
from marketplacer_callback.sandbox.data.places import address
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["annotate", "first", "new_order", "new_shipment"]

TAX_RATE = 0.1


def new_order(store: Store, variants: Sequence[Record] | None = None, **fields: Any) -> Record:
    """A paid order of up to three variants, with one invoice for each seller."""
    rng = store.random
    variants = variants or rng.sample(store.all("Variant"), min(rng.randint(1, 3), len(store.all("Variant"))))
    first, surname = rng.choice(words.FIRST_NAMES), rng.choice(words.SURNAMES)
    home = address(store)
    order = store.add(
        "Order",
        status="COMPLETE",
        address=home,
        billingAddress=home,
        firstName=first,
        surname=surname,
        shipments=[],
        metadata=[],
    )
    number = order["legacyId"]
    email, phone = f"shopper{number}@example.com", f"+61 4 5550 {rng.randrange(10_000):04}"
    order |= {
        "emailAddress": email,
        "phone": phone,
        "billingFirstName": first,
        "billingSurname": surname,
        "billingEmailAddress": email,
        "externalIds": [external_id(order, "shop", f"S-{number}")],
        "paymentGatewayDetails": {"provider": "sandbox"},
        "invoices": [],
    }
    for seller_id in dict.fromkeys(variant["advert"]["seller"]["id"] for variant in variants):
        order["invoices"].append(
            _invoice(store, order, [v for v in variants if v["advert"]["seller"]["id"] == seller_id])
        )
    order["lineItems"] = [line for invoice in order["invoices"] for line in invoice["lineItems"]]
    for name in ("subtotal", "taxTotal", "total", "shippingCost", "discount"):
        cents = sum(invoice[f"{name}Cents"] for invoice in order["invoices"])
        order |= {f"{name}Cents": cents, name: cents / 100}
    order["postage"] = order["shippingCost"]
    order |= fields
    return order


def new_shipment(
    store: Store, invoice: Record | None = None, *, lines: Sequence[tuple[Record, int]] | None = None, **fields: Any
) -> Record:
    """What an invoice still has to send is dispatched, or so much of the lines as is given.

    The invoice gets the flag SENT once nothing awaits dispatch, PARTIALLY_SENT until then; a line is SHIPPED once all
    of it is.
    """
    rng = store.random
    invoice = (
        invoice
        or first(store.all("Invoice"), lambda one: "SENT" not in one["statusFlags"])
        or new_order(store)["invoices"][0]
    )
    sent = lines or [(line, line["quantityAwaitingDispatch"]) for line in invoice["lineItems"]]
    sent = [(line, quantity) for line, quantity in sent if quantity]
    shipment = store.add(
        "Shipment",
        invoice=invoice,
        carrier=rng.choice(words.CARRIERS),
        shippedFrom=invoice["seller"]["address"],
        metadata=[],
    )
    number = f"SB{rng.randrange(10**9):09}"
    shipment |= {
        "dispatchedAt": shipment["createdAt"],
        "trackingNumber": number,
        "trackingLink": f"https://carrier.example.com/t/{number}",
    }
    shipment["shippedItems"] = [store.add("ShippedItem", lineItem=line, quantity=quantity) for line, quantity in sent]
    status = store.add("ShipmentStatus", shipment=shipment, status="InTransit")
    shipment["statusLog"] = [status]
    for line, quantity in sent:
        left = line["quantityAwaitingDispatch"] - quantity
        line |= {"quantityAwaitingDispatch": left, "quantityReturnable": line["quantityReturnable"] + quantity}
        line |= {"shipments": [*line["shipments"], shipment], "shipment": shipment}
        if not left:
            line["statusFull"] = "SHIPPED"
    flag = "PARTIALLY_SENT" if any(line["quantityAwaitingDispatch"] for line in invoice["lineItems"]) else "SENT"
    invoice |= {"shipments": [*invoice["shipments"], shipment], "statusFlags": ["PAID", flag], "status": flag}
    invoice["order"]["shipments"] = [*invoice["order"]["shipments"], shipment]
    store.touch(invoice)
    shipment |= fields
    return shipment


def annotate(store: Store, invoice: Record, content: str, *, resolved: bool = False) -> Record:
    """An annotation on an invoice."""
    types = store.all("InvoiceAnnotationType")
    type_ = types[0] if types else store.add("InvoiceAnnotationType", name="Note", description="A note for the seller")
    annotation = store.add(
        "InvoiceAnnotation", invoice=invoice, content=content, resolved=resolved, invoiceAnnotationType=type_
    )
    invoice["annotations"] = [*invoice["annotations"], annotation]
    return annotation


def first(records: Sequence[Record], wanted: Callable[[Record], bool]) -> Record | None:
    """The first record that is wanted."""
    return next((record for record in records if wanted(record)), None)


def _invoice(store: Store, order: Record, variants: Sequence[Record]) -> Record:
    seller = variants[0]["advert"]["seller"]
    invoice = store.add(
        "Invoice",
        order=order,
        seller=seller,
        statusFlags=["PAID"],
        status="PAID",
        deliveryType="BUY_ONLINE",
        metadata=[],
    )
    invoice |= {
        "shipments": [],
        "refundRequests": [],
        "annotations": [],
        "amendments": [],
        "adjustments": [],
        "paidAt": invoice["createdAt"],
    }
    invoice["lineItems"] = [_line(store, invoice, variant) for variant in variants]
    invoice["externalIds"] = [external_id(invoice, "shop", f"I-{invoice['legacyId']}")]
    subtotal, shipping = sum(line["subtotalCents"] for line in invoice["lineItems"]), 995
    tax = sum(line["taxTotalCents"] for line in invoice["lineItems"])
    invoice |= {
        "subtotalCents": subtotal,
        "taxTotalCents": tax,
        "shippingCostCents": shipping,
        "discountCents": 0,
        "taxRate": TAX_RATE,
        "totalCents": subtotal + shipping,
        "totalIncludingAdjustmentsCents": subtotal + shipping,
        "commissionAmountCents": subtotal // 8,
        "shippingAddress": order["address"],
        "buyerBillingAddress": order["billingAddress"],
        "buyerFirstName": order["firstName"],
        "buyerSurname": order["surname"],
        "buyerEmailAddress": order["emailAddress"],
        "buyerPhone": order["phone"],
        "shippingDescription": "Standard",
    }
    return invoice


def _line(store: Store, invoice: Record, variant: Record) -> Record:
    advert = variant["advert"]
    quantity, each = store.random.randint(1, 3), variant["lowestPriceCents"]
    total = quantity * each
    line = store.add(
        "LineItem",
        invoice=invoice,
        variant=variant,
        advert=advert,
        quantity=quantity,
        status="ALLOCATED",
        statusFull="ALLOCATED",
    )
    line |= {
        "advertId": advert["id"],
        "advertLegacyId": advert["legacyId"],
        "advertTitle": advert["title"],
        "advertCode": advert["code"],
        "variantId": variant["id"],
        "variantLegacyId": variant["legacyId"],
        "variantName": variant["label"],
        "brandName": advert["brand"]["name"],
        "variantSku": variant["sku"],
        "variantBarcode": variant["barcode"],
        "quantityAwaitingDispatch": quantity,
        "quantityReturnable": 0,
        "itemAmountCents": each,
        "subtotalCents": total,
        "totalCents": total,
        "taxTotalCents": total // 11,
        "taxRate": TAX_RATE,
        "discountCents": 0,
        "postageCents": 0,
        "commissionAmountCents": total // 8,
        "image": advert["displayImage"],
        "shipments": [],
        "externalIds": [],
        "metadata": [],
        "adjustments": [],
    }
    return line
