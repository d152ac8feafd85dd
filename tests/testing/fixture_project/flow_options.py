"""A project, or a part of it, says which sandbox it wants."""

import pytest


@pytest.fixture
def marketplacer_sandbox_options():
    return {"adverts": 3, "role": "seller", "basic": "user:word", "vertical": "corner"}


def test_options(marketplacer_sandbox, marketplacer_inbox):
    assert len(marketplacer_sandbox.objects("Advert")) == 3
    principal = marketplacer_sandbox.query("{ apiKeyPrincipal { seller { id } } }")["data"]["apiKeyPrincipal"]
    assert principal["seller"]["id"] == marketplacer_sandbox.objects("Seller")[0]["id"]
    assert marketplacer_inbox.instance == "corner"
    other = marketplacer_sandbox.objects("Seller")[1]
    marketplacer_sandbox.create("Advert", title="mine")
    marketplacer_sandbox.create("Advert", title="another's", seller=other["id"])
    assert marketplacer_inbox.run_until_idle().published("archive") == ["mine"]
