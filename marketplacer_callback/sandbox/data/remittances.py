"""Made-up remittance advices."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox.data.orders import new_order, new_shipment
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["new_advice"]


def new_advice(store: Store, seller: Record | None = None, **fields: Any) -> Record:
    """A remittance advice of what is owed to a seller, not paid yet: its sent invoices that no advice has, at least
    one.
    """
    seller = seller or store.random.choice(store.all("Invoice"))["seller"]
    advised = {remittance["invoice"]["id"] for remittance in store.all("Remittance")}
    owed = [
        one
        for one in store.all("Invoice")
        if one["seller"] is seller and "SENT" in one["statusFlags"] and one["id"] not in advised
    ]
    if not owed:
        variant = next(variant for variant in store.all("Variant") if variant["advert"]["seller"] is seller)
        owed = [new_shipment(store, new_order(store, [variant])["invoices"][0])["invoice"]]
    advice = store.add(
        "RemittanceAdvice", seller=seller, paidAt=None, paymentReference=None, totalPaidCents=None, attachments=[]
    )
    advice["remittances"] = [_remittance(store, advice, invoice) for invoice in owed]
    for name, of in (("totalCents", "amountCents"), ("commissionAmountTotalCents", "commissionAmountCents")):
        advice[name] = sum(remittance[of] for remittance in advice["remittances"])
    advice |= fields
    return advice


def _remittance(store: Store, advice: Record, invoice: Record) -> Record:
    amount = invoice["totalCents"] - invoice["commissionAmountCents"]
    remittance = store.add(
        "Remittance", invoice=invoice, seller=invoice["seller"], amountCents=amount, released=True, pendingReasons=[]
    )
    remittance |= {
        "remittanceAdvice": advice,
        "commissionAmountCents": invoice["commissionAmountCents"],
        "invoiceAmendment": None,
    }
    return remittance
