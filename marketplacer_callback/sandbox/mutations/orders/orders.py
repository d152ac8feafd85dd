"""Orders: made by the operator's shop, which has taken the payment, and updated by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import add_adjustments
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.inputs import address, external_ids, metadata
from marketplacer_callback.sandbox.mutations.orders.fulfilment import flagged, single_status
from marketplacer_callback.sandbox.mutations.orders.lines import (
    Group,
    check_stock,
    check_totals,
    grouped,
    is_taxed,
    read_group,
    read_lines,
    write_line,
)
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["ORDERS"]

BUYER: Final = ("firstName", "surname", "emailAddress", "phone", "companyName")
BILLING: Final = {f"billing{name[0].upper()}{name[1:]}": name for name in BUYER}
TOTALS: Final = ("subtotal", "taxTotal", "shippingCost", "discount")
PAYMENT_FLAGS: Final = {"COMPLETE": "PAID", "PENDING_REVIEW": "PAYMENT_UNDER_REVIEW"}


def order_create(request: Request, given: Record) -> Record:
    """``orderCreate``: a complete, paid order with one invoice for each seller; the stock goes down.

    There is no idempotency: the same call makes another order (documented). ``notifications`` are accepted and send
    nothing; ``notes`` and ``termsAndConditionsAccepted`` have no output in the schema.
    """
    groups = _read_groups(request, given)
    lines = [line for group in groups for line in group.lines]
    is_taxed(lines)
    check_totals(groups)
    stock = check_stock(lines)
    values = given["order"]
    addresses = _addresses(request, values)

    order = request.store.add("Order", status="COMPLETE", shipments=[], invoices=[])
    order |= _buyer(values) | {name: write() for name, write in addresses.items()}
    order.setdefault("address", None)
    order.setdefault("billingAddress", order["address"])
    names = ("isGift", "messageToGiftRecipient", "messageToSeller", "paymentGatewayDetails")
    order |= {name: values.get(name) for name in names}
    order["externalIds"] = external_ids(order, values.get("externalIds"))
    order["metadata"] = metadata(request, order, values.get("metadata"))
    order["invoices"] = [_write_invoice(request, order, group) for group in groups]
    order["lineItems"] = [line for invoice in order["invoices"] for line in invoice["lineItems"]]
    order |= _totals(order)
    _take(request, stock)
    return {"order": order}


def order_update(request: Request, given: Record) -> Record:
    """``orderUpdate``: the buyer's data, the details of the payment and the status, which is required (schema).

    The invoices show the buyer's data and are paid while the order is complete (a guess), so they change with it.
    """
    order = found(request, "Order", given["orderId"], "orderId")
    attributes: Record = given.get("attributes") or {}
    addresses = _addresses(request, attributes)

    placed = {name: write() for name, write in addresses.items()}
    names = (*BUYER, *BILLING, "messageToSeller")
    fields = {name: attributes[name] for name in names if name in attributes} | placed | {"status": given["status"]}
    if "paymentGatewayDetails" in given:
        fields["paymentGatewayDetails"] = given["paymentGatewayDetails"]
    after = {**order, **fields}
    now = request.store.now()
    together = [(invoice, _invoice_of(after, invoice, now)) for invoice in order["invoices"]]
    request.store.change_together([(order, fields), *together])
    return {"order": order}


def _read_groups(request: Request, given: Record) -> list[Group]:
    lines, invoices = given.get("lineItems"), given.get("invoices")
    if bool(lines) == bool(invoices):
        raise Refused("Either lineItems or invoices must be supplied, and not both", field="lineItems")
    if lines:
        return grouped(read_lines(request, lines))
    groups = [read_group(request, invoice) for invoice in invoices or ()]
    sellers = [(group.lines[0].seller["id"], group.lines[0].delivery) for group in groups]
    if len({*sellers}) < len(sellers):
        raise Refused("There must be one invoice for each seller", field="invoices")
    return groups


def _addresses(request: Request, values: Record) -> dict[str, Callable[[], Record]]:
    given = {name: values[name] for name in ("address", "billingAddress") if values.get(name)}
    return {name: address(request, one, field=f"order.{name}") for name, one in given.items()}


def _buyer(values: Record) -> Record:
    """The buyer's names; for billing they are the same unless given (by the schema)."""
    buyer = {name: values.get(name) for name in BUYER}
    return buyer | {
        name: values[name] if values.get(name) is not None else buyer[same] for name, same in BILLING.items()
    }


def _write_invoice(request: Request, order: Record, group: Group) -> Record:
    store, lines = request.store, group.lines
    invoice = store.add("Invoice", order=order, seller=lines[0].seller, deliveryType=lines[0].delivery)
    invoice |= {
        "statusFlags": ["PAID"],
        "status": "PAID",
        "paidAt": invoice["createdAt"],
        "shipments": [],
        "refundRequests": [],
        "annotations": [],
        "amendments": [],
        "shippingDescription": "Standard",
        "externalTaxApplied": is_taxed(lines),
        "taxRate": lines[0].rate,
        "postageTaxRate": lines[0].rate,
    }
    invoice |= _buyer_of(order)
    invoice["adjustments"] = add_adjustments(store, group.adjustments)
    written = invoice["lineItems"] = [write_line(request, invoice, line) for line in lines]
    adjustments = [*invoice["adjustments"], *(one for line in written for one in line["adjustments"])]
    shipping, shipping_tax = _sum(written, "postageCents"), sum(line.postage_tax for line in lines)
    total = _sum(written, "subtotalCents") + shipping
    promotions = [one for one in adjustments if one["adjustmentType"] == "PROMOTION"]
    invoice |= {
        "subtotalCents": _sum(written, "subtotalCents"),
        "shippingCostCents": shipping,
        "taxShippingCents": shipping_tax,
        "taxTotalCents": _sum(written, "taxTotalCents") + shipping_tax,
        "discountCents": _sum(promotions, "amountCents"),
        "totalCents": total,
        "totalIncludingAdjustmentsCents": total + _sum(adjustments, "amountCents"),
        "commissionAmountCents": _sum(written, "commissionAmountCents"),
    }
    invoice["externalIds"] = external_ids(invoice, group.given.get("externalIds"))
    invoice["metadata"] = metadata(request, invoice, group.given.get("metadata"))
    return invoice


def _totals(order: Record) -> Record:
    """The sums over the invoices. The order's total is what the buyer pays: the adjustments are in it (a guess)."""
    totals: dict[str, Any] = {}
    for name in TOTALS:
        cents = _sum(order["invoices"], f"{name}Cents")
        totals |= {f"{name}Cents": cents, name: cents / 100}
    total = _sum(order["invoices"], "totalIncludingAdjustmentsCents")
    return totals | {"totalCents": total, "total": total / 100, "postage": totals["shippingCost"]}


def _take(request: Request, stock: dict[str, int]) -> None:
    records = ((request.store.get(id_), left) for id_, left in stock.items())
    request.store.change_together([(record, {"countOnHand": left}) for record, left in records if record])


def _invoice_of(order: Record, invoice: Record, now: str) -> Record:
    """What of an invoice follows from its order."""
    flag = PAYMENT_FLAGS.get(order["status"])
    on = [flag] if flag else []
    flags = flagged(invoice["statusFlags"], on=on, off={*PAYMENT_FLAGS.values()} - {*on})
    paid_at = (invoice.get("paidAt") or now) if "PAID" in flags else None
    wanted = {**_buyer_of(order), "statusFlags": flags, "status": single_status(flags), "paidAt": paid_at}
    return {name: value for name, value in wanted.items() if invoice.get(name) != value}


def _buyer_of(order: Record) -> Record:
    return {
        "buyerFirstName": order.get("firstName"),
        "buyerSurname": order.get("surname"),
        "buyerEmailAddress": order.get("emailAddress"),
        "buyerPhone": order.get("phone"),
        "buyerMessageToSeller": order.get("messageToSeller"),
        "shippingAddress": order.get("address"),
        "buyerBillingAddress": order.get("billingAddress"),
    }


def _sum(records: Sequence[Record], name: str) -> int:
    return sum(record[name] for record in records)


ORDERS: Final[dict[str, Mutation]] = {
    "orderCreate": operator_only(order_create),
    "orderUpdate": operator_only(order_update),
}
