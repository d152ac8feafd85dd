"""Who a key belongs to, ids by the number that people see, and the schema."""

from __future__ import annotations

import pytest
from graphql import build_schema, graphql, introspection_from_schema, parse, validate

from marketplacer_callback.api import Principal, find_by_legacy_id, introspect, principal
from marketplacer_callback.errors import ApiError, ConfigurationError, MissingScope, Unauthorized, Unavailable


@pytest.fixture(scope="session")
def published(shared):
    """The schema that the platform published in 2023."""
    return build_schema((shared / "marketplacer/schema-2023.graphqls").read_text())


async def test_an_operators_key(platform, client) -> None:
    platform.instead = lambda _: {"data": {"apiKeyPrincipal": {"name": "OMS", "username": None, "seller": None}}}
    who = await principal(client)
    assert who == Principal("OMS")
    assert not who.is_seller


async def test_a_sellers_key(platform, client) -> None:
    seller = {"id": "U2VsbGVyLTQ=", "businessName": "Cell Phones 4U"}
    platform.instead = lambda _: {"data": {"apiKeyPrincipal": {"name": None, "username": "erp", "seller": seller}}}
    who = await principal(client)
    assert who == Principal("erp", "U2VsbGVyLTQ=", "Cell Phones 4U")
    assert who.is_seller


async def test_a_key_of_nobody_is_unauthorized(platform, client) -> None:
    platform.instead = lambda _: {"data": {"apiKeyPrincipal": None}}
    with pytest.raises(Unauthorized, match="api_key"):
        await principal(client)


@pytest.mark.parametrize(
    ("typename", "root"),
    [
        ("Advert", "advertsWhere"),
        ("UnpublishedAdvert", "advertsWhere"),
        ("Invoice", "invoices"),
        ("RefundRequest", "refundRequests"),
        ("RemittanceAdvice", "remittanceAdvices"),
    ],
)
async def test_an_id_is_found_by_its_number(platform, client, published, typename: str, root: str) -> None:
    platform.instead = lambda _: {"data": {root: {"nodes": [None, {"id": "eA==", "legacyId": 7}]}}}
    assert await find_by_legacy_id(client, typename, 7) == "eA=="
    assert await find_by_legacy_id(client, typename, 8) is None
    platform.instead = lambda _: {"data": {root: None}}
    assert await find_by_legacy_id(client, typename, 7) is None
    for request in platform.requests:
        assert validate(published, parse(request["query"])) == []


async def test_the_question_for_the_principal_is_valid(platform, client, published) -> None:
    platform.instead = lambda _: {"data": {"apiKeyPrincipal": None}}
    with pytest.raises(Unauthorized):
        await principal(client)
    assert validate(published, parse(platform.requests[0]["query"])) == []


async def test_a_type_without_such_a_filter_is_told_without_a_request(platform, client) -> None:
    with pytest.raises(ConfigurationError, match=r"Shipment.*RemittanceAdvice"):
        await find_by_legacy_id(client, "Shipment", 7)
    assert platform.requests == []


async def test_errors_beside_data_are_raised(platform, client) -> None:
    refusal = {"message": "no", "path": ["invoices"], "extensions": {"code": "MISSING_SCOPE"}}
    platform.instead = lambda _: {"data": {"invoices": None}, "errors": [refusal]}
    with pytest.raises(MissingScope):
        await find_by_legacy_id(client, "Invoice", 7)


@pytest.mark.parametrize("data", [{}, {"invoices": {"nodes": [{"id": "x", "legacyId": "seven"}]}}, {"invoices": 5}])
async def test_an_answer_of_another_form_is_no_answer(platform, client, data) -> None:
    platform.instead = lambda _: {"data": data}
    with pytest.raises(Unavailable):
        await find_by_legacy_id(client, "Invoice", 7)


async def test_a_pulled_schema_builds_again(platform, client) -> None:
    platform.instead = lambda _: {"data": introspection_from_schema(platform.schema)}
    sdl = await introspect(client)
    rebuilt = build_schema(sdl)
    assert set(rebuilt.type_map) == set(platform.schema.type_map)


async def test_the_introspection_is_executed_by_a_server(platform, client) -> None:
    assert "type Advert implements Node" in await introspect(client)
    assert platform.requests[0]["operationName"] == "IntrospectionQuery"


@pytest.mark.parametrize("as_root", [True, False])
async def test_the_data_type_subscription_stays_one(platform, client, as_root: bool) -> None:
    """The platform has a type of that name, which introspection may show as the root of subscriptions or not."""
    schema = build_schema(
        ("" if as_root else "schema { query: Query } ")
        + "type Query { mine: Subscription } type Subscription { email: String }"
    )
    platform.instead = lambda _: {"data": introspection_from_schema(schema)}
    rebuilt = build_schema(await introspect(client))
    assert (rebuilt.subscription_type is not None) == as_root
    assert validate(rebuilt, parse("{ mine { email } }")) == []
    result = await graphql(rebuilt, "{ mine { email } }")
    assert result.errors is None


async def test_the_whole_published_schema_survives(platform, client, published) -> None:
    platform.instead = lambda _: {"data": introspection_from_schema(published)}
    rebuilt = build_schema(await introspect(client), assume_valid=True)
    assert set(published.type_map) == set(rebuilt.type_map)
    advert = rebuilt.type_map["Advert"].fields  # type: ignore[union-attr]
    assert advert.keys() == published.type_map["Advert"].fields.keys()


async def test_a_refused_introspection_is_told(platform, client) -> None:
    platform.instead = lambda _: {"errors": [{"message": "Introspection is disabled"}]}
    with pytest.raises(ApiError, match="Introspection is disabled"):
        await introspect(client)


async def test_an_introspection_that_is_none_is_no_answer(platform, client) -> None:
    platform.instead = lambda _: {"data": {"__schema": {"types": []}}}
    with pytest.raises(Unavailable, match="no schema"):
        await introspect(client)
