"""Inputs that fit the schema and no marketplace are refused in the payload: no crash, and no object is half written."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_refunding import invoice_of

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record

LARGEST = 2**31 - 1


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=4)


def versions(shop: Sandbox) -> dict[str, int]:
    names = shop.store.typenames()
    return {one["id"]: shop.store.version(name, one["id"]) for name in names for one in shop.store.all(name)}


def payload(shop: Sandbox, mutation: str, given: Record, object_: str, type_: str = "") -> dict[str, Any]:
    type_ = type_ or mutation[0].upper() + mutation[1:] + "MutationInput"
    text = (
        f"mutation($input: {type_}!) {{ {mutation}(input: $input) "
        f"{{ errors {{ field messages }} {object_} {{ id }} }} }}"
    )
    answer = shop.executor.run(text, {"input": given}, None, shop.request())
    assert "errors" not in answer, answer["errors"]
    return answer["data"][mutation]  # type: ignore[no-any-return]


def refusal(shop: Sandbox, mutation: str, given: Record, object_: str, type_: str = "") -> tuple[str, str]:
    """Field and message of a refusal, which leaves every object as it was."""
    before = versions(shop)
    shown = payload(shop, mutation, given, object_, type_)
    assert shown[object_] is None
    assert versions(shop) == before
    [error] = shown["errors"]
    return error["field"], error["messages"][0]


@pytest.mark.parametrize("rate", [-1, -0.5])
def test_a_tax_rate_below_zero_is_refused(shop: Sandbox, rate: float) -> None:
    invoice, variant = invoice_of(shop, (2, 1_000)), shop.store.first("Variant")
    line = {"variantId": variant["id"], "quantity": 1, "cost": {"amount": 100, "taxRate": rate}}
    expected = ("taxRate", "Tax rate must be greater than or equal to 0")
    assert refusal(shop, "orderCreate", {"order": {}, "lineItems": [line]}, "order") == expected
    amended = {"custom": "Fee", "quantity": 1, "status": "REFUNDED", "total": {"amount": -5, "taxRate": rate}}
    given = {"invoiceId": invoice["id"], "remittanceCents": -5, "lineItems": [amended]}
    assert refusal(shop, "invoiceAmendmentCreate", given, "invoiceAmendment") == expected


def test_a_tax_rate_without_an_end_is_refused(shop: Sandbox) -> None:
    text = f"""mutation {{ orderCreate(input: {{ order: {{}}, lineItems: {{ quantity: 1,
      variantId: "{shop.store.first("Variant")["id"]}", cost: {{ amount: 5, taxRate: 1e400 }} }} }})
      {{ errors {{ messages }} order {{ id }} }} }}"""
    answer = shop.executor.run(text, {}, None, shop.request())
    messages = ["Tax rate must be greater than or equal to 0"]
    assert answer == {"data": {"orderCreate": {"errors": [{"messages": messages}], "order": None}}}


@pytest.mark.parametrize(
    ("rate", "message"),
    [("-0.1", "Item tax rate must be greater than or equal to 0"), ("1e400", "Item tax rate is not a number")],
)
def test_a_product_has_no_such_tax_rate_either(shop: Sandbox, rate: str, message: str) -> None:
    given = {"variantId": shop.store.first("Variant")["id"], "attributes": {"itemTaxRate": rate}}
    assert refusal(shop, "variantUpdate", given, "variant") == ("itemTaxRate", message)
    given = {"advertId": shop.store.first("Advert")["id"], "attributes": {"itemTaxRate": rate}}
    assert refusal(shop, "advertUpsert", given, "advert") == ("itemTaxRate", message)


def test_an_amendment_whose_commission_no_int_can_show_is_refused(shop: Sandbox) -> None:
    invoice = invoice_of(shop, (2, 1_000))
    line = {"custom": "Fee", "quantity": 1, "status": "REFUNDED", "amountCents": -1_000_000_000}
    given = {"invoiceId": invoice["id"], "remittanceCents": LARGEST, "lineItems": [line]}
    assert refusal(shop, "invoiceAmendmentCreate", given, "invoiceAmendment") == (
        "remittanceCents",
        "Total less remittance must be within 2147483647",
    )


def test_a_refund_request_whose_remittance_no_int_can_show_is_refused(shop: Sandbox) -> None:
    line = {"custom": "Fee", "amountPerItemCents": LARGEST, "quantity": 1, "onlyRemittance": True}
    given = {"invoiceId": invoice_of(shop, (2, 1_000))["id"], "notes": [], "lineItems": [line, line]}
    expected = ("base", "the total must be less than or equal to 2147483647")
    assert refusal(shop, "refundRequestCreate", given, "refundRequest") == expected


def test_an_approval_whose_tax_is_more_than_its_amount_is_refused(shop: Sandbox) -> None:
    invoice = invoice_of(shop, (2, 1_000))
    wanted = {
        "lineItemId": invoice["lineItems"][0]["id"],
        "reason": "Broken",
        "quantity": 1,
        "status": "REFUND_ACCEPTED",
    }
    made = payload(
        shop,
        "refundRequestCreate",
        {"invoiceId": invoice["id"], "notes": [], "lineItems": [wanted]},
        "refundRequest",
    )["refundRequest"]
    [line] = shop.store.get(made["id"])["lineItems"]  # type: ignore[index]
    breakdown = {"id": line["id"], "lineItemAmount": 500, "commissionAmount": 0, "remittanceAmount": 500}
    given = {"refundRequestId": made["id"], "lineItemPriceBreakdowns": [{**breakdown, "lineItemTax": 501}]}
    expected = ("lineItemPriceBreakdowns.0", "a tax must be a part of the amount that it belongs to")
    assert refusal(shop, "refundRequestApprove", given, "refundRequest", "RefundRequestApproveInput") == expected
    custom = {"custom": "Fee", "lineItemAmount": 1, "commissionAmount": 0, "remittanceAmount": 1}
    given = {
        "refundRequestId": made["id"],
        "newCustomLineItemPriceBreakdowns": [{**custom, "lineItemTaxRate": "1e400"}],
    }
    assert refusal(shop, "refundRequestApprove", given, "refundRequest", "RefundRequestApproveInput") == (
        "newCustomLineItemPriceBreakdowns.0.lineItemTaxRate",
        "lineItemTaxRate is not a number",
    )


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_beyond_the_calendar_is_named_as_no_date_time(shop: Sandbox, at: str) -> None:
    text = "query($at: ISO8601DateTime!) { updatedOrders(updatedSince: $at) { totalCount } }"
    answer = shop.executor.run(text, {"at": at}, None, shop.request())
    [error] = answer["errors"]
    assert error["message"].startswith("the argument 'updatedSince' of 'updatedOrders' must be an ISO 8601 date-time")


def test_a_variant_of_a_deleted_product_is_neither_sold_nor_changed(shop: Sandbox) -> None:
    variant = shop.store.first("Variant")
    advert, id_ = variant["advert"], variant["id"]
    assert payload(shop, "advertDelete", {"id": advert["id"]}, "advert") == {
        "errors": None,
        "advert": {"id": advert["id"]},
    }
    line = {"variantId": id_, "quantity": 1}
    missing = ("variantId", f"No object found for variantId: {id_}")
    assert refusal(shop, "orderCreate", {"order": {}, "lineItems": [line]}, "order") == missing
    given: Record = {"variantId": id_, "attributes": {"countOnHand": 3}}
    assert refusal(shop, "variantUpdate", given, "variant") == missing
    assert refusal(shop, "variantDelete", {"id": id_}, "variant") == ("id", f"No object found for id: {id_}")
    given = {"owner": id_, "key": "erp", "value": "1"}
    type_ = "ExternalIDUpsertMutationInput"
    expected = ("owner", f"No object found for owner: {id_}")
    assert refusal(shop, "externalIdUpsert", given, "externalId", type_) == expected
