"""What a fresh sandbox holds: the same for the same seed, and something for every filter."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Store

PROGRAM = """if True:
    from test_sandbox_is_seeded import digest
    from marketplacer_callback.sandbox import Sandbox
    print(digest(Sandbox(adverts=60, seed=9).store))
"""


@pytest.fixture(scope="module")
def store() -> Store:
    return Sandbox(adverts=400).store


def digest(store: Store) -> str:
    """Of every record, with references as ids."""
    records = [record for typename in store.typenames() for record in store.all(typename)]
    return hashlib.sha256(json.dumps([flat(record) for record in records]).encode()).hexdigest()


def flat(record: dict[str, Any]) -> dict[str, Any]:
    return {name: reference(value) for name, value in record.items()}


def reference(value: Any) -> Any:
    if isinstance(value, dict):
        return [value.get("id"), value.get("key"), value.get("value")]
    return [reference(one) for one in value] if isinstance(value, list) else value


def test_two_builds_of_one_seed_hold_the_same_and_so_do_those_of_another_process(
    request: pytest.FixtureRequest,
) -> None:
    own = digest(Sandbox(adverts=60, seed=9).store)
    assert own == digest(Sandbox(adverts=60, seed=9).store)
    assert own != digest(Sandbox(adverts=60, seed=10).store)
    folder = request.path.parent
    environment = {"PYTHONHASHSEED": "1", "PYTHONPATH": f"{folder}:{folder.parents[1]}"}
    command = [sys.executable, "-c", PROGRAM]
    other = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert other.stdout.strip() == own


def test_each_advert_has_three_variants_that_differ(store: Store) -> None:
    for advert in store.all("Advert"):
        assert len({variant["label"] for variant in advert["variants"]}) == 3
    assert len(store.all("Variant")) == 1200


def test_a_sandbox_with_more_variants_has_them_all_different() -> None:
    advert = Sandbox(adverts=1, variants=30).store.first("Advert")
    assert len({variant["label"] for variant in advert["variants"]}) == 30


def test_no_two_variants_share_a_sku_or_a_barcode(store: Store) -> None:
    variants = store.all("Variant")
    assert len({variant["sku"] for variant in variants}) == len(variants)
    assert len({variant["barcode"] for variant in variants}) == len(variants)
    for variant in variants[:50]:
        digits = [int(digit) for digit in variant["barcode"]]
        assert len(digits) == 13
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_sellers_are_of_several_countries_and_one_is_prospective(store: Store) -> None:
    sellers = store.all("Seller")
    countries = Counter(seller["address"]["country"]["code"] for seller in sellers)
    assert countries["AU"] > len(sellers) / 2
    assert len(countries) >= 4
    assert Counter(seller["accountType"] for seller in sellers) == {"RETAILER": 20, "PROSPECTIVE": 1}
    assert all(seller["address"]["state"]["country"] is seller["address"]["country"] for seller in sellers)


def test_a_few_adverts_are_unpublished_and_a_few_wait_to_be_vetted(store: Store) -> None:
    adverts = store.all("Advert")
    assert Counter(advert["published"] for advert in adverts) == {True: 390, False: 10}
    assert Counter(advert["vetted"] for advert in adverts) == {True: 392, False: 8}
    assert all(advert["requiresVetting"] is not advert["vetted"] for advert in adverts)


def test_orders_are_sent_in_part_or_not_and_some_of_what_is_sent_is_remitted(store: Store) -> None:
    flags = {tuple(invoice["statusFlags"]) for invoice in store.all("Invoice")}
    assert flags == {("PAID",), ("PAID", "PARTIALLY_SENT"), ("PAID", "SENT"), ("PAID", "SENT", "REMITTED")}
    for invoice in store.all("Invoice"):
        sent = Counter(
            {
                item["lineItem"]["id"]: item["quantity"]
                for shipment in invoice["shipments"]
                for item in shipment["shippedItems"]
            }
        )
        for line in invoice["lineItems"]:
            assert line["quantityAwaitingDispatch"] == line["quantity"] - sent[line["id"]]


def test_refund_requests_are_in_every_state_and_their_lines_agree(store: Store) -> None:
    lines = {
        request["status"]: {line["status"] for line in request["lineItems"]}
        for request in store.all("RefundRequest")[1:]
    }
    assert lines == {
        "AWAITING": {"PENDING_APPROVAL"},
        "RETURNED": {"REFUND_ACCEPTED"},
        "PROCESSED": {"REFUND_ACCEPTED"},
        "REFUNDED": {"REFUNDED"},
        "DENIED": {"REFUND_DENIED"},
    }
    assert store.first("RefundRequest")["lineItems"][0]["status"] == "AWAITING_RETURN"
    for request in store.all("RefundRequest"):
        refunded = request["status"] == "REFUNDED"
        assert (request["refundedAt"] is not None) is refunded
        assert bool(request["invoice"]["amendments"]) is refunded


def test_remittances_are_released_or_say_what_they_wait_for_and_one_advice_is_paid(store: Store) -> None:
    remittances = store.all("Remittance")
    assert {reason for one in remittances for reason in one["pendingReasons"]} == {
        "pending_release",
        "missing_remittance_details",
    }
    assert all(one["released"] is not bool(one["pendingReasons"]) for one in remittances)
    paid, unpaid = store.all("RemittanceAdvice")
    assert (paid["totalPaidCents"], paid["paidAt"] is not None) == (paid["totalCents"], True)
    assert (unpaid["totalPaidCents"], unpaid["paidAt"]) == (None, None)
    for advice in (paid, unpaid):
        assert advice["totalCents"] == sum(one["amountCents"] for one in advice["remittances"]) > 0


def test_annotations_are_resolved_or_not(store: Store) -> None:
    assert {one["resolved"] for one in store.all("InvoiceAnnotation")} == {True, False}


def test_dates_are_a_minute_apart_and_pass_midnight(store: Store) -> None:
    assert store.first("Country")["createdAt"] == "2024-01-01T00:00:00.000Z"
    dates = [one["createdAt"] for one in store.all("Variant")]
    assert dates == sorted(dates)
    assert dates[-1] > "2024-01-02"


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_small_sandbox_has_each_kind_of_object_too(count: int) -> None:
    kinds = Sandbox(adverts=count).store.typenames()
    for typename in (
        "Order",
        "Invoice",
        "Shipment",
        "RefundRequest",
        "RemittanceAdvice",
        "Remittance",
        "ReturnShipment",
    ):
        assert kinds[typename] >= 1
    assert kinds["Advert"] == count
