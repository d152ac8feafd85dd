"""Refund requests and their lines.

Which step is allowed when is in ``refund_states``. Each mutation checks all of its input, then writes one step.
"""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.inputs import external_ids, metadata
from marketplacer_callback.sandbox.mutations.refunds.approval import approve
from marketplacer_callback.sandbox.mutations.refunds.lines import checked_lines
from marketplacer_callback.sandbox.mutations.refunds.money import totals
from marketplacer_callback.sandbox.mutations.refunds.notes import Notes, checked_notes
from marketplacer_callback.sandbox.mutations.refunds.progress import BEFORE_DENIAL, Step
from marketplacer_callback.sandbox.mutations.refunds.refundable import quantity_left
from marketplacer_callback.sandbox.mutations.refunds.states import TRANSITIONS, reverted
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["REFUNDS"]


def refund_request_create(request: Request, values: Record) -> Record:
    """A buyer wants something back of an invoice. The lines start in the status that they are given."""
    invoice = found(request, "Invoice", values["invoiceId"], "invoiceId")
    if not values["lineItems"]:
        raise Refused("lineItems can't be blank", field="lineItems")
    notes = checked_notes(request, values["notes"])
    added = checked_lines(request, invoice, values["lineItems"], "lineItems")
    Step({"invoice": invoice, "lineItems": []}, added).check_amount()
    record = request.store.add(
        "RefundRequest",
        invoice=invoice,
        initiatedBy=values.get("initiatedBy") or "ADMIN",
        status="AWAITING",
        lineItems=[],
        notes=[],
        shipments=[],
        cashAmountCents=None,
        giftCardAmountCents=None,
        refundedAt=None,
    )
    record["externalIds"] = external_ids(record, values.get("externalIds"))
    record["metadata"] = metadata(request, record, values.get("metadata"))
    Step(record, added).write(request, notes, new=True)
    return {"refundRequest": record}


def refund_request_return(request: Request, values: Record) -> Record:
    """The goods are back, or the cancellation is confirmed: every open line is accepted."""
    step = _step(request, "refundRequestReturn", values)
    notes = checked_notes(request, values["notes"])
    return _finish(request, step, notes)


def refund_request_refund(request: Request, values: Record) -> Record:
    """The buyer has the money back. Without ``cashAmountCents`` all of it was cash (a guess)."""
    step = _step(request, "refundRequestRefund", values)
    notes = checked_notes(request, values["notes"])
    total, cash = totals(step.lines)["totalCents"], values.get("cashAmountCents")
    if cash is not None and not 0 <= cash <= total:
        raise Refused(f"cashAmountCents must be between 0 and {total}, the total to refund", field="cashAmountCents")
    _paid_back(request, step, total if cash is None else cash)
    return _finish(request, step, notes)


def refund_request_approve(request: Request, values: Record) -> Record:
    """The accepted lines are refunded, by a breakdown or by the invoice's own amounts, all of it in cash (a guess)."""
    step = _step(request, "refundRequestApprove", values)
    notes = checked_notes(request, [values["note"]] if values.get("note") else None, "note")
    approve(request, step, values)
    step.move(TRANSITIONS["refundRequestApprove"].lines)
    step.check_amount()
    _paid_back(request, step, totals(step.lines)["totalCents"])
    return _finish(request, step, notes)


def refund_request_deny(request: Request, values: Record) -> Record:
    """Every line that is not refunded is denied."""
    step = _step(request, "refundRequestDeny", values)
    return _finish(request, step, checked_notes(request, values["notes"]))


def refund_request_revert_denial(request: Request, values: Record) -> Record:
    """The lines that were denied last get back what the choice ``revert_to`` says. A line that had been denied before
    stays denied, and nothing is given back that was asked back otherwise in the meantime (guesses).
    """
    step = _step(request, "refundRequestRevertDenial", values)
    notes = checked_notes(request, values["notes"])
    target = request.choices.revert_to
    before = step.record.get(BEFORE_DENIAL) or {"status": "AWAITING", "lines": {}}
    statuses = before["lines"] or {one["id"]: _before_unknown(one) for one in step.record["lineItems"]}
    revived: list[Record] = []
    for line in step.record["lineItems"]:
        if line["id"] in statuses:
            changed = {"status": reverted(statuses[line["id"]], target), "denyRefundReason": None}
            _check_still_left(line, revived)
            step.change(line, **changed)
            revived += [{**line, **changed}] if line["status"] == "REFUND_DENIED" else []
    step.returned = (before["status"] if target == "before" else target) == "RETURNED"
    step.fields[BEFORE_DENIAL] = None
    step.check_amount()
    return _finish(request, step, notes)


def refund_line_accept(request: Request, values: Record) -> Record:
    """The buyer may keep the goods of the line, or they are back."""
    return _line(request, "refundRequestLineItemAccept", values)


def refund_line_return(request: Request, values: Record) -> Record:
    """The goods of the line are back."""
    return _line(request, "refundRequestLineItemReturn", values)


def refund_line_deny(request: Request, values: Record) -> Record:
    """The line is not refunded. Whether a seller may say so is the choice ``seller_denies``."""
    if request.role == "seller" and not request.choices.seller_denies:
        raise GraphQLError("permission denied: only accessible to operator admin users")
    if not values["denyRefundReason"].strip():
        raise Refused("denyRefundReason can't be blank", field="denyRefundReason")
    return _line(request, "refundRequestLineItemDeny", values, denyRefundReason=values["denyRefundReason"])


def _step(request: Request, mutation: str, values: Record) -> Step:
    """The step that a mutation is about to take with a whole request, its input's new lines added.

    Raises ``NotFound``, or ``Refused`` if the request's status does not allow it.
    """
    record = found(request, "RefundRequest", values["refundRequestId"], "refundRequestId")
    transition = TRANSITIONS[mutation]
    if record["status"] not in transition.requests:
        raise Refused(transition.refusal)
    given = values.get("newLineItems")
    added = checked_lines(request, record["invoice"], given, "newLineItems", custom_only=True)
    step = Step(record, added, transition.returned or record["status"] == "RETURNED")
    step.move(transition.lines)
    if added or mutation == "refundRequestRefund":
        step.check_amount()
    return step


def _finish(request: Request, step: Step, notes: Notes) -> Record:
    step.write(request, notes)
    return {"refundRequest": step.record}


def _line(request: Request, mutation: str, values: Record, **fields: str) -> Record:
    line = found(request, "RefundRequestLineItem", values["refundRequestLineItemId"], "refundRequestLineItemId")
    transition, record = TRANSITIONS[mutation], line["refundRequest"]
    if line["status"] not in transition.lines:
        raise Refused(transition.line_refusal)
    if record["status"] not in transition.requests:
        raise Refused(transition.refusal)
    notes = checked_notes(request, values["notes"])
    step = Step(record, returned=record["status"] == "RETURNED")
    step.change(line, status=transition.lines[line["status"]], **fields)
    step.write(request, notes, about=line)
    return {"refundRequestLineItem": line}


def _paid_back(request: Request, step: Step, cash: int) -> None:
    """What is not cash can only be for gift cards: the schema has no third way (a guess)."""
    total = totals(step.lines)["totalCents"]
    step.fields |= {
        "cashAmountCents": cash,
        "giftCardAmountCents": total - cash,
        "refundedAt": request.store.now(),
    }


def _before_unknown(line: Record) -> str:
    return "AWAITING_RETURN" if line["status"] == "REFUND_DENIED" else str(line["status"])


def _check_still_left(line: Record, revived: list[Record]) -> None:
    bought = line.get("lineItem")
    if not bought or line.get("onlyRemittance"):
        return
    left = quantity_left(bought, dispatched=line.get("dispatched") is not False, taken=revived)
    if line["status"] == "REFUND_DENIED" and line["quantity"] > left:
        raise Refused(f"quantity must be less than or equal to {left}: items were asked back in another refund request")


REFUNDS: Final[dict[str, Mutation]] = {
    "refundRequestCreate": refund_request_create,
    "refundRequestReturn": refund_request_return,
    "refundRequestRefund": operator_only(refund_request_refund),
    "refundRequestApprove": operator_only(refund_request_approve),
    "refundRequestDeny": operator_only(refund_request_deny),
    "refundRequestRevertDenial": operator_only(refund_request_revert_denial),
    "refundRequestLineItemAccept": refund_line_accept,
    "refundRequestLineItemReturn": refund_line_return,
    "refundRequestLineItemDeny": refund_line_deny,
}
