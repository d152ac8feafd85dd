"""Amendments of an invoice without a refund request: refunds and cancellations that the operator has decided on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import LARGEST, stated_rate, tax_within
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.due import new_remittance
from marketplacer_callback.sandbox.mutations.orders.fulfilment import update_invoice
from marketplacer_callback.sandbox.mutations.orders.shipped import shipped_quantity
from marketplacer_callback.sandbox.mutations.refunds.refundable import amended
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["AMENDMENTS"]


@dataclass(frozen=True, slots=True)
class _Amended:
    """One line, checked; amounts in cents, negative for a refund."""

    line: Record | None
    given: Record
    each: int
    total: int
    tax: int
    rate: float
    dispatched: bool


def invoice_amendment_create(request: Request, given: Record) -> Record:
    """``invoiceAmendmentCreate``: a total by its lines, and a remittance of ``remittanceCents`` of its own.

    The commission is what the two differ by (a guess). Of an invoice's line at most what was dispatched, or awaits it,
    can be amended (a guess); the stock does not come back (a guess).
    """
    store, invoice = request.store, found(request, "Invoice", given["invoiceId"], "invoiceId")
    if not given["lineItems"]:
        raise Refused("Line items can't be blank", field="lineItems")
    lines = [_read(request, invoice, line) for line in given["lineItems"]]
    changes = _changes(lines)
    if sum(abs(one.total) + abs(one.tax) for one in lines) > LARGEST:
        raise Refused(f"Total must be less than or equal to {LARGEST}", field="lineItems")
    total, tax, remittance = sum(one.total for one in lines), sum(one.tax for one in lines), given["remittanceCents"]
    if abs(total - remittance) > LARGEST:
        raise Refused(f"Total less remittance must be within {LARGEST}", field="remittanceCents")

    amendment = store.add("InvoiceAmendment", invoice=invoice, order=invoice["order"], externalTaxApplied=False)
    amendment |= {
        "totalCents": total,
        "taxCents": tax,
        "taxRate": invoice.get("taxRate"),
        "lineItemAmountTotalCents": total,
        "lineItemTaxTotalCents": tax,
        "remittanceCents": remittance,
        "remittanceAmountTotalCents": remittance,
        "commissionAmountTotalCents": total - remittance,
        "remittedAt": None,
        "lineItems": [_write(request, invoice, one) for one in lines],
    }
    refunded = any(one.given["status"] == "REFUNDED" for one in lines)
    update_invoice(
        store,
        invoice,
        lines=changes,
        on=["REFUNDED"] if refunded else [],
        amendments=[*invoice["amendments"], amendment],
    )
    new_remittance(
        store,
        invoice["seller"],
        amount_cents=remittance,
        commission_cents=total - remittance,
        amendment=amendment,
    )
    return {"invoiceAmendment": amendment}


def _read(request: Request, invoice: Record, given: Record) -> _Amended:
    if bool(given.get("custom")) == bool(given.get("lineItemId")):
        raise Refused("Either lineItemId or custom must be supplied, and not both", field="lineItems")
    line = found(request, "LineItem", given["lineItemId"], "lineItemId") if given.get("lineItemId") else None
    if line is not None and line["invoice"] is not invoice:
        raise Refused("Line items must be part of the invoice that is amended", field="lineItems")
    if given["quantity"] < 1:
        raise Refused("Quantity must be greater than 0", field="quantity")
    money = given.get("total")
    if (money is None) == (given.get("amountCents") is None):
        raise Refused("Either amountCents or total must be supplied, and not both", field="lineItems")
    total = money["amount"] if money else given["amountCents"] * given["quantity"]
    rate = stated_rate(money)
    rate = float((line or invoice).get("taxRate") or 0) if rate is None else rate
    stated = (money or {}).get("tax")
    return _Amended(
        line=line,
        given=given,
        each=given["amountCents"] if money is None else int(total / given["quantity"]),
        total=total,
        tax=tax_within(total, rate) if stated is None else stated,
        rate=rate,
        dispatched=_is_dispatched(given, line),
    )


def _is_dispatched(given: Record, line: Record | None) -> bool:
    """By the input; without it, a refund is of what was dispatched, as far as anything was (a guess)."""
    if given.get("dispatched") is not None:
        return bool(given["dispatched"])
    return line is not None and given["status"] == "REFUNDED" and shipped_quantity(line) > 0


def _changes(lines: Sequence[_Amended]) -> list[tuple[Record, Record]]:
    """What becomes of the invoice's lines. Raises ``Refused`` if more is amended than there is."""
    gone: Counter[str] = Counter()
    changed: dict[str, tuple[Record, Record]] = {}
    for one in lines:
        if one.line is None:
            continue
        line, fields = changed.setdefault(one.line["id"], (one.line, {}))
        name = "quantityReturnable" if one.dispatched else "quantityAwaitingDispatch"
        left = fields.get(name, line.get(name)) or 0
        if one.given["quantity"] > left:
            raise Refused(f"Quantity must be less than or equal to {left}", field="quantity")
        fields[name] = left - one.given["quantity"]
        gone[line["id"]] += one.given["quantity"]
        kept = line["quantity"] - sum(before["quantity"] for before in amended(line)) - gone[line["id"]]
        if kept < 0:
            raise Refused(f"Quantity must be less than or equal to {one.given['quantity'] + kept}", field="quantity")
        if kept == 0:
            fields |= {"status": one.given["status"], "statusFull": one.given["status"]}
    return list(changed.values())


def _write(request: Request, invoice: Record, one: _Amended) -> Record:
    """The invoice is no field of the type: by it the line belongs to a seller."""
    return request.store.add(
        "InvoiceAmendmentLineItem",
        invoice=invoice,
        lineItem=one.line,
        custom=one.given.get("custom"),
        dispatched=one.dispatched,
        quantity=one.given["quantity"],
        status=one.given["status"],
        amountCents=one.each,
        totalCents=one.total,
        taxCents=one.tax,
        taxRate=one.rate,
        lineItemAmountCents=one.total,
        lineItemTaxCents=one.tax,
    )


AMENDMENTS: Final[dict[str, Mutation]] = {"invoiceAmendmentCreate": operator_only(invoice_amendment_create)}
