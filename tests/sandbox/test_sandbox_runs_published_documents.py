"""What the reference material has of documents and answers, on a sandbox that serves the published schema."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from sandbox_asking import ask

from marketplacer_callback.sandbox import Sandbox


@pytest.fixture(scope="module")
def published(shared: Path) -> Sandbox:
    return Sandbox(adverts=60, schema=shared / "marketplacer" / "schema-2023.graphqls")


def run(sandbox: Sandbox, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    return sandbox.executor.run(text, variables, None, sandbox.request())


def documents(shared: Path, verdict: str) -> list[tuple[str, str, str]]:
    folder = shared / "fixtures" / "queries"
    items = json.loads((folder / "index.json").read_text())["items"]
    return [
        (one["file"], one["role"], (folder / one["file"]).read_text()) for one in items if one["verdict"] == verdict
    ]


def test_each_valid_document_is_executed_without_an_error(published: Sandbox, shared: Path) -> None:
    valid = documents(shared, "valid")
    assert len(valid) == 19
    for file, role, text in valid:
        typename = role.partition("(")[2].rstrip(")")
        variables = {"id": published.store.first(typename)["id"]} if typename else None
        answer = run(published, text, variables)
        assert "errors" not in answer, (file, answer["errors"])
        if typename:
            assert answer["data"]["node"], file


def test_the_invalid_document_gets_messages_with_locations_and_no_data(published: Sandbox, shared: Path) -> None:
    ((_, _, text),) = documents(shared, "invalid")
    answer = run(published, text, {"id": published.store.first("Advert")["id"]})
    assert list(answer) == ["errors"]
    assert [error["locations"] for error in answer["errors"]] == [[{"line": 26, "column": 9}]]
    assert "advert" in answer["errors"][0]["message"]


async def test_over_http_the_invalid_document_has_status_200(shared: Path) -> None:
    ((_, _, text),) = documents(shared, "invalid")
    async with Sandbox(adverts=1, schema=shared / "marketplacer" / "schema-2023.graphqls") as sandbox:
        status, answer = await ask(sandbox, text, {"id": sandbox.store.first("Advert")["id"]})
    assert (status, list(answer)) == (200, ["errors"])


def test_a_search_answers_in_the_recorded_shape_and_pages_through_the_adverts(published: Sandbox, shared: Path) -> None:
    recorded = json.loads((shared / "fixtures" / "responses" / "docs2021-advertSearch-page1.json").read_text())
    text = (shared / "fixtures" / "queries" / "docs2021-page-3.graphql").read_text()
    answer = run(published, text)
    assert shape(answer) == shape(recorded)
    found = [edge["node"] for edge in answer["data"]["advertSearch"]["adverts"]["edges"]]
    assert found == [{"title": one["title"], "id": one["id"]} for one in published.store.all("Advert")[:3]]
    after = answer["data"]["advertSearch"]["adverts"]["pageInfo"]["endCursor"]
    following = run(published, text.replace("first: 3", f'first: 3, after: "{after}"'))
    ids = [edge["node"]["id"] for edge in following["data"]["advertSearch"]["adverts"]["edges"]]
    assert ids == [one["id"] for one in published.store.all("Advert")[3:6]]


def test_a_search_finds_no_advert_that_is_unpublished(published: Sandbox) -> None:
    answer = run(published, "{ advertSearch { adverts(first: 500) { totalCount nodes { published } } } }")
    found = answer["data"]["advertSearch"]["adverts"]
    assert found["totalCount"] == len(published.store.all("Advert")) - 1 == 59
    assert {one["published"] for one in found["nodes"]} == {True}


def test_an_order_answers_in_the_recorded_shape(published: Sandbox, shared: Path) -> None:
    recorded = json.loads((shared / "fixtures" / "responses" / "docs2021-node-order.json").read_text())
    index = json.loads((shared / "fixtures" / "responses" / "index.json").read_text())
    (text,) = (one["query"] for one in index["items"] if one["file"] == "docs2021-node-order.json")
    asked_id = recorded["data"]["node"]["id"]
    order = published.store.first("Order")["id"]
    answer = run(published, text.replace(asked_id, order))
    assert shape(answer) == shape(recorded)
    assert (answer["data"]["node"]["__typename"], answer["data"]["node"]["status"]) == ("Order", "COMPLETE")


def test_an_undefined_field_is_refused_as_recorded(shared: Path) -> None:
    recorded = json.loads((shared / "fixtures" / "deliveries" / "advert-update-graphql-error.json").read_text())
    text = "query ($id: ID!) { node(id: $id) { __typename ... on Advert { id legacyId "
    text = f"{text.ljust(76)}badQuery }} }} }}"  # the recorded answer has it in column 77
    sandbox = Sandbox(adverts=1)
    answer = run(sandbox, text, {"id": sandbox.store.first("Advert")["id"]})
    assert answer == recorded["payload"]
    as_sent = [
        {name: error[name] for name in ("path", "message", "locations", "extensions")} for error in answer["errors"]
    ]
    assert json.dumps(as_sent) == json.dumps(recorded["payload"]["errors"])


def test_the_path_of_an_undefined_field_leads_through_names_aliases_and_fragments() -> None:
    text = """query Products($id: ID!) { first: node(id: $id) { ...Part ... { nothing } } }
        fragment Part on Advert { seller { nothing } }"""
    errors = run(Sandbox(adverts=1), text, {"id": "x"})["errors"]
    assert [(error["path"], error["extensions"]["typeName"]) for error in errors] == [
        (["query Products", "first", "...", "nothing"], "Node"),
        (["fragment Part", "seller", "nothing"], "Seller"),
    ]


def test_an_id_of_a_kept_type_without_such_an_object_is_null_and_of_another_type_is_made_up(published: Sandbox) -> None:
    ids = [base64.b64encode(text.encode()).decode() for text in ("Advert-999999", "Webhook-1", "Cart-12", "Nonsense-1")]
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Cart { buyableQuantity } } }"
    found = run(published, text, {"ids": ids})["data"]["nodes"]
    assert [one and one["__typename"] for one in found] == [None, None, "Cart", None]
    assert found[2]["id"] == ids[2]


def shape(value: Any) -> Any:
    """The keys at every level, in order; of a list, its first entry's and how many there are."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return (len(value), shape(value[0]) if value else None)
    return type(value).__name__
