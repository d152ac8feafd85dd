"""Invoices: annotations, and click and collect."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, NotFound, Refused, found
from marketplacer_callback.sandbox.mutations.orders.fulfilment import update_invoice
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["INVOICES"]


def click_and_collect_status_update(request: Request, given: Record) -> Record:
    """``clickAndCollectStatusUpdate``: an invoice of that delivery type (by the schema) is ready, or collected.

    A collected invoice has nothing that waits for its dispatch, and is fulfilled (guesses).
    """
    invoice = found(request, "Invoice", given["invoiceId"], "invoiceId")
    status = given["status"]
    if invoice["deliveryType"] != "CLICK_AND_COLLECT":
        raise Refused("Can only update the status of a click and collect Invoice", field="status")
    if status == "READY":
        if "COLLECTED" in invoice["statusFlags"]:
            raise Refused("Can only mark an Invoice that was not collected as ready", field="status")
        update_invoice(request.store, invoice, on=["READY"])
    else:
        lines = [(line, _collected(line)) for line in invoice["lineItems"] if line.get("quantityAwaitingDispatch")]
        update_invoice(request.store, invoice, lines=lines, on=["COLLECTED"], off=["READY"])
    return {"invoice": invoice}


def invoice_annotation_create(request: Request, given: Record) -> Record:
    """``invoiceAnnotationCreate``: by whom the annotation's type says (``creatableBy…``)."""
    invoice = found(request, "Invoice", given["invoiceId"], "invoiceId")
    type_ = found(request, "InvoiceAnnotationType", given["invoiceAnnotationTypeId"], "invoiceAnnotationTypeId")
    if type_.get("discardedAt") is not None:
        raise NotFound(f"No object found for invoiceAnnotationTypeId: {type_['id']}", field="invoiceAnnotationTypeId")
    _check_allowed(request, type_, "create")
    fields = _attributes(given["attributes"])
    annotation = request.store.add("InvoiceAnnotation", invoice=invoice, invoiceAnnotationType=type_, **fields)
    request.store.change("Invoice", invoice["id"], annotations=[*invoice["annotations"], annotation])
    return {"invoiceAnnotation": annotation}


def invoice_annotation_update(request: Request, given: Record) -> Record:
    """``invoiceAnnotationUpdate``: by whom the type says (``editableBy…``), and ``resolvableBy…`` if that changes (a
    guess).
    """
    annotation = _annotation(request, given["invoiceAnnotationId"])
    fields = _attributes(given["attributes"])
    _check_allowed(request, annotation["invoiceAnnotationType"], "edit")
    if fields["resolved"] != annotation["resolved"]:
        _check_allowed(request, annotation["invoiceAnnotationType"], "resolve")
    request.store.change("InvoiceAnnotation", annotation["id"], **fields)
    return {"invoiceAnnotation": annotation}


def invoice_annotation_resolve(request: Request, given: Record) -> Record:
    """``invoiceAnnotationResolve``: by whom the type says (``resolvableBy…``); a resolved one stays as it is."""
    annotation = _annotation(request, given["invoiceAnnotationId"])
    _check_allowed(request, annotation["invoiceAnnotationType"], "resolve")
    if not annotation["resolved"]:
        request.store.change("InvoiceAnnotation", annotation["id"], resolved=True)
    return {"invoiceAnnotation": annotation}


def _collected(line: Record) -> Record:
    waiting = line["quantityAwaitingDispatch"]
    returnable = min(line["quantity"], (line.get("quantityReturnable") or 0) + waiting)
    return {"quantityAwaitingDispatch": 0, "quantityReturnable": returnable, "statusFull": "SHIPPED"}


def _annotation(request: Request, id_: str) -> Record:
    annotation = found(request, "InvoiceAnnotation", id_, "invoiceAnnotationId")
    if annotation["invoiceAnnotationType"].get(f"viewableBy{request.role.capitalize()}") is False:
        raise NotFound(f"No object found for invoiceAnnotationId: {id_}", field="invoiceAnnotationId")
    return annotation


def _attributes(given: Record) -> Record:
    if not given["content"].strip():
        raise Refused("Content can't be blank", field="content")
    return {"content": given["content"], "resolved": given["resolved"]}


def _check_allowed(request: Request, type_: Record, deed: str) -> None:
    """The type's flag for the key's role; a flag that is not set allows (a guess)."""
    stem = {"create": "creatable", "edit": "editable", "resolve": "resolvable"}[deed]
    if type_.get(f"{stem}By{request.role.capitalize()}") is False:
        raise Refused(f"A {request.role} may not {deed} an annotation of this type", field="invoiceAnnotationTypeId")


INVOICES: Final[dict[str, Mutation]] = {
    "clickAndCollectStatusUpdate": click_and_collect_status_update,
    "invoiceAnnotationCreate": invoice_annotation_create,
    "invoiceAnnotationResolve": invoice_annotation_resolve,
    "invoiceAnnotationUpdate": invoice_annotation_update,
}
