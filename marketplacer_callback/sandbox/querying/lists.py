"""The root lists of the schema: what each lists, by what it can be filtered, in which order it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from marketplacer_callback.sandbox.data import money
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying import catalogue_filters as catalogue
from marketplacer_callback.sandbox.querying import trade_filters as trade
from marketplacer_callback.sandbox.querying.filters import Filter, Filters, since
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.sorting import AS_CREATED, Reader, Sorting, as_text

__all__ = ["LISTS", "RootList"]

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RootList:
    """A root field that is a connection of the objects of a type.

    ``operator_only``: an error with a seller's key. ``deleted``: destroyed objects are listed too, always or where an
    argument of that name is true; ``deleted_for``: only so long after it. ``filtered_only``: without a filter nothing
    is listed. ``unless_given``: what takes the place of arguments that are missing, null or empty. ``sorting``: the
    order without a sort. ``readers``: how to read what a list can be sorted by and no record holds. ``summary``:
    further fields of the connection, of all that is listed, not of the page alone.
    """

    typename: str
    filters: Filters = field(default_factory=lambda: NOTHING)
    operator_only: bool = False
    deleted: bool | str = False
    deleted_for: timedelta | None = None
    filtered_only: bool = False
    unless_given: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    sorting: Sorting = AS_CREATED
    readers: Callable[[Request], Mapping[str, Reader]] = lambda _request: NOTHING
    summary: Callable[[Request, Sequence[Record]], Record] | None = None

    @property
    def known(self) -> Mapping[str, Any]:
        """The arguments that have an effect."""
        also = [self.deleted] if isinstance(self.deleted, str) else []
        return {**self.filters, **dict.fromkeys(["sort", *also])}


def _rated(_request: Request) -> Mapping[str, Reader]:
    return {"slaRating": lambda seller: as_text(seller.get("slaRating"))}


def _counted(request: Request) -> Mapping[str, Reader]:
    counts: dict[str, int] = {}
    for seller in request.store.all("Seller"):
        id_ = (seller.get("commissionPackage") or {}).get("id", "")
        counts[id_] = counts.get(id_, 0) + 1
    return {
        "defaultRate": lambda package: as_text(package.get("rate")),
        "sellersCount": lambda package: as_text(counts.get(package["id"], 0)),
        "customRatesCount": lambda package: as_text(len(package.get("customCommissionRates") or ())),
    }


def _total(request: Request, remittances: Sequence[Record]) -> Record:
    currency = request.store.currency
    total = money.amount(sum(remittance["amountCents"] for remittance in remittances), currency)
    return {"totalRemittanceAmount": {"__typename": "Money", "amount": str(total), "currencyCode": currency}}


UPDATED_SINCE: Final[Mapping[str, Filter]] = {"updatedSince": since("updatedAt")}
LISTS: Final[Mapping[str, RootList]] = {
    "advertsWhere": RootList("Advert", catalogue.ADVERTS_WHERE, filtered_only=True),
    "allAdverts": RootList("Advert", catalogue.ALL_ADVERTS, deleted=True, deleted_for=timedelta(days=30)),
    "allSellers": RootList(
        "Seller",
        catalogue.ALL_SELLERS,
        operator_only=True,
        deleted="includeDeleted",
        unless_given={"accountType": ["RETAILER", "PROSPECTIVE"]},
        sorting=Sorting((("updatedAt", False),)),
        readers=_rated,
    ),
    "brands": RootList("Brand", catalogue.BRANDS),
    "commissionPackages": RootList(
        "CommissionPackage", catalogue.COMMISSION_PACKAGES, sorting=Sorting((("name", False),)), readers=_counted
    ),
    "invoiceAmendments": RootList("InvoiceAmendment", trade.INVOICE_AMENDMENTS),
    "invoiceAnnotationType": RootList("InvoiceAnnotationType"),
    "invoices": RootList("Invoice", trade.INVOICES),
    "refundRequestNotes": RootList("RefundRequestNote", trade.REFUND_REQUEST_NOTES),
    "refundRequests": RootList("RefundRequest", trade.REFUND_REQUESTS),
    "remittanceAdvices": RootList("RemittanceAdvice", trade.REMITTANCE_ADVICES),
    "remittances": RootList("Remittance", trade.REMITTANCES, operator_only=True, summary=_total),
    "sellersWhere": RootList("Seller", catalogue.SELLERS_WHERE, readers=_rated),
    "shipmentCarriers": RootList("ShipmentCarrier"),
    "shippingOptions": RootList("ShippingOption", trade.SHIPPING_OPTIONS),
    "taxons": RootList("Taxon", catalogue.TAXONS),
    "updatedOrders": RootList("Order", UPDATED_SINCE, operator_only=True),
    "updatedRefundRequests": RootList("RefundRequest", UPDATED_SINCE),
    "variantsWhere": RootList("Variant", catalogue.VARIANTS_WHERE, filtered_only=True),
}
