"""Whatever is ordered: amounts add up to the cent, and no stock is sold twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_ordering import ORDER_CREATE, payload, variants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.mutations.amounts import tax_within, unit_price

SANDBOX = Sandbox(adverts=20)
cents = st.integers(min_value=0, max_value=500_000)
adjustments = st.lists(
    st.builds(
        lambda amount, type_: {
            "adjustmentType": type_,
            "amountCents": amount,
            "amountToWithholdFromSellerRemittanceCents": abs(amount) // 2,
            "description": "An adjustment",
        },
        st.integers(min_value=-5000, max_value=5000).filter(bool),
        st.sampled_from(["PROMOTION", "FEE"]),
    ),
    max_size=2,
)
lines = st.lists(
    st.fixed_dictionaries(
        {"which": st.integers(min_value=0, max_value=3), "quantity": st.integers(min_value=1, max_value=4)},
        optional={
            "cost": st.fixed_dictionaries({"amount": cents}, optional={"taxRate": st.sampled_from([0.0, 0.1, 0.19])}),
            "postage": st.fixed_dictionaries({"amount": cents}),
            "adjustments": adjustments,
        },
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(wanted=lines, stock=st.integers(min_value=0, max_value=8))
def test_the_order_is_the_sum_of_its_invoices_which_are_the_sums_of_their_lines(
    wanted: list[dict[str, Any]], stock: int
) -> None:
    shelf = variants(SANDBOX, 4, sellers=2, stock=stock)
    given = [{**line, "variantId": shelf[line["which"]]["id"]} for line in wanted]
    for line in given:
        del line["which"]
    result = payload(SANDBOX, ORDER_CREATE, {"order": {}, "lineItems": given})
    sold = {variant["id"]: _quantity(given, variant["id"]) for variant in shelf}
    if max(sold.values()) > stock:
        assert (result["status"], result["order"]) == (422, None)
        assert [variant["countOnHand"] for variant in shelf] == [stock] * 4
        return
    assert [variant["countOnHand"] for variant in shelf] == [stock - sold[variant["id"]] for variant in shelf]
    order = result["order"]
    invoices = order["invoices"]["nodes"]
    for invoice in invoices:
        bought = invoice["lineItems"]
        changes = [
            one["amountCents"] for one in [*invoice["adjustments"], *(a for b in bought for a in b["adjustments"])]
        ]
        assert all(line["subtotalCents"] == line["itemAmountCents"] * line["quantity"] for line in bought)
        assert all(0 <= line["taxTotalCents"] <= line["subtotalCents"] for line in bought)
        assert invoice["totalCents"] == sum(line["subtotalCents"] + line["postageCents"] for line in bought)
        assert invoice["totalIncludingAdjustmentsCents"] == invoice["totalCents"] + sum(changes)
        assert invoice["taxTotalCents"] == sum(line["taxTotalCents"] for line in bought) + invoice["taxShippingCents"]
    assert order["totalCents"] == sum(invoice["totalIncludingAdjustmentsCents"] for invoice in invoices)
    for name in ("subtotalCents", "shippingCostCents", "taxTotalCents", "discountCents"):
        assert order[name] == sum(invoice[name] for invoice in invoices)
    asked = sum(line["cost"]["amount"] for line in given if "cost" in line)
    paid = sum(line["subtotalCents"] for line, wish in _pairs(given, invoices) if "cost" in wish)
    assert asked <= paid <= asked + sum(line["quantity"] - 1 for line in given)


@given(amount=cents, quantity=st.integers(min_value=1, max_value=1000))
def test_a_unit_price_is_the_smallest_whole_one_that_covers_the_amount(amount: int, quantity: int) -> None:
    each = unit_price(amount, quantity)
    assert (each - 1) * quantity < amount <= each * quantity


@given(amount=cents, rate=st.sampled_from([0.0, 0.05, 0.1, 0.19, 0.2]))
def test_the_tax_of_a_refund_is_that_of_the_sale(amount: int, rate: float) -> None:
    assert tax_within(-amount, rate) == -tax_within(amount, rate)


def _quantity(given: list[dict[str, Any]], variant_id: str) -> int:
    return sum(line["quantity"] for line in given if line["variantId"] == variant_id)


def _pairs(given: list[dict[str, Any]], invoices: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each line of the order with the input that it came from: both are in the input's order within an invoice."""
    waiting = list(given)
    pairs = []
    for line in (line for invoice in invoices for line in invoice["lineItems"]):
        wish = next(one for one in waiting if one["variantId"] == line["variantId"])
        waiting.remove(wish)
        pairs.append((line, wish))
    return pairs
