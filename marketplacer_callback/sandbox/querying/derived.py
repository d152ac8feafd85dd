"""Relations that no record holds because others hold them: the adverts of a category, the sellers of a package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.querying.catalogue_filters import displayable, taxons_of, with_online_adverts
from marketplacer_callback.sandbox.querying.filters import Test
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["NARROWING", "related", "tree_name"]


def related(store: Store, record: Record, typename: str, name: str) -> Sequence[Record]:
    """The records of a relation: those that the record holds, else those that lead to it."""
    held = record.get(name)
    if held is None and (find := DERIVED.get((typename, name))):
        return find(store, record)
    return held or ()


def tree_name(taxon: Record, separator: str) -> str:
    """The titles from the topmost category down to this one."""
    parent, title = taxon.get("parent"), str(taxon.get("title") or "")
    return f"{tree_name(parent, separator)}{separator}{title}" if parent else title


def _adverts_in(store: Store, taxon: Record) -> Sequence[Record]:
    return [advert for advert in store.all("Advert") if taxon["id"] in taxons_of(advert)]


def _sellers_with(store: Store, package: Record) -> Sequence[Record]:
    return [seller for seller in store.all("Seller") if seller.get("commissionPackage") is package]


def _adverts_of(store: Store, product: Record) -> Sequence[Record]:
    return [advert for advert in store.all("Advert") if advert.get("goldenProduct") is product]


def _variants_of(store: Store, golden: Record) -> Sequence[Record]:
    return [variant for variant in store.all("Variant") if variant.get("goldenProductVariant") is golden]


def _below(store: Store, taxon: Record) -> Sequence[Record]:
    return [one for one in store.all("Taxon") if one.get("parent") is taxon]


def _displayed(_request: Request, _typename: str) -> Test:
    return displayable


def _online(request: Request, typename: str) -> Test:
    online = with_online_adverts(request.store, typename)
    return lambda record: record["id"] in online


DERIVED: Final[Mapping[tuple[str, str], Callable[[Store, Record], Sequence[Record]]]] = {
    ("CommissionPackage", "sellers"): _sellers_with,
    ("GoldenProduct", "adverts"): _adverts_of,
    ("GoldenProductVariant", "variants"): _variants_of,
    ("Taxon", "adverts"): _adverts_in,
    ("Taxon", "children"): _below,
}
NARROWING: Final[Mapping[str, Callable[[Request, str], Test]]] = {
    "displayableOnly": _displayed,
    "showOnlineOnly": _online,
}
"""Arguments of relations that leave records out where they are true, and which records then stay."""
