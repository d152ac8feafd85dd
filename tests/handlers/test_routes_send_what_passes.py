"""Routes: conditions by JSON pointer, once for each object, deletions as asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback import Integration, Settings, errors, outcomes
from marketplacer_callback.routes import passes
from marketplacer_callback.testing import answer

scalars = st.text(max_size=5) | st.integers() | st.booleans()


def routed(**route: Any) -> Integration:
    return Integration(
        Settings(
            sinks={"archive": {"type": "log"}, "copy": {"type": "log"}},
            routes=[{"name": "route", "types": ["Invoice"], "to": ["archive"], **route}],
        )
    )


@given(scalars, scalars)
def test_a_condition_is_met_by_the_equal_value_by_one_of_a_list_and_by_an_element(value: Any, other: Any) -> None:
    equal = isinstance(value, bool) == isinstance(other, bool) and value == other
    assert (passes({"/a": value}, {"a": value}) is None) is True
    assert (passes({"/a": value}, {"a": other}) is None) is equal
    assert passes({"/a": (other, value)}, {"a": value}) is None
    assert passes({"/a": value}, {"a": [other, value]}) is None


@given(scalars)
def test_what_is_not_there_passes_nothing(value: Any) -> None:
    assert passes({"/a/b": value}, {"a": {}}) == "/a/b"
    assert passes({"/a/b": value}, {"a": None}) == "/a/b"
    assert passes({"/a/0": value}, {"a": []}) == "/a/0"


def test_pointers_have_their_escapes() -> None:
    assert passes({"/a~1b/~0": "x"}, {"a/b": {"~": "x"}}) is None


def test_an_object_that_passes_goes_to_every_sink() -> None:
    integration = routed(where={"/statusFlags": "PAID"}, to=["archive", "copy"])
    paid = {"id": "1", "statusFlags": ["PAID", "SENT"]}
    assert answer(integration, "Invoice", paid) == {
        "route.archive": [outcomes.publish("archive", paid)],
        "route.copy": [outcomes.publish("copy", paid)],
    }
    (skipped,) = answer(integration, "Invoice", {"id": "1", "statusFlags": []})["route.copy"]
    assert isinstance(skipped, outcomes.Skip)


def test_only_first_sends_an_object_once() -> None:
    integration = routed(only="first")
    assert answer(integration, "Invoice", {"id": "1"})["route.archive"] == [outcomes.publish("archive", {"id": "1"})]
    assert answer(integration, "Invoice", {"id": "1"}, first=False)["route.archive"] == [outcomes.skip("sent before")]


def test_a_deletion_is_sent_or_ignored() -> None:
    gone = {"deleted": True, "ref": "test/Invoice/1"}
    assert answer(routed(), "Invoice", None)["route.archive"] == [outcomes.publish("archive", gone)]
    (ignored,) = answer(routed(deletions="ignore"), "Invoice", None)["route.archive"]
    assert isinstance(ignored, outcomes.Skip)


def test_a_route_and_a_handler_of_one_name_are_refused() -> None:
    integration = routed()

    from marketplacer_callback import Change

    @integration.on("Invoice", name="route.archive")
    def handler(change: Change) -> None: ...

    with pytest.raises(errors.ConfigurationError, match="its name is taken by the handler at"):
        integration.table  # noqa: B018
