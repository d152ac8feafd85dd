"""What an invoice is when something happened to its lines: its flags, its single status, its remittance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.due import new_remittance

__all__ = ["flagged", "single_status", "update_invoice"]

FLAGS: Final = (
    "PAID",
    "PAYMENT_UNDER_REVIEW",
    "SENT",
    "PARTIALLY_SENT",
    "AWAITING_RETURN",
    "AWAITING_REFUND",
    "REFUNDED",
    "CANCELLED",
    "READY",
    "COLLECTED",
    "REMITTED",
)
SINGLE: Final = ("CANCELLED", "COLLECTED", "READY", "SENT", "PARTIALLY_SENT", "PAID", "PAYMENT_UNDER_REVIEW")

Changes = Sequence[tuple[Record, Record]]


def update_invoice(
    store: Store,
    invoice: Record,
    *,
    lines: Changes = (),
    on: Iterable[str] = (),
    off: Iterable[str] = (),
    **fields: object,
) -> None:
    """Write what is new of an invoice and of its lines as one change, and what follows from it.

    By the lines' quantities the invoice gets ``SENT`` (something was dispatched and nothing waits for it),
    ``PARTIALLY_SENT`` or ``CANCELLED``; ``on`` and ``off`` are further flags. Once it is fulfilled, that is sent or
    collected, its remittance comes into being (documented; the exact rule is unofficial).
    """
    changed = {line["id"]: values for line, values in lines}
    sent = _sent([{**line, **changed.get(line["id"], {})} for line in invoice["lineItems"]])
    flags = flagged(invoice["statusFlags"], on={*on, *sent}, off={*off, *({"SENT", "PARTIALLY_SENT"} - sent)})
    values = {**fields, "statusFlags": flags, "status": single_status(flags)}
    store.change_together([*lines, (invoice, values)])
    if {"SENT", "COLLECTED"} & set(flags) and not _is_remitted(store, invoice):
        commission = invoice.get("commissionAmountCents") or 0
        new_remittance(
            store, invoice["seller"], amount_cents=_owed(invoice), commission_cents=commission, invoice=invoice
        )


def flagged(flags: Iterable[str], *, on: Iterable[str] = (), off: Iterable[str] = ()) -> list[str]:
    """Status flags with some more and some fewer, in the schema's order."""
    wanted = ({*flags} - {*off}) | {*on}
    return [flag for flag in FLAGS if flag in wanted]


def single_status(flags: Sequence[str]) -> str:
    """The deprecated single status of an invoice with those flags: the one that is furthest on (a guess)."""
    return next((status for status in SINGLE if status in flags), "AWAITING_PAYMENT")


def _sent(lines: Sequence[Record]) -> set[str]:
    waiting = any(line.get("quantityAwaitingDispatch") for line in lines)
    if any(line.get("shipments") for line in lines):
        return {"PARTIALLY_SENT"} if waiting else {"SENT"}
    return {"CANCELLED"} if lines and all(line["status"] == "CANCELLED" for line in lines) else set()


def _is_remitted(store: Store, invoice: Record) -> bool:
    return any(one.get("invoice") is invoice for one in store.all("Remittance"))


def _owed(invoice: Record) -> int:
    """The seller's part: what was sold and its postage, and the fees, without what is withheld and the commission.

    A promotion is the operator's cost, except for what is withheld (a guess, by the names of the fields).
    """
    adjustments = [*(invoice.get("adjustments") or ())]
    adjustments += [one for line in invoice["lineItems"] for one in line.get("adjustments") or ()]
    fees = sum(one["amountCents"] for one in adjustments if one["adjustmentType"] == "FEE")
    withheld = sum(one["amountToWithholdFromSellerRemittanceCents"] for one in adjustments)
    return int(invoice["totalCents"] + fees - withheld - (invoice.get("commissionAmountCents") or 0))
