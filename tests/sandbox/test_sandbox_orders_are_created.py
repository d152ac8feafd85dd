"""``orderCreate``: what an order is made of, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_asking import ask
from sandbox_ordering import ADDRESS, ORDER_CREATE, payload, refusal, run, told, variants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import ApiKey


def test_lines_of_two_sellers_become_one_order_with_an_invoice_for_each_seller() -> None:
    sandbox = Sandbox(adverts=20)
    one, other, third = variants(sandbox, 3, sellers=2)
    lines = [{"variantId": variant["id"], "quantity": 2, "cost": {"amount": 3000}} for variant in (one, other, third)]
    given = {
        "lineItems": lines,
        "notifications": ["EMAIL", "SMS"],
        "order": {
            "firstName": "Ada",
            "surname": "Byron",
            "emailAddress": "ada@example.com",
            "billingSurname": "Lovelace",
            "phone": "+61 3 5550 0000",
            "isGift": True,
            "messageToSeller": "Ring twice",
            "paymentGatewayDetails": {"provider": "acme", "reference": "p-1"},
            "address": ADDRESS,
            "externalIds": [{"key": "shop", "value": "S-100"}],
            "metadata": [{"key": "channel", "value": "web"}],
        },
    }
    result = payload(sandbox, ORDER_CREATE, given)
    assert (result["status"], result["errors"]) == (200, None)
    order = result["order"]
    invoices = order["invoices"]["nodes"]
    assert [(invoice["seller"]["id"], len(invoice["lineItems"])) for invoice in invoices] == [
        (one["advert"]["seller"]["id"], 2),
        (other["advert"]["seller"]["id"], 1),
    ]
    assert [(invoice["status"], invoice["statusFlags"]) for invoice in invoices] == [("PAID", ["PAID"])] * 2
    assert (order["status"], order["aggregateInvoiceStatus"], order["aggregateInvoiceStatusFinal"]) == (
        "COMPLETE",
        "PAID",
        False,
    )
    assert (order["firstName"], order["surname"]) == ("Ada", "Byron")
    assert (order["billingFirstName"], order["billingSurname"], order["billingEmailAddress"]) == (
        "Ada",
        "Lovelace",
        "ada@example.com",
    )
    assert order["address"] == {
        "address": "1 Quay Street",
        "city": "Hobart",
        "postcode": "7000",
        "fullAddress": "1 Quay Street, Hobart TAS 7000",
        "country": {"code": "AU"},
        "state": {"short": "TAS"},
    }
    assert order["billingAddress"]["city"] == "Hobart"
    assert order["paymentGatewayDetails"] == {"provider": "acme", "reference": "p-1"}
    assert (order["isGift"], order["messageToSeller"]) == (True, "Ring twice")
    assert order["externalIds"] == [{"key": "shop", "value": "S-100", "owner": {"id": order["id"]}}]
    assert order["metadata"] == [{"key": "channel", "value": "web"}]
    assert (invoices[0]["buyerFirstName"], invoices[0]["buyerMessageToSeller"]) == ("Ada", "Ring twice")
    assert invoices[0]["shippingAddress"] == {"city": "Hobart"}
    assert [line["variantSku"] for line in invoices[0]["lineItems"]] == [one["sku"], third["sku"]]
    assert len(order["lineItems"]["nodes"]) == 3


def test_a_price_of_part_of_a_cent_is_rounded_up_to_whole_cents() -> None:
    sandbox = Sandbox(adverts=20)
    (variant,) = variants(sandbox, 1)
    lines = [{"variantId": variant["id"], "quantity": 4, "cost": {"amount": 10830}}]
    order = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]
    (line,) = order["invoices"]["nodes"][0]["lineItems"]
    assert (line["itemAmountCents"], line["subtotalCents"], order["totalCents"]) == (2708, 10832, 10832)


@pytest.mark.parametrize(
    ("money", "each", "postage"),
    [
        ({"cost": {"amount": 2000}, "postage": {"amount": 700}}, 1000, 700),
        ({"totalCents": 1800, "postageCents": 650}, 900, 650),
        ({"cost": {"amount": 2000}, "totalCents": 1800, "postage": {"amount": 1}, "postageCents": 9}, 1000, 1),
        ({}, 2500, 0),
    ],
    ids=["current", "deprecated", "both", "neither"],
)
def test_cost_and_postage_go_before_the_deprecated_cents_and_the_price_list(
    money: dict[str, Any], each: int, postage: int
) -> None:
    sandbox = Sandbox(adverts=20)
    (variant,) = variants(sandbox, 1)
    lines = [{"variantId": variant["id"], "quantity": 2, **money}]
    order = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]
    (invoice,) = order["invoices"]["nodes"]
    (line,) = invoice["lineItems"]
    assert (line["itemAmountCents"], line["postageCents"], line["totalCents"]) == (each, postage, 2 * each + postage)
    assert (invoice["subtotalCents"], invoice["shippingCostCents"]) == (2 * each, postage)


def test_invoices_bring_their_own_ids_metadata_and_adjustments() -> None:
    sandbox = Sandbox(adverts=20)
    one, other = variants(sandbox, 2, sellers=2)
    promotion = {
        "adjustmentType": "PROMOTION",
        "amountCents": -500,
        "amountToWithholdFromSellerRemittanceCents": 100,
        "description": "Five off",
    }
    fee = {**promotion, "adjustmentType": "FEE", "amountCents": 250, "description": "Wrapping"}
    line = {
        "quantity": 1,
        "cost": {"amount": 4000},
        "postage": {"amount": 600},
        "externalIds": [{"key": "shop", "value": "L-1"}],
        "metadata": [{"key": "gift", "value": "no"}],
    }
    invoices = [
        {
            "lineItems": [{**line, "variantId": one["id"], "adjustments": [fee]}],
            "adjustments": [promotion],
            "externalIds": [{"key": "shop", "value": "I-1"}],
            "metadata": [{"key": "pick", "value": "A"}],
            "totalCents": 1,
        },
        {"lineItems": [{**line, "variantId": other["id"]}]},
    ]
    order = payload(sandbox, ORDER_CREATE, {"order": {}, "invoices": invoices})["order"]
    first, second = order["invoices"]["nodes"]
    assert first["externalIds"] == [{"key": "shop", "value": "I-1"}]
    assert first["metadata"] == [{"key": "pick", "value": "A"}]
    assert first["adjustments"] == [promotion]
    assert first["lineItems"][0]["externalIds"] == [{"key": "shop", "value": "L-1"}]
    assert first["lineItems"][0]["metadata"] == [{"key": "gift", "value": "no"}]
    assert first["lineItems"][0]["adjustments"] == [{"amountCents": 250}]
    assert (first["totalCents"], first["discountCents"], first["totalIncludingAdjustmentsCents"]) == (4600, -500, 4350)
    assert (second["totalCents"], second["totalIncludingAdjustmentsCents"]) == (4600, 4600)
    assert (order["totalCents"], order["total"], order["discountCents"]) == (8950, 89.5, -500)


def test_taxes_are_those_that_are_given_or_the_part_that_a_price_includes() -> None:
    sandbox = Sandbox(adverts=20)
    (variant,) = variants(sandbox, 1)
    lines = [
        {"variantId": variant["id"], "quantity": 1, "cost": {"amount": 1100}, "postage": {"amount": 550}},
        {"variantId": variant["id"], "quantity": 1, "cost": {"amount": 1200, "taxRate": 0.2}},
    ]
    (invoice,) = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]["invoices"]["nodes"]
    assert [(line["taxTotalCents"], line["taxRate"]) for line in invoice["lineItems"]] == [(100, 0.1), (200, 0.2)]
    assert (invoice["taxShippingCents"], invoice["taxTotalCents"], invoice["externalTaxApplied"]) == (50, 350, False)

    lines[0]["cost"] = {"amount": 1100, "tax": 7}
    lines[1]["cost"] = {"amount": 1200, "tax": 0}
    (invoice,) = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]["invoices"]["nodes"]
    assert [line["taxTotalCents"] for line in invoice["lineItems"]] == [7, 0]
    assert (invoice["taxShippingCents"], invoice["taxTotalCents"], invoice["externalTaxApplied"]) == (0, 7, True)


def test_an_order_takes_its_items_out_of_stock_and_tells_of_it() -> None:
    sandbox = Sandbox(adverts=20)
    one, other, endless = variants(sandbox, 3, sellers=2, stock=5)
    endless |= {"infiniteQuantity": True, "countOnHand": 0}
    lines = [{"variantId": variant["id"], "quantity": 3} for variant in (one, other, endless)]
    lines.append({"variantId": one["id"], "quantity": 2})
    sandbox.store.drain()
    assert payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["status"] == 200
    assert (one["countOnHand"], other["countOnHand"], endless["countOnHand"]) == (0, 2, 0)
    assert told(sandbox) == [
        ("Advert", "update"),
        ("Advert", "update"),
        ("Invoice", "create"),
        ("Invoice", "create"),
        ("Order", "create"),
        ("Variant", "update"),
        ("Variant", "update"),
    ]


def test_a_line_from_an_inventory_takes_from_it_and_from_its_variant() -> None:
    sandbox = Sandbox(adverts=20)
    one, other = variants(sandbox, 2, stock=5)
    store = sandbox.store
    one["inventories"] = [store.add("Inventory", countOnHand=2, infiniteQuantity=False, seller=one["advert"]["seller"])]
    (inventory,) = one["inventories"]
    line = {"variantId": one["id"], "inventoryId": inventory["id"], "quantity": 2}
    assert payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": [line]})["status"] == 200
    assert (inventory["countOnHand"], one["countOnHand"]) == (0, 3)
    status, field, _ = refusal(sandbox, ORDER_CREATE, {"order": {}, "lineItems": [line]})
    assert (status, field) == (422, "quantity")
    foreign = {"order": {}, "lineItems": [{**line, "variantId": other["id"]}]}
    expected = (422, "inventoryId", "The variant of the inventory must be the line item's variant")
    assert refusal(sandbox, ORDER_CREATE, foreign) == expected


def test_the_same_call_twice_makes_two_orders() -> None:
    sandbox = Sandbox(adverts=20)
    (variant,) = variants(sandbox, 1)
    given = {
        "order": {"externalIds": [{"key": "shop", "value": "S-1"}]},
        "lineItems": [{"variantId": variant["id"], "quantity": 1}],
    }
    first, second = (payload(sandbox, ORDER_CREATE, given)["order"] for _ in range(2))
    assert second["legacyId"] == first["legacyId"] + 1
    assert variant["countOnHand"] == 8


def test_goods_that_are_collected_have_an_invoice_apart_from_those_that_are_sent() -> None:
    sandbox = Sandbox(adverts=20)
    one, other = variants(sandbox, 2)
    lines = [
        {"variantId": one["id"], "quantity": 1},
        {"variantId": other["id"], "quantity": 1, "deliveryType": "CLICK_AND_COLLECT"},
    ]
    nodes = payload(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})["order"]["invoices"]["nodes"]
    assert [invoice["deliveryType"] for invoice in nodes] == ["BUY_ONLINE", "CLICK_AND_COLLECT"]


def _line(sandbox: Sandbox, **values: Any) -> dict[str, Any]:
    return {"variantId": variants(sandbox, 1)[0]["id"], "quantity": 1, **values}


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"quantity": 11}, "quantity", "Quantity must be less than or equal to 10 for variant {variant}"),
        ({"quantity": 0}, "quantity", "Quantity must be greater than 0"),
        ({"cost": {"amount": -1}}, "cost", "Cost must be greater than or equal to 0"),
        ({"postageCents": -1}, "postage", "Postage must be greater than or equal to 0"),
        ({"cost": {"amount": 2**31 - 1}, "quantity": 2}, "lineItems", "Total must be less than or equal to 2147483647"),
        (
            {
                "adjustments": [
                    {
                        "adjustmentType": "FEE",
                        "amountCents": -10,
                        "amountToWithholdFromSellerRemittanceCents": 10,
                        "description": "Fee",
                    }
                ]
            },
            "adjustments",
            "Amount to withhold from seller remittance must be less than the absolute value of the amount",
        ),
    ],
)
def test_a_line_that_cannot_be_sold_is_refused_and_nothing_is_written(
    values: dict[str, Any], field: str, message: str
) -> None:
    sandbox = Sandbox(adverts=20)
    line = _line(sandbox, **values)
    expected = message.format(variant=line["variantId"])
    assert refusal(sandbox, ORDER_CREATE, {"order": {}, "lineItems": [line]}) == (422, field, expected)
    assert variants(sandbox, 1)[0]["countOnHand"] == 10


def test_two_lines_of_one_variant_share_its_stock() -> None:
    sandbox = Sandbox(adverts=20)
    lines = [_line(sandbox, quantity=6), _line(sandbox, quantity=5)]
    status, field, _ = refusal(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines})
    assert (status, field) == (422, "quantity")


def test_what_there_is_not_is_not_found() -> None:
    sandbox = Sandbox(adverts=20)
    unknown = {"order": {}, "lineItems": [_line(sandbox, variantId="nope")]}
    assert refusal(sandbox, ORDER_CREATE, unknown) == (404, "variantId", "No object found for variantId: nope")
    stockless = {"order": {}, "lineItems": [_line(sandbox, inventoryId="nope")]}
    assert refusal(sandbox, ORDER_CREATE, stockless) == (404, "inventoryId", "No object found for inventoryId: nope")


def test_taxes_are_given_for_all_lines_or_for_none() -> None:
    sandbox = Sandbox(adverts=20)
    lines = [_line(sandbox, cost={"amount": 100, "tax": 10}), _line(sandbox, cost={"amount": 100})]
    expected = (422, "lineItems", "Tax must be supplied for all line items or for none of them")
    assert refusal(sandbox, ORDER_CREATE, {"order": {}, "lineItems": lines}) == expected


def test_lines_are_given_as_lines_or_as_invoices_of_one_seller_each() -> None:
    sandbox = Sandbox(adverts=20)
    one, other = ({"variantId": variant["id"], "quantity": 1} for variant in variants(sandbox, 2, sellers=2))
    collected = {**one, "deliveryType": "CLICK_AND_COLLECT"}
    either = (422, "lineItems", "Either lineItems or invoices must be supplied, and not both")
    assert refusal(sandbox, ORDER_CREATE, {"order": {}}) == either
    assert refusal(sandbox, ORDER_CREATE, {"order": {}, "lineItems": []}) == either
    both = {"order": {}, "lineItems": [one], "invoices": [{"lineItems": [one]}]}
    assert refusal(sandbox, ORDER_CREATE, both) == either
    for invoices, message in (
        ([{"lineItems": [one, other]}], "Line items of an invoice must belong to one seller"),
        ([{"lineItems": [one, collected]}], "Line items of an invoice must have one delivery type"),
        ([{"lineItems": [one]}, {"lineItems": [one]}], "There must be one invoice for each seller"),
        ([{"lineItems": []}], "Line items can't be blank"),
    ):
        assert refusal(sandbox, ORDER_CREATE, {"order": {}, "invoices": invoices}) == (422, "invoices", message)


def test_a_seller_may_not_create_orders() -> None:
    sandbox = Sandbox(adverts=20)
    answer = run(sandbox, ORDER_CREATE, {"order": {}, "lineItems": [_line(sandbox)]}, ApiKey("", "seller"))
    assert answer["data"] == {"orderCreate": None}
    assert [error["path"] for error in answer["errors"]] == [["orderCreate"]]


async def test_an_order_is_created_over_http(sandbox: Sandbox) -> None:
    line = _line(sandbox, cost={"amount": 1500})
    status, answer = await ask(sandbox, ORDER_CREATE, {"input": {"order": {"firstName": "Ada"}, "lineItems": [line]}})
    assert (status, answer.get("errors")) == (200, None)
    assert answer["data"]["orderCreate"]["order"]["totalCents"] == 1500
