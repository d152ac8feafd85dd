"""Writes, twins, references: what happens to the sandbox's objects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_asking import data

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.seed import populate
from marketplacer_callback.sandbox.data.store import Store, iso
from marketplacer_callback.sandbox.schema import emulated_schema

TWIN = """query($id: ID!) { node(id: $id) { __typename id
    ... on UnpublishedAdvert { details { id title } variants { nodes { legacyId } } } ... on Advert { title } } }"""


def test_one_seed_makes_one_marketplace() -> None:
    first, second, other = (Sandbox(adverts=30, seed=seed).store for seed in (4, 4, 5))
    titles = [[advert["title"] for advert in store.all("Advert")] for store in (first, second, other)]
    assert titles[0] == titles[1] != titles[2]
    assert first.typenames() == second.typenames()
    assert [order["updatedAt"] for order in first.all("Order")] == [order["updatedAt"] for order in second.all("Order")]


@given(clock=st.lists(st.integers(min_value=1_800_000_000_000, max_value=1_800_000_000_050), min_size=1, max_size=30))
def test_versions_and_times_strictly_increase_whatever_the_clock_does(clock: list[int]) -> None:
    ticks = [*clock]
    store = Store(emulated_schema(), clock_ms=lambda: ticks[0] if len(ticks) == 1 else ticks.pop(0))
    id_ = store.add("Seller", businessName="a")["id"]
    store.go_live()
    states = [store.state("Seller", id_)]
    for _ in clock:
        store.change("Seller", id_, businessName="b")
        states.append(store.state("Seller", id_))
    assert [state.version for state in states] == list(range(1, len(states) + 1))
    times = [state.updated_at for state in states]
    assert times == sorted(set(times))
    assert store.all("Seller")[0]["updatedAt"] == times[-1]


async def test_a_write_is_visible_at_once_with_a_later_updated_at(sandbox: Sandbox) -> None:
    id_ = sandbox.store.all("Advert")[0]["id"]
    query = "query($id: ID!) { node(id: $id) { ... on Advert { title updatedAt } } }"
    before = (await data(sandbox, query, {"id": id_}))["node"]
    assert sandbox.change("Advert", id_, title="Renamed") == id_
    after = (await data(sandbox, query, {"id": id_}))["node"]
    assert after["title"] == "Renamed"
    assert after["updatedAt"] > before["updatedAt"]
    assert sandbox.store.version("Advert", id_) == 2


@pytest.mark.parametrize("typename", ["RemittanceAdvice", "RefundRequestLineItem", "Variant"])
def test_a_write_that_names_no_field_changes_something_that_can_be_seen(typename: str) -> None:
    sandbox = Sandbox(adverts=3)
    record = sandbox.store.all(typename)[0]
    before = dict(record)
    sandbox.change(typename, record["id"])
    assert {name for name in record if record[name] != before.get(name)} > {"updatedAt"}


async def test_an_unpublished_advert_reads_as_its_twin_and_back(sandbox: Sandbox) -> None:
    advert = sandbox.store.all("Advert")[0]
    sandbox.change("Advert", advert["id"], published=False)
    node = (await data(sandbox, TWIN, {"id": advert["id"]}))["node"]
    assert node["__typename"] == "UnpublishedAdvert"
    assert node["details"] == {"id": advert["id"], "title": advert["title"]}
    assert len(node["variants"]["nodes"]) == len(advert["variants"])
    sandbox.change("Advert", advert["id"], published=True)
    assert (await data(sandbox, TWIN, {"id": advert["id"]}))["node"]["__typename"] == "Advert"


async def test_a_destroyed_advert_reads_as_its_twin_also_from_its_variants(sandbox: Sandbox) -> None:
    advert = sandbox.store.all("Advert")[0]
    sandbox.destroy("Advert", advert["id"])
    assert (await data(sandbox, TWIN, {"id": advert["id"]}))["node"] == {
        "__typename": "DeletedAdvert",
        "id": advert["id"],
    }
    query = "query($id: ID!) { node(id: $id) { ... on Variant { advert { __typename } } } }"
    variant = (await data(sandbox, query, {"id": advert["variants"][0]["id"]}))["node"]
    assert variant == {"advert": {"__typename": "DeletedAdvert"}}
    assert advert["id"] not in [record["id"] for record in sandbox.store.all("Advert")]


async def test_a_destroyed_object_without_a_twin_reads_as_null_and_leaves_its_relations(sandbox: Sandbox) -> None:
    variant = sandbox.store.all("Variant")[0]
    advert = variant["advert"]
    sandbox.destroy("Variant", variant["id"])
    query = """query($id: ID!, $v: ID!) { node(id: $v) { id }
        of: node(id: $id) { ... on Advert { variants { nodes { id } } } } }"""
    answer = await data(sandbox, query, {"id": advert["id"], "v": variant["id"]})
    assert answer["node"] is None
    assert {"id": variant["id"]} not in answer["of"]["variants"]["nodes"]


def test_a_change_touches_the_object_that_follows_it() -> None:
    sandbox = Sandbox(adverts=3)
    variant, line = sandbox.store.all("Variant")[0], sandbox.store.all("RefundRequestLineItem")[0]
    sandbox.change("Variant", variant["id"], countOnHand=1)
    assert sandbox.store.version("Advert", variant["advert"]["id"]) == 2
    sandbox.change("RefundRequestLineItem", line["id"], status="REFUND_ACCEPTED")
    request = line["refundRequest"]
    assert sandbox.store.version("RefundRequest", request["id"]) == 2


def test_a_reference_is_given_by_id() -> None:
    sandbox = Sandbox(adverts=3)
    seller = sandbox.create("Seller", businessName="New & Co")
    advert = sandbox.create("Advert", seller=seller)
    record = sandbox.store.get(advert)
    assert record is not None
    assert record["seller"]["businessName"] == "New & Co"


@pytest.mark.parametrize(
    ("typename", "fields", "error", "named"),
    [
        ("Advert", {"titel": "x"}, ValueError, "Advert.titel"),
        ("Advert", {"updatedAt": "2030-01-01T00:00:00Z"}, ValueError, "Advert.updatedAt"),
        ("Nonsense", {}, ValueError, "Nonsense"),
        ("Advert", {"seller": "nobody"}, KeyError, "nobody"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(
    typename: str, fields: dict[str, str], error: type[Exception], named: str
) -> None:
    sandbox = Sandbox(adverts=1)
    count = len(sandbox.store.all(typename))
    with pytest.raises(error, match=named):
        sandbox.create(typename, **fields)
    assert len(sandbox.store.all(typename)) == count


def test_any_type_of_the_schema_can_be_made() -> None:
    sandbox = Sandbox(adverts=3)
    for typename in (
        "Order",
        "Shipment",
        "RefundRequest",
        "RemittanceAdvice",
        "Seller",
        "ReturnShipment",
        "Taxon",
        "Promotion",
    ):
        before = len(sandbox.store.all(typename))
        sandbox.create(typename)
        assert len(sandbox.store.all(typename)) == before + 1


async def test_a_lagging_replica_shows_the_object_as_it_was() -> None:
    now = [1_800_000_000_000]
    store = Store(emulated_schema(), clock_ms=lambda: now[0])
    populate(store, 1)
    id_ = store.all("Advert")[0]["id"]
    for number in range(3):
        now[0] += 1000
        store.change("Advert", id_, title=f"title {number}", published=number < 2)
    titles = []
    for lag_ms in (0, 500, 1500):
        shown = store.read(id_, lag_ms=lag_ms)
        assert shown is not None
        titles.append((shown["__typename"], shown.get("details", shown)["title"], shown["updatedAt"]))
    assert titles == [
        ("UnpublishedAdvert", "title 2", iso(now[0])),
        ("Advert", "title 1", iso(now[0] - 1000)),
        ("Advert", "title 0", iso(now[0] - 2000)),
    ]


def test_a_lagging_replica_does_not_know_a_new_object() -> None:
    sandbox = Sandbox(adverts=1)
    id_ = sandbox.create("Seller")
    assert sandbox.store.read(id_) is not None
    assert sandbox.store.read(id_, lag_ms=60_000) is None
