"""A client that pages through a list gets each object once, whatever happens to the list meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.querying.relations import connect
from marketplacer_callback.sandbox.querying.sorting import Sorting

BY_UPDATE = "[{field: UPDATED_AT, ordering: ASCENDING}]"
LATEST_FIRST = "[{field: UPDATED_AT, ordering: DESCENDING}]"


def page(market: Sandbox, after: str | None, *, first: int = 4, sort: str = "[]") -> dict[str, Any]:
    """A page of all adverts."""
    document = f"""query($after: String) {{ allAdverts(first: {first}, after: $after, sort: {sort}) {{
        totalCount pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}
        edges {{ cursor }} nodes {{ ... on Node {{ id }} }} }} }}"""
    answer = market.executor.run(document, {"after": after}, None, market.request())
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]["allAdverts"]
    return found


def numbers(market: Sandbox, found: dict[str, Any]) -> list[int]:
    return [market.store.get(node["id"])["legacyId"] for node in found["nodes"]]  # type: ignore[index]


def test_the_cursor_of_each_edge_leads_to_what_comes_behind_it() -> None:
    market = Sandbox(adverts=6)
    whole = page(market, None, first=6)
    assert numbers(market, whole) == [1, 2, 3, 4, 5, 6]
    assert whole["pageInfo"] == {
        "startCursor": whole["edges"][0]["cursor"],
        "endCursor": whole["edges"][5]["cursor"],
        "hasNextPage": False,
        "hasPreviousPage": False,
    }
    behind = [numbers(market, page(market, edge["cursor"], first=2)) for edge in whole["edges"]]
    assert behind == [[2, 3], [3, 4], [4, 5], [5, 6], [6], []]
    assert not any(edge["cursor"].isdigit() for edge in whole["edges"])


def test_the_last_page_has_nothing_behind_it_and_an_empty_one_no_cursors() -> None:
    market = Sandbox(adverts=5)
    first = page(market, None)
    last = page(market, first["pageInfo"]["endCursor"])
    assert [one["pageInfo"]["hasNextPage"] for one in (first, last)] == [True, False]
    assert [one["pageInfo"]["hasPreviousPage"] for one in (first, last)] == [False, True]
    assert [one["totalCount"] for one in (first, last)] == [5, 5]
    nothing = page(market, last["pageInfo"]["endCursor"])
    assert nothing["nodes"] == nothing["edges"] == []
    assert nothing["pageInfo"]["startCursor"] is nothing["pageInfo"]["endCursor"] is None
    assert page(market, None, first=0)["pageInfo"]["hasNextPage"] is True


def test_an_object_that_moves_to_the_end_comes_again_and_no_other_is_skipped_for_it() -> None:
    market = Sandbox(adverts=8)
    ids = [advert["id"] for advert in market.store.all("Advert")]
    first = page(market, None, sort=BY_UPDATE)
    assert numbers(market, first) == [1, 2, 3, 4]
    market.change("Advert", ids[3], title="The one that the cursor names")
    market.change("Advert", ids[0], title="Another one")
    second = page(market, first["pageInfo"]["endCursor"], sort=BY_UPDATE)
    assert numbers(market, second) == [5, 6, 7, 8]
    third = page(market, second["pageInfo"]["endCursor"], sort=BY_UPDATE)
    assert numbers(market, third) == [4, 1]


def test_writes_of_one_millisecond_come_behind_what_was_read_too() -> None:
    market = Sandbox(adverts=4)
    market.store._clock_ms = lambda: 1_800_000_000_000
    ids = [advert["id"] for advert in market.store.all("Advert")]
    for id_ in (ids[3], ids[3]):
        market.change("Advert", id_)
    first = page(market, None, sort=BY_UPDATE)
    assert numbers(market, first) == [1, 2, 3, 4]
    market.change("Advert", ids[1])
    market.create("Advert")
    assert numbers(market, page(market, first["pageInfo"]["endCursor"], sort=BY_UPDATE)) == [2, 5]


def test_paging_backwards_in_time_repeats_nothing() -> None:
    market = Sandbox(adverts=6)
    ids = [advert["id"] for advert in market.store.all("Advert")]
    first = page(market, None, first=3, sort=LATEST_FIRST)
    assert numbers(market, first) == [6, 5, 4]
    market.change("Advert", ids[4], title="Moves to the front")
    second = page(market, first["pageInfo"]["endCursor"], sort=LATEST_FIRST)
    assert numbers(market, second) == [3, 2, 1]


def test_a_cursor_stays_where_it_was_when_the_object_that_it_names_is_deleted() -> None:
    market = Sandbox(adverts=3)
    brands = market.store.all("Brand")
    document = "query($after: String) { brands(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"

    def brands_after(cursor: str | None) -> tuple[list[str], str]:
        found = market.executor.run(document, {"after": cursor}, None, market.request())["data"]["brands"]
        return [node["id"] for node in found["nodes"]], found["pageInfo"]["endCursor"]

    read, cursor = brands_after(None)
    assert read == [brands[0]["id"], brands[1]["id"]]
    market.destroy("Brand", brands[0]["id"])
    market.destroy("Brand", brands[1]["id"])
    assert brands_after(cursor)[0] == [brands[2]["id"], brands[3]["id"]]


def test_a_relation_is_paged_by_its_objects_too() -> None:
    records = [{"__typename": "Image", "id": name} for name in "abcdef"]
    cursor = connect(records, first=2)["pageInfo"]["endCursor"]
    added = [{"__typename": "Image", "id": "new"}, *records]
    assert [one["id"] for one in connect(added, first=2, after=cursor)["nodes"]] == ["c", "d"]
    without = [one for one in records if one["id"] != "b"]
    assert [one["id"] for one in connect(without, first=2, after=cursor)["nodes"]] == ["c", "d"]


@pytest.mark.parametrize("cursor", ["no cursor", "MQ", "bnVsbA", "WzEsMiwzXQ", "e30", "W1tbW1tb", "ÄÖ", "WyJhIiwiYiJd"])
def test_what_is_no_cursor_of_the_list_is_an_error(cursor: str) -> None:
    for sorting in (None, Sorting((("updatedAt", False),))):
        with pytest.raises(GraphQLError, match="not a cursor"):
            connect([{"id": "a", "legacyId": 1}], after=cursor, sorting=sorting)


def test_an_empty_cursor_is_none() -> None:
    assert connect([{"id": "a"}], after="")["nodes"] == [{"id": "a"}]


def test_a_cursor_of_another_order_is_an_error() -> None:
    market = Sandbox(adverts=3)
    cursor = page(market, None, first=1)["pageInfo"]["endCursor"]
    document = f'{{ allAdverts(after: "{cursor}", sort: {BY_UPDATE}) {{ totalCount }} }}'
    answer = market.executor.run(document, None, None, market.request())
    assert answer["errors"][0]["path"] == ["allAdverts"]
    assert "in this order" in answer["errors"][0]["message"]


WRITES = st.lists(st.tuples(st.sampled_from(["add", "change", "destroy"]), st.integers(0, 50)), max_size=3)


@given(size=st.integers(1, 9), sort=st.sampled_from(["[]", BY_UPDATE]), meanwhile=st.lists(WRITES, max_size=8))
def test_nothing_is_skipped_while_objects_are_written_and_nothing_comes_twice_unless_it_changed(
    size: int, sort: str, meanwhile: list[list[tuple[str, int]]]
) -> None:
    market = Sandbox(adverts=9)
    there = {advert["id"] for advert in market.store.all("Advert")}
    seen: list[str] = []
    changed: set[str] = set()
    after = None
    while True:
        found = page(market, after, first=size, sort=sort)
        seen += [node["id"] for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
        for write, number in meanwhile.pop() if meanwhile else ():
            changed.add(written(market, write, number))
    assert there <= set(seen)
    twice = {id_ for id_ in seen if seen.count(id_) > 1}
    assert twice <= (changed if sort == BY_UPDATE else set())


def written(market: Sandbox, write: str, number: int) -> str:
    """The id of an advert that is written to."""
    living = market.store.all("Advert")
    if write == "add" or not living:
        return market.create("Advert")
    id_: str = living[number % len(living)]["id"]
    if write == "change":
        return market.change("Advert", id_)
    market.destroy("Advert", id_)
    return id_


@pytest.mark.parametrize("field", ["allAdverts", "brands", "invoices", "webhooks", "shipmentAddresses"])
def test_backwards_pagination_is_an_error_at_the_field(field: str) -> None:
    market = Sandbox(adverts=3)
    for page_ in ("last: 2", 'before: "x"'):
        answer = market.executor.run(f"{{ {field}({page_}) {{ totalCount }} }}", None, None, market.request())
        assert answer["errors"][0]["path"] == [field]
        assert "not supported" in answer["errors"][0]["message"]


def test_a_large_list_is_read_whole_in_pages_of_500() -> None:
    shop = Sandbox(adverts=1_100)
    document = """query($after: String) {
        allAdverts(first: 500, after: $after, updatedSince: "2020-01-01", sort: [{field: UPDATED_AT}]) {
            nodes { ... on Node { id } } pageInfo { hasNextPage endCursor } } }"""
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        after = pages[-1]["pageInfo"]["endCursor"] if pages else None
        pages.append(shop.executor.run(document, {"after": after}, None, shop.request())["data"]["allAdverts"])
    assert [len(page["nodes"]) for page in pages] == [500, 500, 100]
    assert len({node["id"] for page in pages for node in page["nodes"]}) == 1_100
