"""What is left to refund of an invoice and of its lines: nothing is refunded twice, nor more than was paid.

The bounds are guesses: the vendor documents no message for a refund request that asks for too much.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.refunds.money import paid_for, share, with_breakdown

__all__ = ["amended", "amount_left", "amount_of", "awaiting_dispatch", "quantity_left"]

DENIED: Final = "REFUND_DENIED"
REFUNDED: Final = "REFUNDED"


def amended(line: Record) -> list[Record]:
    """The amendments' lines by which a buyer got back items of an invoice's line, with a refund request or without."""
    every = (one for amendment in line["invoice"].get("amendments") or () for one in amendment.get("lineItems") or ())
    return [one for one in every if one.get("lineItem") is line and not one.get("onlyRemittance")]


def awaiting_dispatch(line: Record) -> int:
    """How many items of an invoice's line are yet to be sent; all of them if nothing is known and none was sent."""
    known = line.get("quantityAwaitingDispatch")
    if known is not None:
        return int(known)
    return int(line["quantity"]) if line.get("statusFull") == "ALLOCATED" else 0


def quantity_left(line: Record, *, dispatched: bool, taken: Iterable[Record] = ()) -> int:
    """How many items of an invoice's line can still be asked back.

    ``dispatched``: of those that were sent (``quantityReturnable``) or are still to be sent, as nothing says that the
    platform refuses a return of what is not on its way yet; otherwise of those that were not. ``taken``: further
    claims that no request holds yet.
    """
    claims = _claims(line, taken)
    waiting = sum(one["quantity"] for one in claims if (one.get("dispatched") is not False) is dispatched)
    pool = awaiting_dispatch(line) + (line["quantityReturnable"] if dispatched else 0)
    gone = sum(one["quantity"] for one in (*amended(line), *claims))
    return int(max(0, min(pool - waiting, line["quantity"] - gone)))


def amount_of(line: Record, quantity: int, *, taken: Iterable[Record] = ()) -> int:
    """What so many items of an invoice's line are worth; the last of them are worth all that is left of its total."""
    claims, gone = _claims(line, taken), amended(line)
    left = paid_for(line) + sum(one["totalCents"] for one in gone)
    left = max(0, left - sum(one.get("lineItemAmountCents") or one["amountCents"] for one in claims))
    last = quantity >= line["quantity"] - sum(one["quantity"] for one in (*gone, *claims))
    return int(left if last else min(left, share(paid_for(line), quantity, line["quantity"])))


def amount_left(invoice: Record, *, but: Record | None = None) -> int:
    """What the buyer paid for an invoice and neither got back nor asks back in a request other than ``but``."""
    paid = "PAID" in invoice["statusFlags"] or invoice.get("paidAt")
    total = invoice.get("totalIncludingAdjustmentsCents")
    left = (invoice["totalCents"] if total is None else total) if paid else 0
    left += sum(min(0, amendment["totalCents"]) for amendment in invoice.get("amendments") or ())
    open_ = (one for one in invoice["refundRequests"] if one is not but and one["status"] != "REFUNDED")
    lines = (with_breakdown(line, invoice) for request in open_ for line in request["lineItems"])
    return int(left - sum(line["lineItemAmountCents"] for line in lines if line["status"] != DENIED))


def _claims(line: Record, taken: Iterable[Record]) -> list[Record]:
    """The refund lines, of any request, by which a buyer wants back items of an invoice's line."""
    requested = (wanted for request in line["invoice"]["refundRequests"] for wanted in request["lineItems"])
    return [
        one
        for one in (*requested, *taken)
        if one.get("lineItem") is line and one["status"] not in (DENIED, REFUNDED) and not one.get("onlyRemittance")
    ]
