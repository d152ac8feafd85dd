"""External ids and metadata: what is unique, what is replaced, and that they are found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox_running import answer, mutate, read, refused, seller_key, told

from marketplacer_callback.sandbox import Sandbox


@pytest.fixture
def shop() -> Sandbox:
    return Sandbox(adverts=20)


def invoice(shop: Sandbox) -> str:
    return str(shop.store.all("Invoice")[0]["id"])


def of(shop: Sandbox, owner: str, key: str) -> list[str]:
    found = read(shop, owner, "... on Invoice { externalIds { key value } }")["externalIds"]
    return [entry["value"] for entry in found if entry["key"] == key]


def attach(shop: Sandbox, value: str, **more: object) -> dict[str, object]:
    given = {"owner": invoice(shop), "key": "sys", "value": value, **more}
    return mutate(shop, "externalIdUpsert", given, "externalId { id key value owner { id } }")


def test_an_external_id_is_attached_and_found_by_key_owner_type_and_value(shop: Sandbox) -> None:
    payload = attach(shop, "3333")
    assert (payload["status"], payload["errors"]) == (200, None)
    assert payload["externalId"]["owner"] == {"id": invoice(shop)}
    found = answer(shop, '{ externalIds(key: "sys", ownerType: "Invoice", value: "3333") { id value owner { id } } }')
    expected = {"id": payload["externalId"]["id"], "value": "3333", "owner": {"id": invoice(shop)}}
    assert found == {"data": {"externalIds": [expected]}}
    assert answer(shop, '{ externalIds(key: "sys", value: "4") { id } }') == {"data": {"externalIds": []}}


def test_a_second_value_of_a_key_is_added(shop: Sandbox) -> None:
    first, second = attach(shop, "1"), attach(shop, "2")
    assert of(shop, invoice(shop), "sys") == ["1", "2"]
    assert first["externalId"]["id"] != second["externalId"]["id"]


def test_with_owner_key_unique_the_value_is_replaced(shop: Sandbox) -> None:
    before = attach(shop, "1", ownerKeyUnique=True)
    after = attach(shop, "2", ownerKeyUnique=True)
    assert of(shop, invoice(shop), "sys") == ["2"]
    assert after["externalId"]["id"] == before["externalId"]["id"]
    assert answer(shop, '{ externalIds(key: "sys", value: "1") { id } }') == {"data": {"externalIds": []}}


def test_attaching_the_same_again_changes_nothing_and_tells_of_nothing(shop: Sandbox) -> None:
    first = attach(shop, "1")
    assert told(shop) == [("Invoice", "update")]
    assert attach(shop, "1") == first
    assert attach(shop, "1", ownerKeyUnique=True) == first
    assert of(shop, invoice(shop), "sys") == ["1"]
    assert told(shop) == []


def test_another_owner_may_have_the_same_key_and_value(shop: Sandbox) -> None:
    attach(shop, "1")
    other = shop.store.all("Invoice")[1]["id"]
    mutate(shop, "externalIdUpsert", {"owner": other, "key": "sys", "value": "1"})
    found = answer(shop, '{ externalIds(key: "sys", value: "1") { owner { id } } }')["data"]["externalIds"]
    assert sorted(entry["owner"]["id"] for entry in found) == sorted([invoice(shop), other])


def test_what_a_variant_gets_is_an_update_of_its_advert_too(shop: Sandbox) -> None:
    variant = shop.store.all("Variant")[0]["id"]
    mutate(shop, "externalIdUpsert", {"owner": variant, "key": "sys", "value": "1"})
    assert told(shop) == [("Variant", "update"), ("Advert", "update")]


@pytest.mark.parametrize("name", ["externalIdUpsert", "metadataUpsert"])
def test_an_owner_that_there_is_not_is_an_error_of_the_payload(shop: Sandbox, name: str) -> None:
    payload = mutate(shop, name, {"owner": "SW52b2ljZS0xMzIxOA==", "key": "sys", "value": "1"})
    assert refused(payload) == (404, "owner", "No object found for owner: SW52b2ljZS0xMzIxOA==")
    advert = shop.store.all("Advert")[0]["id"]
    shop.destroy("Advert", advert)
    gone = mutate(shop, name, {"owner": advert, "key": "sys", "value": "1"})
    assert refused(gone) == (404, "owner", f"No object found for owner: {advert}")


def test_an_owner_that_cannot_have_any_is_refused(shop: Sandbox) -> None:
    image = shop.store.all("Image")[0]["id"]
    payload = mutate(shop, "externalIdUpsert", {"owner": image, "key": "sys", "value": "1"})
    assert refused(payload) == (422, "owner", "Image cannot have external ids")


@pytest.mark.parametrize("name", ["externalIdUpsert", "metadataUpsert"])
def test_a_blank_key_or_value_is_refused(shop: Sandbox, name: str) -> None:
    given = {"owner": invoice(shop), "key": "sys", "value": "1"}
    assert refused(mutate(shop, name, {**given, "key": " "})) == (422, "key", "Key can't be blank")
    assert refused(mutate(shop, name, {**given, "value": ""})) == (422, "value", "Value can't be blank")
    assert told(shop) == []


@pytest.mark.parametrize("name", ["externalIdUpsert", "metadataUpsert"])
def test_a_sellers_key_attaches_nothing_not_even_to_its_own(shop: Sandbox, name: str) -> None:
    key = seller_key(shop)
    text = f'mutation ($o: ID!) {{ {name}(input: {{owner: $o, key: "sys", value: "1"}}) {{ status }} }}'
    result = answer(shop, text, {"o": key.seller}, key=key)
    assert result["data"] == {name: None}
    assert result["errors"][0]["message"] == "permission denied: only accessible to operator admin users"
    assert told(shop) == []


def test_metadata_of_a_key_is_replaced_and_keeps_its_date_of_creation(shop: Sandbox) -> None:
    given = {"owner": invoice(shop), "key": "risk", "value": "low"}
    first = mutate(shop, "metadataUpsert", given, "metadata { key value createdAt }")["metadata"]
    second = mutate(shop, "metadataUpsert", {**given, "value": "high"}, "metadata { key value createdAt }")["metadata"]
    assert (first["value"], second) == ("low", {**first, "value": "high"})
    shown = read(shop, invoice(shop), "... on Invoice { metadata { key value } }")["metadata"]
    assert [entry for entry in shown if entry["key"] == "risk"] == [{"key": "risk", "value": "high"}]
    assert told(shop) == [("Invoice", "update"), ("Invoice", "update")]


def test_the_same_metadata_again_tells_of_nothing(shop: Sandbox) -> None:
    given = {"owner": invoice(shop), "key": "risk", "value": "low"}
    mutate(shop, "metadataUpsert", given)
    told(shop)
    assert mutate(shop, "metadataUpsert", given)["status"] == 200
    assert told(shop) == []


def test_the_documents_of_the_vendor_are_answered_on_the_real_schema(shared: Path) -> None:
    shop = Sandbox(adverts=4, schema=shared / "marketplacer" / "schema-2023.graphqls")
    text = (shared / "fixtures" / "queries" / "docs-externalIdUpsert-single.graphql").read_text("utf-8")
    errors = [{"field": "owner", "messages": ["No object found for owner: SW52b2ljZS0xMzIxOA=="]}]
    assert answer(shop, text) == {"data": {"externalIdUpsert": {"status": 404, "errors": errors}}}
    assert attach(shop, "1")["status"] == 200
    assert of(shop, invoice(shop), "sys") == ["1"]
