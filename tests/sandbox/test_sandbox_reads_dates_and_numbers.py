"""Dates, decimals and untyped values are taken in every form that they may have, and nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from graphql import GraphQLSchema

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.querying.scalars import checked, day, moment


@pytest.fixture(scope="module")
def market() -> Sandbox:
    market = Sandbox(adverts=4)
    for number, at in enumerate(("2024-05-01T00:00:00.000Z", "2024-05-01T10:00:00.000Z", "2024-05-02T00:00:00.000Z")):
        market.store.change("Advert", market.store.all("Advert")[number]["id"], createdAt=at)
    return market


def created_since(market: Sandbox, since: str) -> list[int]:
    document = (
        "query($s: ISO8601DateTime) { advertsWhere(createdSince: $s, legacyIds: [1, 2, 3]) { nodes { legacyId } } }"
    )
    answer = market.executor.run(document, {"s": since}, None, market.request())
    assert "errors" not in answer, answer["errors"]
    return [node["legacyId"] for node in answer["data"]["advertsWhere"]["nodes"]]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2024-05-01", [1, 2, 3]),
        ("20240502", [3]),
        ("2024-05-01T10:00:00Z", [2, 3]),
        ("2024-05-01T10:00:00.000001Z", [3]),
        ("2024-05-01T12:00:00+02:00", [2, 3]),
        ("2024-05-01T10:00:01", [3]),
        ("2024-05-01T19:59:59-04:00", [3]),
        ("20240501T100000Z", [2, 3]),
        ("2024-W18-4", [3]),
        ("2024-05-03", []),
    ],
)
def test_a_date_time_is_any_of_iso_8601_and_in_utc_without_a_zone(
    market: Sandbox, since: str, expected: list[int]
) -> None:
    assert created_since(market, since) == expected


@pytest.mark.parametrize(
    ("document", "argument", "path"),
    [
        ('{ allAdverts(updatedSince: "yesterday") { totalCount } }', "'updatedSince' of 'allAdverts'", ["allAdverts"]),
        ('{ a: updatedOrders(updatedSince: "2024-13-01") { totalCount } }', "'updatedSince'", ["a"]),
        ('{ invoices(filters: {paidUntil: ""}) { totalCount } }', "'paidUntil' of 'invoices'", ["invoices"]),
        ("{ allSellers(updatedSince: 17) { totalCount } }", "'updatedSince'", ["allSellers"]),
        ('{ refundRequests(filters: {invoicePaidAt: "May"}) { totalCount } }', "'invoicePaidAt'", ["refundRequests"]),
        (
            'mutation { advertUpsert(input: {attributes: {variants: [{salePriceStartAt: "soon"}]}}) { status } }',
            "'salePriceStartAt' of 'advertUpsert'",
            ["advertUpsert"],
        ),
        (
            'mutation { advertUpsert(input: {attributes: {itemTaxRate: "ten"}}) { status } }',
            "'itemTaxRate'",
            ["advertUpsert"],
        ),
    ],
)
def test_rubbish_is_an_error_at_the_field_that_names_the_argument(
    market: Sandbox, document: str, argument: str, path: list[str]
) -> None:
    [error] = market.executor.run(document, None, None, market.request())["errors"]
    assert error["path"] == path
    assert argument in error["message"]


def test_rubbish_in_a_variable_is_the_same_error(market: Sandbox) -> None:
    document = "query($s: ISO8601DateTime) { allAdverts(updatedSince: $s) { totalCount } }"
    answer = market.executor.run(document, {"s": "now"}, None, market.request())
    assert [error["path"] for error in answer["errors"]] == [["allAdverts"]]
    assert "'updatedSince'" in answer["errors"][0]["message"]
    assert "2024-05-01T03:04:05Z" in answer["errors"][0]["message"]


def given_to_root(schema: GraphQLSchema, field: str, input_: dict[str, Any]) -> dict[str, Any]:
    """The input as the mutation gets it."""
    assert schema.mutation_type is not None
    got: list[dict[str, Any]] = []
    resolve = checked(field, schema.mutation_type.fields[field].args, lambda _root, _info, **args: got.append(args))
    resolve(None, None, input=input_)
    return got[0]["input"]  # type: ignore[no-any-return]


def test_a_mutation_gets_dates_as_they_came_and_a_bare_one_as_midnight_where_a_time_is_due(market: Sandbox) -> None:
    schema = market.executor.schema
    paid = given_to_root(schema, "remittanceAdviceUpdate", {"remittanceAdviceId": "x", "paidAt": "2024-05-01"})
    assert paid["paidAt"] == "2024-05-01T00:00:00Z"
    paid = given_to_root(
        schema, "remittanceAdviceUpdate", {"remittanceAdviceId": "x", "paidAt": "2024-05-01T03:04:05+02:00"}
    )
    assert paid["paidAt"] == "2024-05-01T03:04:05+02:00"
    sent = given_to_root(schema, "shipmentCreate", {"dispatchedAt": "2024-05-01", "invoiceId": "x"})
    assert sent["dispatchedAt"] == "2024-05-01"


def test_a_mutation_gets_a_decimal_as_text_however_it_was_written(market: Sandbox) -> None:
    schema = market.executor.schema
    for value, expected in ((0.1, "0.1"), ("0.10", "0.10"), (3, "3")):
        got = given_to_root(schema, "advertUpsert", {"attributes": {"itemTaxRate": value, "title": "A"}})
        assert got["attributes"] == {"itemTaxRate": expected, "title": "A"}


def test_a_decimal_is_text_in_an_answer_whatever_the_record_holds(market: Sandbox) -> None:
    advert = market.store.all("Advert")[0]
    document = "query($id: ID!) { node(id: $id) { ... on Advert { editablePrice itemTaxRate createdAt } } }"
    for held, expected in (("25.00", "25.00"), (25, "25.0"), (12.5, "12.5"), (None, None)):
        market.store.change("Advert", advert["id"], editablePrice=held)
        shown = market.executor.run(document, {"id": advert["id"]}, None, market.request())["data"]["node"]
        assert shown["editablePrice"] == expected


def test_a_date_that_a_record_holds_is_a_date_time_where_the_schema_says_so(market: Sandbox) -> None:
    shipment = market.store.all("Shipment")[0]
    market.store.change("Shipment", shipment["id"], dispatchedAt="2024-05-01")
    document = "query($id: ID!) { node(id: $id) { ... on Shipment { dispatchedAt } } }"
    shown = market.executor.run(document, {"id": shipment["id"]}, None, market.request())["data"]["node"]
    assert shown == {"dispatchedAt": "2024-05-01T00:00:00Z"}


def test_json_is_answered_as_it_is_held(market: Sandbox) -> None:
    order = market.store.all("Order")[0]
    held = {"provider": "x", "parts": [1, None, {"a": True}]}
    market.store.change("Order", order["id"], paymentGatewayDetails=held)
    document = "query($id: ID!) { order(orderId: $id) { paymentGatewayDetails } }"
    shown = market.executor.run(document, {"id": order["id"]}, None, market.request())["data"]["order"]
    assert shown == {"paymentGatewayDetails": held}


def test_moments_and_days_are_in_utc() -> None:
    assert moment("2024-05-01T01:00:00+02:00") == datetime(2024, 4, 30, 23, tzinfo=UTC)
    assert moment("2024-05-01") == datetime(2024, 5, 1, tzinfo=UTC)
    assert day("2024-05-01T01:00:00+02:00") == date(2024, 4, 30)
    with pytest.raises(ValueError, match="Invalid isoformat"):
        moment("yesterday")
