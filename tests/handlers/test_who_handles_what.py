"""Lanes, order, and types that send no webhook."""

from __future__ import annotations

import pytest

from marketplacer_callback import Change, Integration, Settings
from marketplacer_callback.routing import unreachable_warning


def handler(change: Change) -> None: ...


def test_fast_moving_types_are_in_the_fast_lane_unless_somebody_says_otherwise() -> None:
    integration = Integration(Settings(lanes={"fast": {"types": ["Seller"]}}))
    integration.on("Seller", name="a")(handler)
    integration.on("Invoice", name="b")(handler)
    integration.on("Invoice", name="c", lane="fast")(handler)
    assert {one.name: one.lane for one in integration.table} == {"a": "fast", "b": "slow", "c": "fast"}


def test_handlers_of_a_type_stand_in_the_order_in_which_they_were_registered() -> None:
    integration = Integration(Settings())
    for name in ("z", "a", "m"):
        integration.on("Seller", name=name)(handler)
    assert [one.name for one in integration.table.handlers("slow", "Seller")] == ["z", "a", "m"]


def test_a_twin_is_handled_as_the_type_whose_webhook_tells_of_it() -> None:
    integration = Integration(Settings())
    integration.on("UnpublishedAdvert", name="a")(handler)
    assert [one.typename for one in integration.table] == ["Advert"]


@pytest.mark.parametrize(("typename", "instead"), [("Order", "Invoice"), ("Remittance", "RemittanceAdvice")])
def test_a_type_without_a_webhook_is_warned_of_with_what_to_use_instead(typename: str, instead: str) -> None:
    integration = Integration(Settings())
    integration.on(typename, name="a")(handler)
    (one,) = integration.table
    warning = unreachable_warning(one)
    assert warning is not None
    assert f"use {instead}" in warning
    assert "test_who_handles_what.py:" in warning


def test_a_type_that_nobody_knows_yet_is_warned_of_as_such() -> None:
    integration = Integration(Settings())
    integration.on("BrandNewThing", name="a")(handler)
    (one,) = integration.table
    assert "BRAND_NEW_THING" in (unreachable_warning(one) or "")


def test_a_type_with_a_webhook_is_not_warned_of() -> None:
    integration = Integration(Settings())
    integration.on("Advert", name="a")(handler)
    (one,) = integration.table
    assert unreachable_warning(one) is None
