"""What a refund is worth: all of it in integer cents, none of it lost or made by rounding.

The fields are the schema's. How the platform splits an amount into tax, commission and remittance is undocumented: the
shares of the invoice's own line are a guess (the schema says that the original invoice gives the defaults).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import tax_within

__all__ = [
    "PARTS",
    "Breakdown",
    "breakdown",
    "breakdown_fields",
    "paid_for",
    "share",
    "totals",
    "with_breakdown",
]

PARTS: Final = (
    "lineItemAmount",
    "lineItemTax",
    "commissionAmount",
    "commissionTax",
    "remittanceAmount",
    "remittanceTax",
)
DENIED: Final = "REFUND_DENIED"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What a line gives back to the buyer (``line_item``), what of that is the marketplace's commission, and what is
    taken back from the seller (``remittance``); in cents, each with the tax that is in it.
    """

    line_item: int
    line_item_tax: int
    commission: int
    commission_tax: int
    remittance: int
    remittance_tax: int

    def fields(self) -> Record:
        """As the schema names them on a line."""
        values = (
            self.line_item,
            self.line_item_tax,
            self.commission,
            self.commission_tax,
            self.remittance,
            self.remittance_tax,
        )
        return {f"{name}Cents": value for name, value in zip(PARTS, values, strict=True)}


def share(total: int, part: int, whole: int) -> int:
    """``part`` of ``whole`` of a total, rounded down; 0 of nothing."""
    return total * part // whole if whole else 0


def paid_for(line: Record) -> int:
    """What was paid for an invoice's line, without its postage: that is refunded by a custom line."""
    return int(line["totalCents"] - (line.get("postageCents") or 0))


def breakdown(amount: int, invoice: Record, *, line: Record | None = None, only_remittance: bool = False) -> Breakdown:
    """How an amount is split that is refunded for an invoice's line, or for nothing that was bought.

    The line's own tax and commission are taken by their share; a custom amount is the seller's alone, with the
    invoice's tax in it. With ``only_remittance`` the buyer gets nothing and the seller gives all of it.
    """
    if line is None or only_remittance:
        tax = tax_within(amount, invoice.get("taxRate") or 0)
        return Breakdown(0, 0, 0, 0, amount, tax) if only_remittance else Breakdown(amount, tax, 0, 0, amount, tax)
    whole = paid_for(line)
    tax = share(line.get("taxTotalCents") or 0, amount, whole)
    commission = share(line.get("commissionAmountCents") or 0, amount, whole)
    commission_tax = share(line.get("commissionAmountTaxCents") or 0, amount, whole)
    remittance = amount - commission
    return Breakdown(amount, tax, commission, commission_tax, remittance, share(tax, remittance, amount))


def breakdown_fields(line: Record, invoice: Record) -> Record:
    """The breakdown of a refund request's line as the schema's fields, made up for one that has none yet."""
    if line.get("lineItemAmountCents") is not None:
        return {f"{name}Cents": line[f"{name}Cents"] for name in PARTS}
    bought, only = line.get("lineItem"), bool(line.get("onlyRemittance"))
    return breakdown(line["amountCents"], invoice, line=bought, only_remittance=only).fields()


def with_breakdown(line: Record, invoice: Record) -> Record:
    """A copy of a refund request's line, with its breakdown."""
    return {**line, **breakdown_fields(line, invoice)}


def totals(lines: Iterable[Record]) -> Record:
    """The totals of a refund request with these lines, each of which has its breakdown; denied ones count nothing.

    ``totalCents``, ``refundAmountCents`` and ``lineItemAmountTotalCents`` are what the buyer gets,
    ``requestValueCents`` what was asked for of the things that were bought, ``recoveredAmountCents`` what the seller
    gives back. That the three are the same is a guess.
    """
    counted = [line for line in lines if line["status"] != DENIED]
    sums = {name: sum(line[f"{name}Cents"] for line in counted) for name in PARTS}
    bought = (line["amountCents"] for line in counted if line.get("lineItem") and not line.get("onlyRemittance"))
    return {f"{name}TotalCents": value for name, value in sums.items()} | {
        "totalCents": sums["lineItemAmount"],
        "refundAmountCents": sums["lineItemAmount"],
        "requestValueCents": sum(bought),
        "recoveredAmountCents": sums["remittanceAmount"],
    }
