"""The filters of lists of products, categories, brands and sellers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.querying.filters import (
    Filter,
    Filters,
    Test,
    among,
    any_of,
    either,
    equal,
    external_id,
    flag,
    id_among,
    named,
    own_sellers,
    since,
    until,
    words,
)
from marketplacer_callback.sandbox.querying.request import Request

__all__ = [
    "ADVERTS_WHERE",
    "ALL_ADVERTS",
    "ALL_SELLERS",
    "BRANDS",
    "COMMISSION_PACKAGES",
    "SELLERS_WHERE",
    "TAXONS",
    "VARIANTS_WHERE",
    "displayable",
    "taxons_of",
    "with_online_adverts",
]


def displayable(record: Record) -> bool:
    """Whether an advert or a variant is displayed: published, and not marked as not displayable."""
    return record.get("published", True) is not False and bool(record.get("displayable", True))


def taxons_of(advert: Record) -> list[str]:
    """The ids of the categories that an advert is in."""
    taxons = [advert.get("taxonNullable") or advert.get("taxon"), *(advert.get("secondaryTaxons") or ())]
    return [taxon["id"] for taxon in taxons if taxon]


def with_online_adverts(store: Store, typename: str) -> set[str]:
    """The ids of the brands, or of the categories and those above them, that adverts which are online are in."""
    adverts = [one for one in store.all("Advert") if one.get("online", True) and displayable(one)]
    if typename == "Brand":
        return {advert["brand"]["id"] for advert in adverts if advert.get("brand")}
    return set(chain.from_iterable(_upwards(store, id_) for id_ in {id_ for one in adverts for id_ in taxons_of(one)}))


def _upwards(store: Store, id_: str) -> Iterable[str]:
    taxon = store.get(id_)
    while taxon:
        yield taxon["id"]
        taxon = taxon.get("parent")


def _online(typename: str) -> Filter:
    def filter_(value: bool, request: Request) -> Test | None:
        if not value:
            return None
        online = with_online_adverts(request.store, typename)
        return lambda record: record["id"] in online

    return filter_


def _with_descendants(values: list[str], request: Request) -> Test:
    wanted = {one["id"] for one in request.store.all("Taxon") if set(_upwards(request.store, one["id"])) & set(values)}
    return lambda advert: not wanted.isdisjoint(taxons_of(advert))


def _status(value: str, _request: Request) -> Test:
    if value == "FEATURED":
        return lambda advert: bool(advert.get("isFeatured"))
    return lambda advert: displayable(advert) is (value == "DISPLAYED")


def _stock(value: str, _request: Request) -> Test:
    return lambda advert: any(map(_stocked, advert.get("variants") or ())) is (value == "HAS_STOCK")


def _stocked(variant: Record) -> bool:
    return bool(variant.get("infiniteQuantity")) or (variant.get("countOnHand") or 0) > 0


def _of_variants(name: str) -> Filter:
    return any_of(lambda advert: [variant.get(name) for variant in advert.get("variants") or ()])


def _quantity_from(value: int, _request: Request) -> Test:
    return lambda variant: (variant.get("countOnHand") or 0) >= value


def _quantity_to(value: int, _request: Request) -> Test:
    return lambda variant: (variant.get("countOnHand") or 0) <= value


def _everywhere(advert: Record) -> Iterable[Any]:
    variants = advert.get("variants") or ()
    return [advert.get("title"), *(variant.get(name) for variant in variants for name in ("sku", "barcode"))]


def _no_one(_value: Any, _request: Request) -> Test:
    return lambda _record: False


def _of_advert(filters: Mapping[str, Filter]) -> Filters:
    """Filters of adverts as filters of their variants."""

    def lifted(filter_: Filter) -> Filter:
        def lift(value: Any, request: Request) -> Test | None:
            test = filter_(value, request)
            return None if test is None else lambda variant: test(variant["advert"])

        return lift

    return {name: lifted(filter_) for name, filter_ in filters.items()}


def _account_type(values: list[str], _request: Request) -> Test:
    return lambda seller: _type_of_account(seller) in values


def _type_of_account(seller: Record) -> str:
    if seller.get("accountType"):
        return str(seller["accountType"]).upper()
    if seller.get("isPrivate"):
        return "PRIVATE"
    return "RETAILER" if seller.get("isRetailer", True) else "PROSPECTIVE"


def _rated(value: Record, _request: Request) -> Test:
    low, high = value.get("gte"), value.get("lte")

    def test(seller: Record) -> bool:
        rating = seller.get("slaRating")
        return rating is not None and (low is None or rating >= low) and (high is None or rating <= high)

    return test


def _package_named(value: str, _request: Request) -> Test:
    wanted = value.casefold()
    if wanted == "default":
        return lambda package: bool(package.get("default"))
    return lambda package: wanted in str(package.get("name") or "").casefold()


def _packages_of(values: list[str], request: Request) -> Test:
    own = request.own_seller
    ids = [own["id"]] if own else values
    sellers = [seller for seller in map(request.store.get, ids) if seller]
    packages = {seller["commissionPackage"]["id"] for seller in sellers if seller.get("commissionPackage")}
    return lambda package: package["id"] in packages


_ADVERTS: Final[Mapping[str, Filter]] = {
    "brandIds": id_among("brand"),
    "externalId": external_id,
    "legacyIds": among("legacyId"),
    "q": words(lambda advert: [advert.get("title")], "legacyId"),
    "status": _status,
    "taxonIds": any_of(taxons_of),
    "title": named("title"),
}
ADVERTS_WHERE: Final[Filters] = {
    **_ADVERTS,
    "createdSince": since("createdAt"),
    "createdUntil": until("createdAt"),
    "failedCatalogRuleIds": _no_one,  # the store knows of no catalog rules
    "idTitleSkuBarcode": words(_everywhere, "legacyId"),
    "rejectedViaVetting": flag(lambda advert: bool(advert.get("vettingRejected"))),
    "requiresVetting": flag(lambda advert: bool(advert.get("requiresVetting"))),
    "retailerIds": own_sellers(id_among("seller")),
    "stockStatus": _stock,
    "taxonIdsWithDescendants": _with_descendants,
    "variantBarcodes": _of_variants("barcode"),
    "variantSkus": _of_variants("sku"),
    "vetted": flag(lambda advert: bool(advert.get("vetted"))),
    "withFailedCatalogRules": either(lambda advert: bool(advert.get("catalogRulesErrors"))),
    "withVettingRejectedReason": flag(lambda advert: bool(advert.get("vettingRejectedReason"))),
}
ALL_ADVERTS: Final[Filters] = {
    "requiresVetting": either(lambda advert: bool(advert.get("requiresVetting"))),
    "updatedSince": since("updatedAt"),
    "vetted": either(lambda advert: bool(advert.get("vetted"))),
}
VARIANTS_WHERE: Final[Filters] = {
    "advertFilters": _of_advert({**_ADVERTS, "year": equal("year")}),
    "variantFilters": {
        "barcodes": among("barcode"),
        "externalId": external_id,
        "infiniteQuantity": either(lambda variant: bool(variant.get("infiniteQuantity"))),
        "quantityFrom": _quantity_from,
        "quantityTo": _quantity_to,
        "skus": among("sku"),
        "stocked": either(_stocked),
    },
}
BRANDS: Final[Filters] = {"showOnlineOnly": _online("Brand")}
TAXONS: Final[Filters] = {"parentId": id_among("parent"), "showOnlineOnly": _online("Taxon")}
ALL_SELLERS: Final[Filters] = {"accountType": _account_type, "updatedSince": since("updatedAt")}
SELLERS_WHERE: Final[Filters] = {
    "q": words(lambda seller: map(seller.get, ("businessName", "emailAddress", "legalBusinessName"))),
    "retailerIds": among("id"),
    "slaRatingRange": _rated,
}
COMMISSION_PACKAGES: Final[Filters] = {
    "appliesToPostage": either(lambda package: bool(package.get("appliesToPostage"))),
    "createdSince": since("createdAt"),
    "createdUntil": until("createdAt"),
    "name": _package_named,
    "retailerIds": _packages_of,
}
