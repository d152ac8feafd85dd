"""What a successful refund leaves behind: an amendment of the invoice, a remittance for it, and the invoice's state.

That a refund ends in an amendment, and an amendment in a remittance, is the vendor's documentation. Amounts of an
amendment are negative for a refund, as the schema says of its inputs; that its totals are negative too is a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.due import new_remittance
from marketplacer_callback.sandbox.mutations.refunds.money import PARTS, totals
from marketplacer_callback.sandbox.mutations.refunds.refundable import amended, awaiting_dispatch

__all__ = ["amend", "flags", "lines_after"]

Change = tuple[Record, Record]
"""A record and the fields to write."""


def amend(store: Store, invoice: Record, refunded: Sequence[Record]) -> Record:
    """The amendment of an invoice by refund lines (with their breakdown), and the remittance that it makes due.

    The invoice is not written: its ``amendments`` are to be extended by the caller.
    """
    sums = totals(refunded)
    amendment = store.add(
        "InvoiceAmendment",
        invoice=invoice,
        order=invoice["order"],
        remittedAt=None,
        externalTaxApplied=False,
        taxRate=invoice.get("taxRate"),
        totalCents=-sums["totalCents"],
        taxCents=-sums["lineItemTaxTotalCents"],
        remittanceCents=-sums["remittanceAmountTotalCents"],
        **{f"{name}TotalCents": -sums[f"{name}TotalCents"] for name in PARTS},
    )
    amendment["lineItems"] = [_amendment_line(store, invoice, line) for line in refunded]
    new_remittance(
        store,
        invoice["seller"],
        amendment=amendment,
        amount_cents=amendment["remittanceCents"],
        commission_cents=amendment["commissionAmountTotalCents"],
    )
    return amendment


def lines_after(refunded: Iterable[Record]) -> list[Change]:
    """The changes of the invoice's lines by refund lines that are about to become refunded.

    Fewer items can be returned or sent. A line of which every item is refunded is ``REFUNDED``, or ``CANCELLED`` if
    none of them had been sent; one of which some are left keeps its status (a guess).
    """
    now: dict[str, list[Record]] = {}
    for one in refunded:
        if one.get("lineItem") and not one.get("onlyRemittance"):
            now.setdefault(one["lineItem"]["id"], []).append(one)
    return [(wanted[0]["lineItem"], _line_after(wanted[0]["lineItem"], wanted)) for wanted in now.values()]


def flags(requests: Iterable[Record]) -> set[str]:
    """The status flags that an invoice has because of its refund requests: a guess from their names.

    ``AWAITING_RETURN``: a line of a request that awaits action is to be returned; ``AWAITING_REFUND``: a request is
    returned or processed; ``REFUNDED``: one is refunded.
    """
    set_: set[str] = set()
    for request in requests:
        returning = any(line["status"] == "AWAITING_RETURN" for line in request["lineItems"])
        if request["status"] == "AWAITING":
            set_ |= {"AWAITING_RETURN"} if returning else set()
        elif request["status"] in ("RETURNED", "PROCESSED"):
            set_.add("AWAITING_REFUND")
        elif request["status"] == "REFUNDED":
            set_.add("REFUNDED")
    return set_


def _line_after(line: Record, now: Sequence[Record]) -> Record:
    every = [*amended(line), *now]
    left = line["quantity"] - sum(one["quantity"] for one in every)
    unsent = sum(one["quantity"] for one in now if one.get("dispatched") is False)
    sent = sum(one["quantity"] for one in now) - unsent
    fields: Record = {"quantityReturnable": max(0, min(line["quantityReturnable"] - sent, left))}
    unsent += max(0, sent - line["quantityReturnable"])
    if unsent:
        fields["quantityAwaitingDispatch"] = max(0, awaiting_dispatch(line) - unsent)
    if left <= 0:
        status = "CANCELLED" if all(one.get("dispatched") is False for one in every) else "REFUNDED"
        fields |= {"status": status, "statusFull": status}
    return fields


def _amendment_line(store: Store, invoice: Record, line: Record) -> Record:
    """Two fields that the schema's type lacks: by ``invoice`` the line belongs to a seller, by ``onlyRemittance`` no
    items were given back.
    """
    bought, only = line.get("lineItem"), bool(line.get("onlyRemittance"))
    return store.add(
        "InvoiceAmendmentLineItem",
        invoice=invoice,
        onlyRemittance=only,
        lineItem=bought,
        custom=line.get("description"),
        customLineItemTaxRate=line.get("customLineItemTaxRate"),
        dispatched=line.get("dispatched"),
        quantity=line["quantity"],
        status="CANCELLED" if line.get("dispatched") is False else "REFUNDED",
        amountCents=0 if only else -(line["lineItemAmountCents"] // line["quantity"]),
        totalCents=-line["lineItemAmountCents"],
        taxCents=-line["lineItemTaxCents"],
        taxRate=(bought or invoice).get("taxRate"),
        **{f"{name}Cents": -line[f"{name}Cents"] for name in PARTS},
    )
