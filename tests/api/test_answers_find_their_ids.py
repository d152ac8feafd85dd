"""Whatever a server does to the list, an entry goes to the id that it carries, or to nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.api import GraphqlError
from marketplacer_callback.api.matching import match

IDS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=8, unique=True)


def entry(name: str) -> dict[str, str]:
    return {"key": name}


def errors(indexes) -> list[GraphqlError]:
    return [GraphqlError("x", path=("node", index, "title")) for index in indexes]


@given(IDS, st.data())
def test_every_id_is_in_exactly_one_place(ids: list[str], data) -> None:
    """For lists of any length and order, with strangers, duplicates, nulls and nonsense among them."""
    one = st.sampled_from([*map(entry, ids), None, entry("stranger"), {}, 5])
    entries = data.draw(st.lists(one, max_size=10))
    faulty = data.draw(st.sets(st.integers(0, 9), max_size=3))
    matched = match(ids, "node", "key", entries, errors(faulty))
    places = [*matched.found, *matched.absent, *matched.faults, *matched.again]
    assert sorted(places) == sorted(ids)
    assert all(found["key"] == name for name, found in matched.found.items())


@given(IDS, st.data())
def test_a_list_in_order_tells_everything(ids: list[str], data) -> None:
    gone = data.draw(st.sets(st.sampled_from(ids)))
    faulty = data.draw(st.sets(st.sampled_from(ids)))
    entries = [None if name in gone else entry(name) for name in ids]
    matched = match(ids, "node", "key", entries, errors(ids.index(name) for name in faulty))
    assert matched.absent == gone - faulty
    assert set(matched.faults) == faulty
    assert set(matched.found) == set(ids) - gone - faulty
    assert matched.again == []


@given(IDS, st.randoms(use_true_random=False), st.data())
def test_a_shuffled_list_loses_nothing_and_guesses_nothing(ids: list[str], random, data) -> None:
    gone = data.draw(st.sets(st.sampled_from(ids)))
    entries = [None if name in gone else entry(name) for name in ids]
    random.shuffle(entries)
    matched = match(ids, "node", "key", entries, [])
    assert set(matched.found) == set(ids) - gone
    assert matched.absent | set(matched.again) == gone


@given(IDS, st.data())
def test_a_list_without_its_nulls_never_makes_anything_absent(ids: list[str], data) -> None:
    gone = data.draw(st.sets(st.sampled_from(ids), min_size=1))
    matched = match(ids, "node", "key", [entry(name) for name in ids if name not in gone], [])
    assert matched.absent == set()
    assert set(matched.again) == gone


def test_an_error_goes_with_its_entry_where_the_order_is_another() -> None:
    matched = match(["a", "b"], "node", "key", [entry("b"), entry("a")], errors([0]))
    assert list(matched.faults) == ["b"]
    assert list(matched.found) == ["a"]


def test_errors_that_name_no_entry_are_the_whole_batchs() -> None:
    for path in [(), ("node",), ("total",), ("other", 0), ("node", 7), ("node", "title")]:
        matched = match(["a"], "node", "key", [entry("a")], [GraphqlError("x", path=path)])
        assert len(matched.whole) == 1, path
