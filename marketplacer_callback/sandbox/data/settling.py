"""Made-up refund requests that have come further than the first step."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data import words
from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["SETTLED", "settle"]

SETTLED: Final = {
    "AWAITING": "PENDING_APPROVAL",
    "RETURNED": "REFUND_ACCEPTED",
    "PROCESSED": "REFUND_ACCEPTED",
    "REFUNDED": "REFUNDED",
    "DENIED": "REFUND_DENIED",
}
"""A status of a refund request → the status of its lines."""


def settle(store: Store, request: Record, status: str) -> None:
    """Bring a seeded refund request to the status: its lines, its notes, and what was paid back.

    A refunded request has an amendment of its invoice (documented: a successful refund request ends in one).
    """
    request["status"] = status
    for line in request["lineItems"]:
        line["status"] = SETTLED[status]
        if status == "DENIED":
            line["denyRefundReason"] = store.random.choice(words.DENIALS)
    if status == "AWAITING":
        return
    note = store.add(
        "RefundRequestNote",
        refundRequest=request,
        newStatus=status,
        note=f"{status.capitalize()} by the seller" if status in ("RETURNED", "PROCESSED") else "Decided",
        timestamp=request["createdAt"],
    )
    request["notes"] = [*request["notes"], note]
    if status == "REFUNDED":
        _pay_back(store, request)


def _pay_back(store: Store, request: Record) -> None:
    invoice, total = request["invoice"], request["totalCents"]
    amendment = store.add(
        "InvoiceAmendment",
        invoice=invoice,
        order=invoice["order"],
        totalCents=-total,
        taxCents=-(total // 11),
        taxRate=invoice["taxRate"],
        remittanceCents=-(total - total // 8),
        commissionAmountTotalCents=-(total // 8),
        externalTaxApplied=False,
        remittedAt=None,
    )
    amendment["lineItems"] = [_amended(store, line) for line in request["lineItems"]]
    invoice["amendments"] = [*invoice["amendments"], amendment]
    request |= {"refundedAt": amendment["createdAt"], "cashAmountCents": total}
    for wanted in request["lineItems"]:
        wanted["lineItem"] |= {"status": "REFUNDED", "statusFull": "REFUNDED", "quantityReturnable": 0}


def _amended(store: Store, line: Record) -> Record:
    amount = line["amountCents"]
    return store.add(
        "InvoiceAmendmentLineItem",
        lineItem=line["lineItem"],
        quantity=line["quantity"],
        amountCents=-amount,
        totalCents=-amount,
        taxCents=-(amount // 11),
        commissionAmountCents=-(amount // 8),
        remittanceAmountCents=-(amount - amount // 8),
        dispatched=line["dispatched"],
        status="REFUNDED",
    )
