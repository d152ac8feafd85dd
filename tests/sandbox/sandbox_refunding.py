"""Refunds and remittances by real documents, without HTTP, on an invoice whose amounts are known to the cent."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.orders import new_order
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey
from marketplacer_callback.typenames import WEBHOOK_TYPES

REQUEST = """id status initiatedBy totalCents refundAmountCents requestValueCents recoveredAmountCents cashAmountCents
  giftCardAmountCents lineItemAmountTotalCents lineItemTaxTotalCents commissionAmountTotalCents commissionTaxTotalCents
  remittanceAmountTotalCents remittanceTaxTotalCents refundedAt externalIds { key value } metadata { key value }
  notes { newStatus note timestamp ipAddress attachments { filename } refundRequest { id }
    refundRequestLineItem { id } }
  lineItems { id status quantity amountCents amountPerItemCents reason description dispatched onlyRemittance
    denyRefundReason lineItem { id status statusFull quantityReturnable quantityAwaitingDispatch }
    lineItemAmountCents lineItemTaxCents commissionAmountCents commissionTaxCents remittanceAmountCents
    remittanceTaxCents externalIds { key value } metadata { key value } refundRequest { id status }
    notes { newStatus note timestamp } }
  invoice { id statusFlags status remittedAt amendments { id totalCents taxCents remittanceCents remittedAt
    commissionAmountTotalCents lineItemAmountTotalCents lineItemTaxTotalCents remittanceAmountTotalCents
    lineItems { quantity amountCents totalCents taxCents status custom dispatched lineItem { id }
      commissionAmountCents remittanceAmountCents } } }"""
LINE = """id status denyRefundReason notes { newStatus note } refundRequest { id status notes { newStatus note } }"""
ADVICE = """id totalCents totalPaidCents paidAt paymentReference attachments { id filename }
  remittances { id invoice { id remittedAt statusFlags } invoiceAmendment { id remittedAt } }"""
REMITTANCES = "id released pendingReasons amountCents"
SHOWN = {
    "refundRequest": ("refundRequest", REQUEST),
    "refundRequestLineItem": ("refundRequestLineItem", LINE),
    "remittanceAdvice": ("remittanceAdvice", ADVICE),
    "remittances": ("remittances", REMITTANCES),
}
WHOLE = (
    "refundRequestReturn",
    "refundRequestRefund",
    "refundRequestApprove",
    "refundRequestDeny",
    "refundRequestRevertDenial",
)
OF_LINE = ("refundRequestLineItemAccept", "refundRequestLineItemReturn", "refundRequestLineItemDeny")
SHIPPING = 995


def document(mutation: str) -> str:
    """A mutation with ``$input``."""
    kind = "refundRequest"
    for prefix, shown in (("refundRequestLineItem", "refundRequestLineItem"), ("remittanceAdvice", "remittanceAdvice")):
        kind = shown if mutation.startswith(prefix) else kind
    kind = "remittances" if mutation == "remittancesRelease" else kind
    type_ = mutation[0].upper() + mutation[1:] + ("Input" if mutation == "refundRequestApprove" else "MutationInput")
    return f"""mutation($input: {type_}!) {{ {mutation}(input: $input) {{ status errors {{ field messages }}
      {kind} {{ {SHOWN[kind][1]} }} }} }}"""


def run(sandbox: Sandbox, mutation: str, given: Record, key: ApiKey = OPERATOR) -> dict[str, Any]:
    """The whole answer."""
    return sandbox.executor.run(document(mutation), {"input": given}, None, sandbox.request(key=key))


def done(sandbox: Sandbox, mutation: str, key: ApiKey = OPERATOR, **given: Any) -> Any:
    """What a mutation that succeeds shows."""
    answer = run(sandbox, mutation, given, key)
    assert "errors" not in answer, answer["errors"]
    result = answer["data"][mutation]
    assert (result.pop("status"), result.pop("errors")) == (200, None), (mutation, answer)
    (shown,) = result.values()
    return shown


def refused(sandbox: Sandbox, mutation: str, key: ApiKey = OPERATOR, **given: Any) -> str:
    """The message of a mutation that is refused: in the payload, or of the whole answer. Nothing was written."""
    sandbox.store.drain()
    answer = run(sandbox, mutation, given, key)
    assert sandbox.store.drain() == []
    if "errors" in answer:
        assert answer["data"] == {mutation: None}
        return str(answer["errors"][0]["message"])
    result = answer["data"][mutation]
    assert result["status"] in (404, 422)
    (error,) = result["errors"]
    (message,) = error["messages"]
    assert {value for name, value in result.items() if name not in ("status", "errors")} == {None}
    return str(message)


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The (type, event) of what was written since the last time, of the types that have a webhook, in order."""
    return [(one.typename, one.event_name) for one in sandbox.store.drain() if one.typename in WEBHOOK_TYPES]


def invoice_of(sandbox: Sandbox, *lines: tuple[int, int], sent: bool = True) -> Record:
    """A paid invoice with lines of so many items and cents in all, and 9.95 postage; sent or all of it waiting.

    The commission is a tenth, the tax included an eleventh.
    """
    store = sandbox.store
    seller = store.all("Seller")[0]
    variants = [variant for variant in store.all("Variant") if variant["advert"]["seller"] is seller][: len(lines)]
    invoice: Record = new_order(store, variants)["invoices"][0]
    for line, (quantity, total) in zip(invoice["lineItems"], lines, strict=True):
        line |= {"quantity": quantity, "itemAmountCents": total // quantity, "subtotalCents": total}
        line |= {"totalCents": total, "taxTotalCents": total // 11, "commissionAmountCents": total // 10}
        line |= {"quantityAwaitingDispatch": 0 if sent else quantity, "quantityReturnable": quantity if sent else 0}
        line |= {"statusFull": "SHIPPED"} if sent else {}
    total = sum(cents for _, cents in lines) + SHIPPING
    invoice |= {"totalCents": total, "totalIncludingAdjustmentsCents": total}
    if sent:
        shipment = store.add("Shipment", invoice=invoice, shippedItems=[])
        for line in invoice["lineItems"]:
            line["shipments"] = [shipment]
        invoice["statusFlags"] = ["PAID", "SENT"]
        store.add("Remittance", invoice=invoice, invoiceAmendment=None, seller=seller, amountCents=total, released=True)
        store.all("Remittance")[-1] |= {"pendingReasons": [], "remittanceAdvice": None}
    store.drain()
    return invoice


def wants(invoice: Record, number: int = 0, quantity: int = 1, **more: Any) -> Record:
    """The input for items of the invoice's line."""
    return {"lineItemId": invoice["lineItems"][number]["id"], "reason": "Too small", "quantity": quantity, **more}


def custom(cents: int, quantity: int = 1, **more: Any) -> Record:
    """The input for a custom line."""
    return {"custom": "Return postage", "amountPerItemCents": cents, "quantity": quantity, **more}


def created(sandbox: Sandbox, invoice: Record, *lines: Record, key: ApiKey = OPERATOR, **more: Any) -> Any:
    """A refund request as the API shows it."""
    given = {"invoiceId": invoice["id"], "lineItems": list(lines), "notes": [{"note": "Please"}], **more}
    return done(sandbox, "refundRequestCreate", key, **given)


def reach(sandbox: Sandbox, status: str, invoice: Record | None = None) -> Any:
    """A refund request of one item, brought to a status by mutations; ``PENDING`` is ``AWAITING`` with a line that is
    pending approval, ``REFUND_ACCEPTED`` and ``REFUND_DENIED`` are set from outside, as nothing leads there.
    """
    invoice = invoice or invoice_of(sandbox, (1, 1_000))
    start = {"PENDING": "PENDING_APPROVAL", "PROCESSED": "REFUND_ACCEPTED"}.get(status, "AWAITING_RETURN")
    request = created(sandbox, invoice, wants(invoice, status=start))
    steps = {
        "RETURNED": ["refundRequestReturn"],
        "REFUNDED": ["refundRequestReturn", "refundRequestRefund"],
        "DENIED": ["refundRequestDeny"],
    }
    for mutation in steps.get(status, []):
        request = done(sandbox, mutation, refundRequestId=request["id"], notes=[])
    if status in ("REFUND_ACCEPTED", "REFUND_DENIED"):
        sandbox.store.change("RefundRequest", request["id"], status=status)
    sandbox.store.drain()
    return request


def given_for(mutation: str, request: Any) -> Record:
    """The input of a step with a request that exists, or with its first line."""
    if mutation in OF_LINE:
        given: Record = {"refundRequestLineItemId": request["lineItems"][0]["id"], "notes": [{"note": "A word"}]}
        return given | ({"denyRefundReason": "Worn"} if mutation.endswith("Deny") else {})
    note: Record = {"note": "A word"}
    return {"refundRequestId": request["id"]} | ({"note": note} if mutation.endswith("Approve") else {"notes": [note]})
