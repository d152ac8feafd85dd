"""What an operator's approval says about the lines of a refund request: their price breakdown, in cents.

The rules come from the schema: an approved line is an accepted one of the request, commission and remittance are parts
of the line's amount, a tax that is left out is calculated. The messages are guesses.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import tax_within
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.mutations.refunds.lines import NewLine
from marketplacer_callback.sandbox.mutations.refunds.money import Breakdown
from marketplacer_callback.sandbox.mutations.refunds.notes import checked_notes
from marketplacer_callback.sandbox.mutations.refunds.progress import Step
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["approve"]


def approve(request: Request, step: Step, values: Record) -> None:
    """Put the breakdowns of a ``RefundRequestApproveInput`` into the step.

    Raises ``NotFound`` for an unknown line, ``Refused`` for one of another request or one that is not accepted, and
    for amounts that are negative or no parts of their whole.
    """
    invoice, seen = step.record["invoice"], set()
    for position, given in enumerate(values.get("lineItemPriceBreakdowns") or ()):
        where = f"lineItemPriceBreakdowns.{position}"
        line = found(request, "RefundRequestLineItem", given["id"], "id")
        if line["refundRequest"] is not step.record:
            raise Refused("line items must be part of the refund request that you are approving.", field=where)
        if line["status"] != "REFUND_ACCEPTED":
            raise Refused("Can only approve a refund accepted RefundRequestLineItem", field=where)
        if line["id"] in seen:
            raise Refused("a RefundRequestLineItem can only be approved once", field=where)
        seen.add(line["id"])
        rate = (line.get("lineItem") or invoice).get("taxRate")
        step.change(line, **_breakdown(given, invoice, rate, where, only_remittance=line["onlyRemittance"]).fields())
    for position, given in enumerate(values.get("newCustomLineItemPriceBreakdowns") or ()):
        step.added.append(_custom(request, invoice, given, f"newCustomLineItemPriceBreakdowns.{position}"))


def _custom(request: Request, invoice: Record, given: Record, where: str) -> NewLine:
    if not given["custom"].strip():
        raise Refused("custom can't be blank", field=f"{where}.custom")
    rate = given.get("lineItemTaxRate")
    try:
        known = Decimal(rate) if rate is not None else None
    except InvalidOperation:
        known = Decimal("NaN")
    if known is not None and not (math.isfinite(float(known)) and known >= 0):
        raise Refused("lineItemTaxRate is not a number", field=f"{where}.lineItemTaxRate")
    parts = _breakdown(given, invoice, invoice.get("taxRate") if known is None else float(known), where)
    amount = given["lineItemAmount"]
    fields = {
        "status": "REFUND_ACCEPTED",
        "quantity": 1,
        "onlyRemittance": False,
        "lineItem": None,
        "description": given["custom"],
        "reason": None,
        "dispatched": None,
        "amountPerItemCents": amount,
        "amountCents": amount,
        "customLineItemTaxRate": rate,
        **parts.fields(),
    }
    return NewLine(fields, checked_notes(request, None), given.get("externalIds") or ())


def _breakdown(
    given: Record, invoice: Record, rate: float | None, where: str, *, only_remittance: bool = False
) -> Breakdown:
    """The schema says that the remittance's tax is calculated by the commission's amount; here it is by its own."""
    amount, commission, remittance = given["lineItemAmount"], given["commissionAmount"], given["remittanceAmount"]
    given_taxes = [given.get(name) for name in ("lineItemTax", "commissionTax", "remittanceTax")]
    for value in (amount, commission, remittance, *given_taxes):
        if value is not None and value < 0:
            raise Refused("amounts must be greater than or equal to 0", field=where)
    if commission + remittance > amount and not only_remittance:
        raise Refused("commissionAmount and remittanceAmount must be parts of lineItemAmount", field=where)
    if any(
        tax is not None and tax > whole
        for tax, whole in zip(given_taxes, (amount, commission, remittance), strict=True)
    ):
        raise Refused("a tax must be a part of the amount that it belongs to", field=where)
    rated = ((amount, rate), (commission, invoice.get("commissionTaxRate")), (remittance, rate))
    within = [tax_within(whole, of or 0) for whole, of in rated]
    taxes = [made if tax is None else tax for tax, made in zip(given_taxes, within, strict=True)]
    return Breakdown(amount, taxes[0], commission, taxes[1], remittance, taxes[2])
