"""Orders, shipments and invoices by real documents, with or without HTTP."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey

ERRORS = "status errors { field messages }"
ORDER = """id legacyId status subtotalCents shippingCostCents taxTotalCents discountCents totalCents total
  firstName surname billingFirstName billingSurname emailAddress billingEmailAddress phone isGift messageToSeller
  paymentGatewayDetails aggregateInvoiceStatus aggregateInvoiceStatusFinal
  address { address city postcode fullAddress country { code } state { short } } billingAddress { id city }
  externalIds { key value owner { id } } metadata { key value }
  lineItems(first: 50) { nodes { id } }
  invoices(first: 20) { nodes { id status statusFlags deliveryType seller { id } paidAt externalTaxApplied
    subtotalCents shippingCostCents taxShippingCents taxTotalCents discountCents totalCents
    totalIncludingAdjustmentsCents commissionAmountCents buyerFirstName buyerMessageToSeller shippingAddress { city }
    externalIds { key value } metadata { key value }
    adjustments { adjustmentType amountCents description amountToWithholdFromSellerRemittanceCents }
    lineItems { id variantId variantSku quantity quantityAwaitingDispatch quantityReturnable status statusFull
      itemAmountCents subtotalCents postageCents totalCents taxTotalCents taxRate discountCents
      externalIds { key value } metadata { key value } adjustments { amountCents } } } }"""
ORDER_CREATE = f"""mutation($input: OrderCreateMutationInput!) {{
  orderCreate(input: $input) {{ {ERRORS} order {{ {ORDER} }} }} }}"""
ORDER_UPDATE = f"""mutation($input: OrderUpdateMutationInput!) {{
  orderUpdate(input: $input) {{ {ERRORS} order {{ {ORDER} }} }} }}"""
SHIPMENT = """id carrier trackingNumber trackingLink homepageLink dispatchedAt note shippedFrom { id }
  invoice { id status statusFlags lineItems { id status statusFull quantityAwaitingDispatch quantityReturnable
    shipments { id } shipment { id } } shipments { id } }
  shippedItems { quantity lineItem { id } } statusLog(first: 10) { nodes { status } }"""
SHIPMENT_CREATE = f"""mutation($input: ShipmentCreateMutationInput!) {{
  shipmentCreate(input: $input) {{ {ERRORS} shipment {{ {SHIPMENT} }} }} }}"""
ADDRESS = {"address": "1 Quay Street", "city": "Hobart", "postcode": "7000", "state": {"short": "TAS"}}


def run(sandbox: Sandbox, text: str, given: Record, key: ApiKey = OPERATOR) -> dict[str, Any]:
    """The whole answer to a mutation with ``$input``, without HTTP."""
    return sandbox.executor.run(text, {"input": given}, None, sandbox.request(key=key))


def payload(sandbox: Sandbox, text: str, given: Record, key: ApiKey = OPERATOR) -> dict[str, Any]:
    """The payload of the one mutation of the text, in an answer without errors."""
    answer = run(sandbox, text, given, key)
    assert "errors" not in answer, answer["errors"]
    (result,) = answer["data"].values()
    return dict(result)


def refusal(sandbox: Sandbox, text: str, given: Record, key: ApiKey = OPERATOR) -> tuple[int, str, str]:
    """Status, field and message of a mutation that is refused; nothing was written."""
    sandbox.store.drain()
    result = payload(sandbox, text, given, key)
    assert sandbox.store.drain() == []
    objects = {value for name, value in result.items() if name not in ("status", "errors")}
    assert objects == {None}
    ((field, messages),) = ((error["field"], error["messages"]) for error in result["errors"])
    (message,) = messages
    return result["status"], field, message


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What was written since the last time, as (type, event), of the types that a webhook may have here."""
    types = {"Order", "Invoice", "Variant", "Advert", "Shipment", "ReturnShipment", "RefundRequest", "Remittance"}
    types |= {"InvoiceAnnotation", "InvoiceAmendment"}
    return sorted((one.typename, one.event_name) for one in sandbox.store.drain() if one.typename in types)


def variants(sandbox: Sandbox, count: int, *, sellers: int = 1, stock: int = 10) -> list[Record]:
    """Variants of so many sellers, one after the other, each of another product, priced 25.00, with that stock."""
    by_seller: dict[str, list[Record]] = {}
    for advert in sandbox.store.all("Advert"):
        by_seller.setdefault(advert["seller"]["id"], []).append(advert["variants"][0])
    chosen = [list(by_seller.values())[number % sellers][number // sellers] for number in range(count)]
    for variant in chosen:
        variant |= {"countOnHand": stock, "infiniteQuantity": False, "lowestPriceCents": 2500}
    return chosen


def ordered(sandbox: Sandbox, *quantities: int, **of_line: Any) -> Record:
    """The record of an invoice of a fresh order: a line for each quantity, one seller, 10.00 an item."""
    stock = variants(sandbox, len(quantities))
    lines = [
        {"variantId": variant["id"], "quantity": quantity, "cost": {"amount": 1000 * quantity}, **of_line}
        for variant, quantity in zip(stock, quantities, strict=True)
    ]
    result = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})
    assert result["errors"] is None
    (made,) = result["order"]["invoices"]["nodes"]
    invoice = sandbox.store.get(made["id"])
    assert invoice is not None
    sandbox.store.drain()
    return invoice


def shipped(sandbox: Sandbox, invoice: Record, *quantities: int, **given: Any) -> Record:
    """The input of a shipment of so many of each of the invoice's lines; 0: none of it."""
    carrier = sandbox.store.all("ShipmentCarrier")[0]
    items = [
        {"lineItemId": line["id"], "quantity": quantity}
        for line, quantity in zip(invoice["lineItems"], quantities, strict=True)
        if quantity
    ]
    return {
        "invoiceId": invoice["id"],
        "dispatchedAt": invoice["createdAt"][:10],
        "postageCarrierId": carrier["id"],
        "trackingNumber": "T-1",
        "shippedItems": items,
        **given,
    }


def seller_key(seller: Record) -> ApiKey:
    """A key of that seller."""
    return ApiKey("", "seller", seller["id"])
