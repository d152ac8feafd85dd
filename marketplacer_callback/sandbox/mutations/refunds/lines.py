"""The lines that an input adds to a refund request: what may be asked for, and what it is worth.

By the schema a line is either about an invoice's line (``lineItemId``, ``reason``, ``dispatched``) or a custom one
(``custom``, ``amountPerItemCents``). The messages are guesses, apart from that for a line of another invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import LARGEST
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.mutations.inputs import external_ids, metadata
from marketplacer_callback.sandbox.mutations.refunds.money import breakdown
from marketplacer_callback.sandbox.mutations.refunds.notes import Notes, checked_notes
from marketplacer_callback.sandbox.mutations.refunds.refundable import amount_of, awaiting_dispatch, quantity_left
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["NewLine", "checked_lines"]

OF_INVOICE: Final = ("lineItemId", "reason", "dispatched")
OF_ITSELF: Final = ("custom", "amountPerItemCents")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that may be added: the record's fields, and what is written once it has an owner."""

    fields: Record
    notes: Notes
    external_ids: Sequence[Record] = ()
    metadata: Sequence[Record] = ()

    def write(self, request: Request, owner: Record) -> Record:
        """The line as a record of the request ``owner``, without notes."""
        line = request.store.add(
            "RefundRequestLineItem", refundRequest=owner, notes=[], shipments=[], denyRefundReason=None, **self.fields
        )
        line |= {"externalIds": external_ids(line, self.external_ids)}
        line |= {"metadata": metadata(request, line, self.metadata)}
        return line


def checked_lines(
    request: Request, invoice: Record, given: Sequence[Record] | None, argument: str, *, custom_only: bool = False
) -> list[NewLine]:
    """The lines of a list of ``RefundRequestLineItemInput``, the input's field ``argument``.

    Raises ``Refused`` for one that is neither or both of the two kinds, that asks for more than is left, or that
    belongs to another invoice, and ``NotFound`` for an unknown ``lineItemId``. ``custom_only``: lines of the invoice
    are refused as well.
    """
    lines: list[NewLine] = []
    for position, values in enumerate(given or ()):
        where = f"{argument}.{position}"
        _check_shape(request, values, where, custom_only=custom_only)
        make = _custom if values.get("lineItemId") is None else _of_invoice
        fields = {
            "status": values.get("status") or "AWAITING_RETURN",
            "quantity": values["quantity"],
            "onlyRemittance": bool(values.get("onlyRemittance")),
        }
        fields |= make(request, invoice, values, [line.fields for line in lines], where)
        bought, only = fields["lineItem"], fields["onlyRemittance"]
        fields |= breakdown(fields["amountCents"], invoice, line=bought, only_remittance=only).fields()
        notes = checked_notes(request, values.get("notes"), f"{where}.notes")
        lines.append(NewLine(fields, notes, values.get("externalIds") or (), values.get("metadata") or ()))
    return lines


def _check_shape(request: Request, values: Record, where: str, *, custom_only: bool) -> None:
    of_invoice = [name for name in OF_INVOICE if values.get(name) is not None]
    of_itself = [name for name in OF_ITSELF if values.get(name) is not None]
    if custom_only and of_invoice:
        raise Refused("New line items must be custom line items, not referencing an invoice line item", field=where)
    if bool(of_invoice) is bool(of_itself):
        raise Refused("Supply either lineItemId and reason, or custom and amountPerItemCents", field=where)
    needed = ("lineItemId", "reason") if of_invoice else OF_ITSELF
    for name in needed:
        value = values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise Refused(f"{name} can't be blank", field=f"{where}.{name}")
    if request.role == "seller" and values.get("onlyRemittance") is not None:
        raise Refused("onlyRemittance can only be supplied by an operator", field=f"{where}.onlyRemittance")
    if values["quantity"] < 1:
        raise Refused("quantity must be greater than 0", field=f"{where}.quantity")


def _custom(_request: Request, _invoice: Record, values: Record, _taken: list[Record], where: str) -> Record:
    each = values["amountPerItemCents"]
    if each < 0:
        raise Refused("amountPerItemCents must be greater than or equal to 0", field=f"{where}.amountPerItemCents")
    amount = each * values["quantity"]
    if amount > LARGEST:
        raise Refused(f"the amount must be less than or equal to {LARGEST}", field=f"{where}.amountPerItemCents")
    return {
        "lineItem": None,
        "description": values["custom"],
        "reason": None,
        "dispatched": None,
        "amountPerItemCents": each,
        "amountCents": amount,
    }


def _of_invoice(request: Request, invoice: Record, values: Record, taken: list[Record], where: str) -> Record:
    line = found(request, "LineItem", values["lineItemId"], "lineItemId")
    if line.get("invoice") is not invoice:
        raise Refused(
            "line items must be part of the same invoice for which you are raising a refund request.",
            field=where.partition(".")[0],
        )
    dispatched, quantity = values.get("dispatched"), values["quantity"]
    if dispatched is None:
        dispatched = not awaiting_dispatch(line)
    left = line["quantity"]
    if not values.get("onlyRemittance"):
        left = quantity_left(line, dispatched=dispatched, taken=taken)
    if quantity > left:
        raise Refused(f"quantity must be less than or equal to {left}", field=f"{where}.quantity")
    amount = amount_of(line, quantity, taken=taken)
    return {
        "lineItem": line,
        "description": None,
        "reason": values["reason"],
        "dispatched": dispatched,
        "amountPerItemCents": amount // quantity,
        "amountCents": amount,
    }
