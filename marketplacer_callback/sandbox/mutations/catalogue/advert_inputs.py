"""What an ``AdvertInput`` says of the product itself, apart from its variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations import inputs
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.mutations.catalogue.option_values import option_values
from marketplacer_callback.sandbox.mutations.catalogue.prices import PRICE_INPUTS, price_fields
from marketplacer_callback.sandbox.mutations.catalogue.variants import parcel
from marketplacer_callback.sandbox.mutations.plain import not_negative, plain_fields, said
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["advert_fields"]

VETTING: Final = ("vetted", "vettingRejectedReason")
WRITTEN_APART: Final = frozenset({*PRICE_INPUTS, *VETTING})
TITLED_BY: Final = {"Brand": "name", "Taxon": "title"}

Later = Mapping[str, Callable[[], Any]]


def advert_fields(request: Request, given: Record, seller: Record, known: Record | None) -> tuple[Record, Later]:
    """The input, checked: the fields to write, and those whose values are made by a call when all else is checked.

    Raises ``NotFound`` for an unknown brand, category, option value, image or document, ``Refused`` for a price or
    quantity that is none, for a title that is taken away, and for a brand or category that is named in two ways.
    """
    not_negative(given, "minPurchaseQuantity", "maxPurchaseQuantity", "itemTaxRate")
    fields = plain_fields(request.store, "Advert", given, apart=WRITTEN_APART) | price_fields(given)
    fields |= _named(request, given, "Brand", "brand")
    fields |= _named(request, given, "Taxon", "taxon")
    if "taxon" in fields:
        fields["taxonNullable"] = fields["taxon"]
        if fields["taxon"] is None:
            del fields["taxon"]
    if "title" in fields or "brand" in fields:
        after = {**(known or {}), **fields}
        brand = after.get("brand")
        fields["fullTitle"] = f"{brand['name']} {after['title']}" if brand else after["title"]
    if given.get("productDetails") is not None:
        told = [pair for pair in given["productDetails"] if pair.get("value") is not None]
        fields["productDetails"] = [{"__typename": "KeyValue", **pair} for pair in told]
    return fields | _vetting(request, given, seller, known), _later(request, given, known or {})


def _named(request: Request, given: Record, typename: str, name: str) -> Record:
    """The brand or category of the input: by its id, or by the first text that is exactly its name.

    By the schema only one of the two may be given, and the texts are kept whether they match or not.
    """
    id_, texts = given.get(f"{name}Id"), given.get(f"{name}Mappings")
    if id_ and texts:
        raise Refused(f"{said(name)} is given by {name}Id or by {name}Mappings, not by both", field=f"{name}Mappings")
    if texts:
        every = {record[TITLED_BY[typename]]: record for record in request.store.all(typename)}
        matched = next((every[text] for text in texts if text in every), None)
        return {f"{name}BeforeMapping": list(texts)} | ({name: matched} if matched else {})
    if id_:
        return {name: found(request, typename, id_, f"{name}Id")}
    return {name: None} if f"{name}Id" in given else {}


def _vetting(request: Request, given: Record, seller: Record, known: Record | None) -> Record:
    """Whether the product is vetted. That only an operator vets is a guess, as is what an input does to a product that
    needs vetting: a new one of a seller whose products are vetted waits for it.
    """
    if request.role == "seller" and any(given.get(name) for name in VETTING):
        raise Refused("Vetted is only accessible to the operator", field="vetted")
    fields: Record = {}
    if known is None and seller.get("advertVettingRequired"):
        fields = {"requiresVetting": True, "requiresVettingAt": request.store.now(), "vetted": False}
    if given.get("vetted") is not None:
        fields["vetted"] = given["vetted"]
    if given.get("vetted"):
        fields |= {"vettingRejected": False, "vettingRejectedReason": None}
    elif given.get("vettingRejectedReason"):
        reason = given["vettingRejectedReason"]
        fields |= {"vetted": False, "vettingRejected": True, "vettingRejectedReason": reason}
    return fields


def _later(request: Request, given: Record, known: Record) -> dict[str, Callable[[], Any]]:
    later: dict[str, Callable[[], Any]] = {}
    if given.get("images") is not None:
        later["images"] = inputs.images(request, given["images"])
    if given.get("customIframeThumbnail"):
        thumbnail = inputs.images(request, [given["customIframeThumbnail"]], field="customIframeThumbnail")
        later["customIframeThumbnail"] = lambda: thumbnail()[0]
    if given.get("documents") is not None:
        later["documents"] = _documents(request, given["documents"])
    for name, chosen in _chosen(given).items():
        before = known.get("advertOptionValues") or ()
        later["advertOptionValues"] = option_values(request, "AdvertOptionValue", chosen, before, field=name)
    if given.get("shippingParcelAttributes"):
        later["shippingParcel"] = lambda: parcel(request.store, given["shippingParcelAttributes"])
    return later


def _chosen(given: Record) -> dict[str, list[Record]]:
    """The option values of the input, or of its deprecated list of ids, by the field that has them."""
    if given.get("advertOptionValues") is not None:
        return {"advertOptionValues": given["advertOptionValues"]}
    ids = given.get("featureOptionValueIds")
    return {} if ids is None else {"featureOptionValueIds": [{"optionValueId": id_} for id_ in ids]}


def _documents(request: Request, given: Sequence[Record]) -> Callable[[], list[Record]]:
    known = [
        found(request, "AdvertDocument", one["documentId"], "documents.documentId") if one.get("documentId") else None
        for one in given
    ]
    for one in given:
        if not (one.get("documentId") or one.get("dataBase64") or one.get("sourceUrl")):
            raise Refused("Document needs one of documentId, dataBase64, sourceUrl", field="documents")

    def write() -> list[Record]:
        return [document or _document(request, one) for document, one in zip(known, given, strict=True)]

    return write


def _document(request: Request, given: Record) -> Record:
    document = request.store.add("AdvertDocument", size=given.get("size"))
    name = given.get("filename") or f"{document['legacyId']}.pdf"
    document |= {"filename": name, "url": f"https://documents.example.com/{document['legacyId']}/{name}"}
    return document
