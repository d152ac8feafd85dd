"""Made-up remittances, and the advices that gather them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplacer_callback.sandbox.data.orders import new_order, new_shipment
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["new_advice", "new_remittance", "pay"]


def new_remittance(store: Store, invoice: Record, pending: Sequence[str] = ()) -> Record:
    """What an invoice owes to its seller: released, or waiting for the reasons that are given."""
    amount = invoice["totalCents"] - invoice["commissionAmountCents"]
    return store.add(
        "Remittance",
        invoice=invoice,
        seller=invoice["seller"],
        amountCents=amount,
        released=not pending,
        pendingReasons=list(pending),
        remittanceAdvice=None,
        commissionAmountCents=invoice["commissionAmountCents"],
        invoiceAmendment=None,
    )


def new_advice(store: Store, seller: Record | None = None, **fields: Any) -> Record:
    """A remittance advice of what is owed to a seller, not paid yet: its released remittances and its sent invoices
    that no advice has, at least one.
    """
    seller = seller or store.random.choice(store.all("Invoice"))["seller"]
    remittances = store.all("Remittance")
    known = {remittance["invoice"]["id"] for remittance in remittances if remittance["invoice"]}
    gathered = [
        one for one in remittances if one["seller"] is seller and one["released"] and not one["remittanceAdvice"]
    ]
    gathered += [
        new_remittance(store, invoice)
        for invoice in store.all("Invoice")
        if invoice["seller"] is seller and "SENT" in invoice["statusFlags"] and invoice["id"] not in known
    ]
    if not gathered:
        variant = next(variant for variant in store.all("Variant") if variant["advert"]["seller"] is seller)
        shipment = new_shipment(store, new_order(store, [variant])["invoices"][0])
        gathered = [new_remittance(store, shipment["invoice"])]
    advice = store.add(
        "RemittanceAdvice", seller=seller, paidAt=None, paymentReference=None, totalPaidCents=None, attachments=[]
    )
    for remittance in gathered:
        remittance["remittanceAdvice"] = advice
    advice["remittances"] = gathered
    for name, of in (("totalCents", "amountCents"), ("commissionAmountTotalCents", "commissionAmountCents")):
        advice[name] = sum(remittance[of] for remittance in gathered)
    advice |= fields
    return advice


def pay(advice: Record) -> None:
    """A seeded advice is paid in full, and its invoices are remitted."""
    at = advice["createdAt"]
    advice |= {
        "totalPaidCents": advice["totalCents"],
        "paidAt": at,
        "paymentReference": f"PAY-{advice['legacyId']:05}",
    }
    for remittance in advice["remittances"]:
        invoice = remittance["invoice"]
        invoice |= {"remittedAt": at, "statusFlags": [*invoice["statusFlags"], "REMITTED"]}
