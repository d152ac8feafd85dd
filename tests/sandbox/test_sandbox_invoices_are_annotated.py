"""Annotations of invoices, and click and collect."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_asking import data
from sandbox_ordering import ordered, payload, refusal, seller_key, told

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import OPERATOR

ANNOTATION = "id content resolved invoiceAnnotationType { id } invoice { id annotations { id } }"
CREATE, UPDATE, RESOLVE = (
    f"""mutation($input: InvoiceAnnotation{verb}MutationInput!) {{
      invoiceAnnotation{verb}(input: $input) {{ status errors {{ field messages }}
        invoiceAnnotation {{ {ANNOTATION} }} }} }}"""
    for verb in ("Create", "Update", "Resolve")
)
COLLECT = """mutation($input: ClickAndCollectStatusUpdateMutationInput!) {
  clickAndCollectStatusUpdate(input: $input) { status errors { field messages }
    invoice { id status statusFlags lineItems { quantityAwaitingDispatch quantityReturnable statusFull } } } }"""


def _type(sandbox: Sandbox, **flags: Any) -> Record:
    type_: Record = sandbox.store.add("InvoiceAnnotationType", name="Delay", description="Say until when", **flags)
    sandbox.store.drain()
    return type_


def _given(invoice: Record, type_: Record, content: str = "A week", *, resolved: bool = False) -> dict[str, Any]:
    attributes = {"content": content, "resolved": resolved}
    return {"invoiceId": invoice["id"], "invoiceAnnotationTypeId": type_["id"], "attributes": attributes}


def test_an_annotation_is_made_edited_and_resolved() -> None:
    sandbox = Sandbox(adverts=20)
    invoice, type_ = sandbox.store.all("Invoice")[1], _type(sandbox)
    before = invoice["updatedAt"]
    made = payload(sandbox, CREATE, _given(invoice, type_))["invoiceAnnotation"]
    assert (made["content"], made["resolved"], made["invoiceAnnotationType"]) == ("A week", False, {"id": type_["id"]})
    assert made["invoice"] == {"id": invoice["id"], "annotations": [{"id": made["id"]}]}
    assert told(sandbox) == [("Invoice", "update"), ("InvoiceAnnotation", "create")]
    assert invoice["updatedAt"] > before

    given = {"invoiceAnnotationId": made["id"], "attributes": {"content": "Two weeks", "resolved": False}}
    assert payload(sandbox, UPDATE, given)["invoiceAnnotation"]["content"] == "Two weeks"
    assert told(sandbox) == [("Invoice", "update"), ("InvoiceAnnotation", "update")]
    for events in ([("Invoice", "update"), ("InvoiceAnnotation", "update")], []):
        assert payload(sandbox, RESOLVE, {"invoiceAnnotationId": made["id"]})["invoiceAnnotation"]["resolved"] is True
        assert told(sandbox) == events


@pytest.mark.parametrize("role", ["operator", "seller"])
def test_the_type_says_who_may_create_edit_and_resolve(role: str) -> None:
    sandbox = Sandbox(adverts=20)
    invoice = sandbox.store.all("Invoice")[1]
    key = OPERATOR if role == "operator" else seller_key(invoice["seller"])
    by = role.capitalize()
    closed = _type(sandbox, **{f"creatableBy{by}": False})
    field = "invoiceAnnotationTypeId"
    message = f"A {role} may not create an annotation of this type"
    assert refusal(sandbox, CREATE, _given(invoice, closed), key) == (422, field, message)

    open_ = _type(sandbox, **{f"creatableBy{by}": True, f"editableBy{by}": False, f"resolvableBy{by}": False})
    made = payload(sandbox, CREATE, _given(invoice, open_), key)["invoiceAnnotation"]
    edit = {"invoiceAnnotationId": made["id"], "attributes": {"content": "Changed", "resolved": False}}
    assert refusal(sandbox, UPDATE, edit, key) == (422, field, f"A {role} may not edit an annotation of this type")
    resolve = {"invoiceAnnotationId": made["id"]}
    expected = (422, field, f"A {role} may not resolve an annotation of this type")
    assert refusal(sandbox, RESOLVE, resolve, key) == expected
    open_[f"editableBy{by}"] = True
    assert payload(sandbox, UPDATE, edit, key)["invoiceAnnotation"]["content"] == "Changed"
    edit["attributes"] = {"content": "Changed", "resolved": True}
    assert refusal(sandbox, UPDATE, edit, key) == expected


def test_what_a_seller_may_not_see_or_what_was_discarded_is_not_found() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = sandbox.store.all("Invoice")[1]
    secret = _type(sandbox, viewableBySeller=False)
    made = payload(sandbox, CREATE, _given(invoice, secret))["invoiceAnnotation"]["id"]
    expected = (404, "invoiceAnnotationId", f"No object found for invoiceAnnotationId: {made}")
    assert refusal(sandbox, RESOLVE, {"invoiceAnnotationId": made}, seller_key(invoice["seller"])) == expected
    gone = _type(sandbox, discardedAt="2024-05-01T00:00:00Z")
    field = "invoiceAnnotationTypeId"
    expected = (404, field, f"No object found for {field}: {gone['id']}")
    assert refusal(sandbox, CREATE, _given(invoice, gone)) == expected
    stranger = next(one for one in sandbox.store.all("Seller") if one is not invoice["seller"])
    expected = (404, "invoiceId", f"No object found for invoiceId: {invoice['id']}")
    assert refusal(sandbox, CREATE, _given(invoice, _type(sandbox)), seller_key(stranger)) == expected


def test_an_annotation_says_something() -> None:
    sandbox = Sandbox(adverts=20)
    given = _given(sandbox.store.all("Invoice")[1], _type(sandbox), " ")
    assert refusal(sandbox, CREATE, given) == (422, "content", "Content can't be blank")


def test_an_invoice_is_ready_and_then_collected_and_owed_to_its_seller() -> None:
    sandbox = Sandbox(adverts=20)
    invoice = ordered(sandbox, 2, deliveryType="CLICK_AND_COLLECT")
    ready = payload(sandbox, COLLECT, {"invoiceId": invoice["id"], "status": "READY"})["invoice"]
    assert (ready["status"], ready["statusFlags"]) == ("READY", ["PAID", "READY"])
    assert told(sandbox) == [("Invoice", "update")]
    collected = payload(sandbox, COLLECT, {"invoiceId": invoice["id"], "status": "COLLECTED"})["invoice"]
    assert (collected["status"], collected["statusFlags"]) == ("COLLECTED", ["PAID", "COLLECTED"])
    assert collected["lineItems"] == [{"quantityAwaitingDispatch": 0, "quantityReturnable": 2, "statusFull": "SHIPPED"}]
    assert told(sandbox) == [("Invoice", "update"), ("Remittance", "create")]
    again = {"invoiceId": invoice["id"], "status": "READY"}
    expected = (422, "status", "Can only mark an Invoice that was not collected as ready")
    assert refusal(sandbox, COLLECT, again) == expected


def test_only_click_and_collect_invoices_are_collected() -> None:
    sandbox = Sandbox(adverts=20)
    given = {"invoiceId": ordered(sandbox, 1)["id"], "status": "READY"}
    expected = (422, "status", "Can only update the status of a click and collect Invoice")
    assert refusal(sandbox, COLLECT, given) == expected
    unknown = {"invoiceId": "nope", "status": "READY"}
    assert refusal(sandbox, COLLECT, unknown) == (404, "invoiceId", "No object found for invoiceId: nope")


async def test_invoices_are_annotated_and_collected_over_http(sandbox: Sandbox) -> None:
    invoice, type_ = ordered(sandbox, 1, deliveryType="CLICK_AND_COLLECT"), _type(sandbox)
    made = (await data(sandbox, CREATE, {"input": _given(invoice, type_)}))["invoiceAnnotationCreate"]
    id_ = made["invoiceAnnotation"]["id"]
    edit = {"invoiceAnnotationId": id_, "attributes": {"content": "Changed", "resolved": False}}
    assert (await data(sandbox, UPDATE, {"input": edit}))["invoiceAnnotationUpdate"]["status"] == 200
    resolved = await data(sandbox, RESOLVE, {"input": {"invoiceAnnotationId": id_}})
    assert resolved["invoiceAnnotationResolve"]["invoiceAnnotation"]["resolved"] is True
    collected = await data(sandbox, COLLECT, {"input": {"invoiceId": invoice["id"], "status": "COLLECTED"}})
    assert collected["clickAndCollectStatusUpdate"]["invoice"]["status"] == "COLLECTED"
