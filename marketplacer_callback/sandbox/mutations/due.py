"""What a seller is owed or owes: a remittance for an invoice or for a change of one."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["PENDING_RELEASE", "new_remittance"]

PENDING_RELEASE: Final = "pending_release"


def new_remittance(
    store: Store,
    seller: Record,
    *,
    amount_cents: int,
    commission_cents: int,
    invoice: Record | None = None,
    amendment: Record | None = None,
) -> Record:
    """A remittance that is held until it is released; below zero for what is taken back from the seller.

    ``invoice`` or ``amendment`` is what it is for. The reasons are the schema's; which of them a remittance starts
    with is a guess: its release, the seller's missing details, and that the seller's remittances without an advice
    come to nothing or less.
    """
    held = [one for one in store.all("Remittance") if one["seller"] is seller and not one.get("remittanceAdvice")]
    reasons = [PENDING_RELEASE]
    if seller.get("missingRemittanceDetails"):
        reasons.append("missing_remittance_details")
    if sum(one["amountCents"] for one in held) + amount_cents <= 0:
        reasons.append("zero_or_negative_total_remittance_amount")
    return store.add(
        "Remittance",
        seller=seller,
        invoice=invoice,
        invoiceAmendment=amendment,
        remittanceAdvice=None,
        amountCents=amount_cents,
        commissionAmountCents=commission_cents,
        released=False,
        pendingReasons=reasons,
    )
