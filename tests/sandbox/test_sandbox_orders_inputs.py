"""External ids, metadata, addresses and images, as every mutation reads them."""

from __future__ import annotations

from typing import Any

import pytest

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Refused
from marketplacer_callback.sandbox.mutations.inputs import address, external_ids, images, metadata

PLACE = {"address": "1 Quay Street", "city": "Hobart", "postcode": "7000", "state": {"name": "Tasmania"}}


def _pairs(records: list[Record]) -> list[tuple[str, str]]:
    return [(one["key"], one["value"]) for one in records]


def test_a_key_that_is_given_again_gets_the_value_and_keeps_its_id() -> None:
    sandbox = Sandbox(adverts=20)
    owner = sandbox.store.all("Order")[0]
    owner["externalIds"] = external_ids(owner, [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    ids = {one["key"]: one["id"] for one in owner["externalIds"]}
    after = external_ids(owner, [{"key": "b", "value": "3"}, {"key": "c", "value": "4"}])
    assert [pair for pair in _pairs(after) if pair[0] in "abc"] == [("a", "1"), ("b", "3"), ("c", "4")]
    assert [one["id"] for one in after if one["key"] == "b"] == [ids["b"]]
    assert all(one["owner"] is owner for one in after)
    assert len({one["id"] for one in after}) == len(after)


def test_a_key_without_a_value_is_taken_out_and_one_with_two_values_has_both() -> None:
    sandbox = Sandbox(adverts=20)
    owner: Record = {"id": sandbox.store.all("Order")[0]["id"]}
    owner["externalIds"] = external_ids(owner, [{"key": "a", "value": "1"}])
    after = external_ids(owner, [{"key": "a"}, {"key": "b", "value": "2"}, {"key": "b", "value": "3"}])
    assert _pairs(after) == [("b", "2"), ("b", "3")]
    assert len({one["id"] for one in after}) == 2
    assert external_ids(owner, None) == owner["externalIds"]


def test_metadata_keeps_the_date_of_a_keys_creation() -> None:
    sandbox = Sandbox(adverts=20)
    request = sandbox.request()
    owner: Record = {"metadata": [{"key": "a", "value": "1", "createdAt": "2024-01-01", "updatedAt": "2024-01-01"}]}
    (entry,) = metadata(request, owner, [{"key": "a", "value": "2"}])
    assert (entry["value"], entry["createdAt"]) == ("2", "2024-01-01")
    assert entry["updatedAt"] > "2024-01-01"
    assert metadata(request, owner, [{"key": "a", "value": None}]) == []


@pytest.mark.parametrize(
    "state", [{"short": "TAS"}, {"name": "Tasmania"}, {"id": "by-legacy-id"}], ids=["short", "name", "database id"]
)
def test_states_are_found_by_any_of_their_names(state: dict[str, str]) -> None:
    sandbox = Sandbox(adverts=20)
    tasmania = next(one for one in sandbox.store.all("State") if one["short"] == "TAS")
    if "id" in state:
        state = {"id": str(tasmania["legacyId"])}
    assert address(sandbox.request(), {**PLACE, "state": state})()["state"] is tasmania


@pytest.mark.parametrize("name", ["code", "id"])
def test_countries_are_found_by_code_and_by_database_id(name: str) -> None:
    sandbox = Sandbox(adverts=20)
    country = sandbox.store.all("Country")[-1]
    state = next(one for one in sandbox.store.all("State") if one["country"] is country)
    given = {"code": country["code"].lower(), "id": str(country["legacyId"])}
    made = address(sandbox.request(), {**PLACE, "country": {name: given[name]}, "state": {"short": state["short"]}})()
    assert (made["country"], made["state"]) == (country, state)


def test_a_country_that_the_sandbox_was_not_seeded_with_is_made_with_its_state() -> None:
    sandbox = Sandbox(adverts=20)
    given = {**PLACE, "country": {"code": "IS"}, "state": {"short": "Y"}}
    made = address(sandbox.request(), given)()
    assert (made["country"]["code"], made["state"]["short"], made["state"]["country"]) == ("IS", "Y", made["country"])
    again = address(sandbox.request(), given)()
    assert (again["country"], again["state"]) == (made["country"], made["state"])
    with pytest.raises(Refused, match="No object found for state: X"):
        address(sandbox.request(), {**given, "state": {"short": "X"}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"address": " "}, "Address can't be blank"),
        ({"postcode": None}, "Postcode can't be blank"),
        ({"state": None}, "State can't be blank"),
        ({"state": {"short": "XX"}}, "No object found for state: XX"),
        ({"country": {"code": "Mars"}}, "No object found for country: Mars"),
        ({"country": {"id": "999"}}, "No object found for country: 999"),
        ({"id": "nope"}, "No object found for address.id: nope"),
    ],
)
def test_an_address_that_is_no_address_is_refused_before_anything_is_written(
    values: dict[str, Any], message: str
) -> None:
    sandbox = Sandbox(adverts=20)
    before = sandbox.store.typenames()
    with pytest.raises(Refused, match=message):
        address(sandbox.request(), {**PLACE, **values})
    assert sandbox.store.typenames() == before


def test_images_are_existing_ones_or_made_from_data_or_a_url() -> None:
    sandbox = Sandbox(adverts=20)
    known = sandbox.store.all("Image")[0]
    given = [
        {"imageId": known["id"]},
        {"dataBase64": "aGVsbG8=", "filename": "proof.png", "alt": "Proof"},
        {"sourceUrl": "https://shop.example.com/a/b.webp?x=1"},
    ]
    first, second, third = images(sandbox.request(), given)()
    assert first is known
    assert (second["alt"], second["filename"], second["size"], second["position"]) == ("Proof", "proof.png", 5, 2)
    assert (third["filename"], third["url"].endswith(".webp")) == ("b.webp", True)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ({"alt": "nothing"}, "Image needs one of imageId, dataBase64, sourceUrl"),
        ({"dataBase64": "no base64!"}, "dataBase64 is not valid base64"),
        ({"imageId": "nope"}, "No object found for images.imageId: nope"),
    ],
)
def test_an_image_that_is_none_is_refused(image: dict[str, str], message: str) -> None:
    sandbox = Sandbox(adverts=20)
    with pytest.raises(Refused, match=message):
        images(sandbox.request(), [{"sourceUrl": "https://shop.example.com/a.png"}, image])
