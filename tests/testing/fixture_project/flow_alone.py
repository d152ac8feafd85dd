"""The sandbox without an inbox."""

import os

import pytest


def test_alone(marketplacer_sandbox):
    seller = marketplacer_sandbox.create("Seller", businessName="Blue")
    found = marketplacer_sandbox.query(
        "query Q($id: ID!) { node(id: $id) { ... on Seller { businessName } } }", {"id": seller}
    )
    assert found == {"data": {"node": {"businessName": "Blue"}}}
    assert marketplacer_sandbox.get("Seller", seller)["businessName"] == "Blue"
    assert marketplacer_sandbox.objects("Advert")[0]["seller"] == marketplacer_sandbox.objects("Seller")[0]["id"]
    assert [one["outcome"] for one in marketplacer_sandbox.journal(kind="attempt")] == ["delivered"]
    assert marketplacer_sandbox.url.endswith("/graphql")
    assert marketplacer_sandbox.story("seller")["complete"]
    with pytest.raises(KeyError, match="has no Seller 'nobody'"):
        marketplacer_sandbox.destroy("Seller", "nobody")
    with pytest.raises(ValueError, match="no field Seller.colour"):
        marketplacer_sandbox.change("Seller", seller, colour="blue")
    assert not any(name.startswith("MARKETPLACER_") for name in os.environ)
