"""What a sink writes is a CloudEvent of version 1.0 in its JSON format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.refs import Ref
from marketplacer_callback.sinks import Item, cloudevents

ITEM = Item(
    id="abc",
    sink="archive",
    ref=Ref("shop", "Advert", "QWR2ZXJ0LTE="),
    data={"title": "Hose für Hunde"},
    subject="shop/Advert/QWR2ZXJ0LTE=",
    at=datetime(2025, 1, 2, 13, 4, 5, 678_900, tzinfo=timezone(timedelta(hours=10))),
    deleted=False,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


def test_the_envelope_has_the_required_attributes() -> None:
    assert cloudevents.envelope(ITEM) == {
        "specversion": "1.0",
        "id": "abc",
        "source": "marketplacer-callback/shop",
        "type": "marketplacer_callback.changed",
        "subject": "shop/Advert/QWR2ZXJ0LTE=",
        "typename": "Advert",
        "time": "2025-01-02T03:04:05.678Z",
        "datacontenttype": "application/json",
        "data": {"title": "Hose für Hunde"},
    }


def test_a_deletion_has_a_type_of_its_own() -> None:
    assert cloudevents.envelope(replace(ITEM, deleted=True))["type"] == "marketplacer_callback.deleted"


@given(json_values)
def test_data_arrives_unchanged_on_one_line_of_utf_8(data: object) -> None:
    line = cloudevents.encode(replace(ITEM, data=data))
    assert b"\n" not in line
    assert json.loads(line)["data"] == data


def test_half_of_a_surrogate_pair_is_escaped_rather_than_lost() -> None:
    line = cloudevents.encode(replace(ITEM, data="\ud83d"))
    assert json.loads(line)["data"] == "\ud83d"


@pytest.mark.parametrize("data", [float("nan"), float("inf"), object(), {1, 2}, b"bytes"])
def test_data_that_is_not_json_is_refused(data: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        cloudevents.encode(replace(ITEM, data=data))


def test_an_item_shows_no_data_in_its_repr() -> None:
    assert "Hunde" not in repr(ITEM)
