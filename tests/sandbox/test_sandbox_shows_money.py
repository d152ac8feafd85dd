"""Amounts as text, in the marketplace's currency and in the one that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from marketplacer_callback.sandbox import Sandbox

TEXT = """query($id: ID!, $in: String) { node(id: $id) { ... on Advert {
    lowestPrice lowestPriceCents editablePriceCents editablePriceFormatted(currency: $in) } } }"""


def price(sandbox: Sandbox, cents: int, asked: str | None = None) -> dict[str, Any]:
    advert = sandbox.store.first("Advert")["id"]
    sandbox.change("Advert", advert, editablePriceCents=cents)
    return sandbox.executor.run(TEXT, {"id": advert, "in": asked}, None, sandbox.request())


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (None, "$1,234.50"),
        ("AUD", "$1,234.50"),
        ("NZD", "$1,345.61"),
        ("USD", "$814.77"),
        ("EUR", "€753.05"),
        ("GBP", "£641.94"),
        ("JPY", "¥122,216"),
    ],
)
def test_an_amount_is_shown_in_the_asked_currency(asked: str | None, shown: str) -> None:
    node = price(Sandbox(adverts=1), 123450, asked)["data"]["node"]
    assert (node["editablePriceCents"], node["editablePriceFormatted"]) == (123450, shown)


def test_less_than_nothing_has_its_sign_in_front() -> None:
    assert price(Sandbox(adverts=1), -5)["data"]["node"]["editablePriceFormatted"] == "-$0.05"


def test_a_currency_without_a_rate_is_an_error_that_names_those_that_have_one() -> None:
    answer = price(Sandbox(adverts=1), 1, "XYZ")
    assert answer["errors"][0]["message"] == (
        "the sandbox has no rate for the currency 'XYZ'; it has AUD, NZD, USD, EUR, GBP, JPY"
    )
    assert answer["data"]["node"]["editablePriceFormatted"] is None


def test_a_marketplace_of_another_currency_has_its_prices_in_it() -> None:
    sandbox = Sandbox(adverts=1, currency="JPY")
    node = price(sandbox, 1200)["data"]["node"]
    assert node["editablePriceFormatted"] == "¥1,200"
    assert node["lowestPrice"] == str(node["lowestPriceCents"])
    shown = 'amount currencyCode formatted(currency: "AUD", disambiguate: true)'
    text = f"{{ remittances {{ totalRemittanceAmount {{ {shown} }} }} }}"
    money = sandbox.executor.run(text, None, None, sandbox.request())["data"]["remittances"]["totalRemittanceAmount"]
    assert money["currencyCode"] == "JPY"
    assert money["formatted"].startswith("A$")


def test_its_shoppers_live_in_the_country_of_its_currency() -> None:
    sandbox = Sandbox(adverts=30, currency="GBP")
    assert {order["address"]["country"]["code"] for order in sandbox.store.all("Order")} == {"GB"}


def test_a_marketplace_of_an_unknown_currency_is_not_opened() -> None:
    with pytest.raises(ValueError, match="'XYZ'; it has AUD, NZD"):
        Sandbox(adverts=1, currency="XYZ")
