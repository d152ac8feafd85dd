"""The lines of an order that is to be made: what each costs, who sells it, and whether there is enough of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import (
    LARGEST,
    add_adjustments,
    check_adjustments,
    share,
    tax_rate,
    tax_within,
    unit_price,
)
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.mutations.inputs import external_ids, metadata
from marketplacer_callback.sandbox.querying.request import Request

__all__ = [
    "Group",
    "Line",
    "check_stock",
    "check_totals",
    "grouped",
    "is_taxed",
    "read_group",
    "read_lines",
    "write_line",
]

COMMISSION_PERCENT: Final = 12.5  # of a seller who has no rate of its own


@dataclass(frozen=True, slots=True)
class Line:
    """One line, checked. Amounts are in cents; ``each`` × quantity is the subtotal, which includes the tax."""

    variant: Record
    inventory: Record | None
    quantity: int
    each: int
    tax: int
    rate: float
    postage: int
    postage_tax: int
    delivery: str
    adjustments: list[Record]
    given: Record

    @property
    def seller(self) -> Record:
        """Who sells it."""
        seller: Record = self.variant["advert"]["seller"]
        return seller


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one invoice, and what the input says of that invoice (nothing, if it names only lines)."""

    lines: Sequence[Line]
    adjustments: list[Record]
    given: Record


def read_lines(request: Request, given: Sequence[Record]) -> list[Line]:
    """The lines, each checked by itself. Raises ``Refused``, ``NotFound`` for an unknown variant or inventory."""
    return [_read(request, line) for line in given]


def is_taxed(lines: Iterable[Line]) -> bool:
    """Whether the input states the taxes. Documented: it states them for all lines or for none; raises ``Refused``."""
    stated = {(line.given.get("cost") or {}).get("tax") is not None for line in lines}
    if len(stated) > 1:
        raise Refused("Tax must be supplied for all line items or for none of them", field="lineItems")
    return True in stated


def check_totals(groups: Sequence[Group]) -> None:
    """Refuse amounts whose sum the schema's ``Int`` cannot show. Raises ``Refused``."""
    lines = [line for group in groups for line in group.lines]
    adjustments = [one for line in lines for one in line.adjustments]
    adjustments += [one for group in groups for one in group.adjustments]
    amount = sum(line.each * line.quantity + line.postage + line.tax + line.postage_tax for line in lines)
    if amount + sum(abs(one["amountCents"]) for one in adjustments) > LARGEST:
        raise Refused(f"Total must be less than or equal to {LARGEST}", field="lineItems")


def check_stock(lines: Iterable[Line]) -> dict[str, int]:
    """Variant or inventory id → the stock that stays, for those that have an end.

    Documented: not more may be ordered than ``countOnHand``; raises ``Refused`` for the first that is.
    """
    wanted: Counter[str] = Counter()
    stocks: dict[str, Record] = {}
    for line in lines:
        for stock in filter(None, (line.variant, line.inventory)):
            if not stock.get("infiniteQuantity"):
                stocks[stock["id"]] = stock
                wanted[stock["id"]] += line.quantity
    for id_, quantity in wanted.items():
        on_hand = stocks[id_]["countOnHand"]
        if quantity > on_hand:
            raise Refused(f"Quantity must be less than or equal to {on_hand} for variant {id_}", field="quantity")
    return {id_: stocks[id_]["countOnHand"] - quantity for id_, quantity in wanted.items()}


def grouped(lines: Sequence[Line]) -> list[Group]:
    """The invoices that lines are split into: one for each seller (documented), and for each way of delivery, of which
    an invoice has one.
    """
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.seller["id"], line.delivery), []).append(line)
    return [Group(of_one, [], {}) for of_one in groups.values()]


def read_group(request: Request, given: Record) -> Group:
    """An invoice of the input. Its lines are one seller's and delivered in one way; raises ``Refused``."""
    lines = read_lines(request, given["lineItems"])
    if not lines:
        raise Refused("Line items can't be blank", field="invoices")
    if len({line.seller["id"] for line in lines}) > 1:
        raise Refused("Line items of an invoice must belong to one seller", field="invoices")
    if len({line.delivery for line in lines}) > 1:
        raise Refused("Line items of an invoice must have one delivery type", field="invoices")
    return Group(lines, check_adjustments(given.get("adjustments")), given)


def write_line(request: Request, invoice: Record, line: Line) -> Record:
    """The record of a line, with the copied fields of what is sold."""
    store, variant, advert = request.store, line.variant, line.variant["advert"]
    seller, subtotal = invoice["seller"], line.each * line.quantity
    percent = seller.get("baseCommissionRate")
    percent = float(COMMISSION_PERCENT if percent is None else percent)
    record = store.add("LineItem", invoice=invoice, variant=variant, advert=advert, quantity=line.quantity)
    record |= {
        "status": "ALLOCATED",
        "statusFull": "ALLOCATED",
        "quantityAwaitingDispatch": line.quantity,
        "quantityReturnable": 0,
        "shipments": [],
        "inventory": line.inventory,
        "image": advert.get("displayImage"),
        "advertId": advert["id"],
        "advertLegacyId": advert["legacyId"],
        "advertTitle": advert.get("title"),
        "advertCode": advert.get("code"),
        "brandName": (advert.get("brand") or {}).get("name"),
        "variantId": variant["id"],
        "variantLegacyId": variant["legacyId"],
        "variantName": variant.get("label"),
        "variantSku": variant.get("sku"),
        "variantBarcode": variant.get("barcode"),
    }
    adjustments = add_adjustments(store, line.adjustments)
    record |= {
        "itemAmountCents": line.each,
        "subtotalCents": subtotal,
        "postageCents": line.postage,
        "postageTaxRate": line.rate,
        "totalCents": subtotal + line.postage,
        "taxTotalCents": line.tax,
        "taxRate": line.rate,
        "discountCents": sum(one["amountCents"] for one in adjustments if one["adjustmentType"] == "PROMOTION"),
        "commissionAmountCents": share(subtotal, percent),
        "commissionRate": str(percent),
        "adjustments": adjustments,
    }
    record["externalIds"] = external_ids(record, line.given.get("externalIds"))
    record["metadata"] = metadata(request, record, line.given.get("metadata"))
    return record


def _read(request: Request, given: Record) -> Line:
    variant = found(request, "Variant", given["variantId"], "variantId")
    quantity = given["quantity"]
    if quantity < 1:
        raise Refused("Quantity must be greater than 0", field="quantity")
    inventory = found(request, "Inventory", given["inventoryId"], "inventoryId") if given.get("inventoryId") else None
    if inventory is not None and not any(one is inventory for one in variant.get("inventories") or ()):
        raise Refused("The variant of the inventory must be the line item's variant", field="inventoryId")
    cost, postage = _money(given, "cost", "totalCents"), _money(given, "postage", "postageCents") or {"amount": 0}
    if cost is None:
        cost = {"amount": (variant.get("lowestPriceCents") or 0) * quantity}
    each, rate = unit_price(cost["amount"], quantity), tax_rate(cost, variant)
    stated, postage_rate = cost.get("tax"), tax_rate(postage if "taxRate" in postage else cost, variant)
    implied = tax_within(postage["amount"], postage_rate) if stated is None else 0
    return Line(
        variant=variant,
        inventory=inventory,
        quantity=quantity,
        each=each,
        tax=tax_within(each * quantity, rate) if stated is None else stated,
        rate=rate,
        postage=postage["amount"],
        postage_tax=implied if postage.get("tax") is None else postage["tax"],
        delivery=given.get("deliveryType") or "BUY_ONLINE",
        adjustments=check_adjustments(given.get("adjustments")),
        given=given,
    )


def _money(given: Record, name: str, deprecated: str) -> Record | None:
    """The input's ``cost`` or ``postage``; without it, the deprecated field of cents."""
    money: Record | None = given.get(name)
    if money is None and given.get(deprecated) is not None:
        money = {"amount": given[deprecated]}
    if money is not None and (money["amount"] < 0 or (money.get("tax") or 0) < 0):
        raise Refused(f"{name.capitalize()} must be greater than or equal to 0", field=name)
    return money
