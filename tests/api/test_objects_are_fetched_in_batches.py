"""Many objects come in one request, each under its own id, as the document selects them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from marketplacer_callback.api import Absent, ApiClient, Failed, Fetcher, Found
from marketplacer_callback.documents import Document

Documents = dict[str, Document]


async def test_fifty_objects_take_one_request(platform, client: ApiClient, documents: Documents) -> None:
    ids = platform.add(*(f"Advert-{n}" for n in range(50)))
    results = await Fetcher(client).fetch(documents["Advert"], ids)
    assert platform.sizes() == [50]
    assert list(results) == ids
    assert results["Advert-7"] == Found(
        {"__typename": "Advert", "id": "Advert-7", "title": "title of Advert-7"},
        "Advert",
        results["Advert-7"].fetched_at,
    )


async def test_more_than_a_batch_holds_goes_into_several_requests(platform, client, documents: Documents) -> None:
    ids = platform.add(*(f"Advert-{n}" for n in range(120)))
    results = await Fetcher(client).fetch(documents["Advert"], ids)
    assert sorted(platform.sizes()) == [20, 50, 50]
    assert all(results[id_].object["id"] == id_ for id_ in ids)


async def test_an_id_asked_for_twice_is_fetched_once(platform, client, documents: Documents) -> None:
    platform.add("a", "b")
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b", "a"])
    assert platform.requests[0]["variables"] == {"ids": ["a", "b"]}
    assert set(results) == {"a", "b"}


async def test_nothing_to_fetch_is_no_request(platform, client, documents: Documents) -> None:
    assert await Fetcher(client).fetch(documents["Advert"], []) == {}
    assert platform.requests == []


async def test_a_lone_object_is_asked_for_by_node(platform, client, documents: Documents) -> None:
    platform.add("a")
    results = await Fetcher(client).fetch(documents["Advert"], ["a"])
    assert platform.requests[0]["variables"] == {"id": "a"}
    assert results["a"].object == {"__typename": "Advert", "id": "a", "title": "title of a"}


async def test_null_without_an_error_is_absent(platform, client, documents: Documents) -> None:
    platform.add("a", "c")
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b", "c"])
    assert isinstance(results["b"], Absent)
    assert isinstance(results["c"], Found)
    alone = await Fetcher(client).fetch(documents["Advert"], ["b"])
    assert isinstance(alone["b"], Absent)


async def test_the_type_is_what_the_api_says(platform, client, documents: Documents) -> None:
    platform.add("a")
    platform.objects["b"] = {"__typename": "DeletedAdvert", "id": "b"}
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b"])
    assert (results["a"].typename, results["b"].typename) == ("Advert", "DeletedAdvert")


async def test_the_object_has_what_the_document_selects_and_nothing_else(
    platform, client, documents: Documents
) -> None:
    """The document has neither id nor type, and uses a name that the library would have liked to use itself."""
    platform.add("a", "b")
    results = await Fetcher(client).fetch(documents["Aliased"], ["a", "b"])
    assert results["a"].object == {"mcb_id": "title of a"}
    assert results["a"].typename == "Advert"


async def test_a_document_that_cannot_be_batched_is_sent_for_each_object(
    platform, client, documents: Documents
) -> None:
    ids = platform.add(*(f"Advert-{n}" for n in range(12)))
    results = await Fetcher(client).fetch(documents["Alone"], ids)
    assert platform.sizes() == [1] * 12
    assert results["Advert-3"].object == {"id": "Advert-3", "__typename": "Advert"}


async def test_an_answer_in_another_order_is_matched_by_id(platform, client, documents: Documents) -> None:
    ids = platform.add("a", "b", "c")
    platform.rearrange = lambda entries: entries[::-1]
    results = await Fetcher(client).fetch(documents["Advert"], ids)
    assert {id_: found.object["title"] for id_, found in results.items()} == {id_: f"title of {id_}" for id_ in ids}
    assert platform.sizes() == [3]


async def test_an_answer_that_leaves_ids_out_is_asked_again_for_those_alone(
    platform, client, documents: Documents
) -> None:
    platform.add("a", "c")
    platform.rearrange = lambda entries: [entry for entry in entries if entry is not None]
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b", "c"])
    assert isinstance(results["b"], Absent)
    assert isinstance(results["a"], Found)
    assert platform.requests[1]["variables"] == {"id": "b"}


async def test_fetched_at_is_when_the_request_left(platform, client, documents: Documents) -> None:
    platform.add("a")
    arrived: list[datetime] = []
    platform.instead = lambda _: arrived.append(datetime.now(UTC))
    before = datetime.now(UTC)
    results = await Fetcher(client).fetch(documents["Advert"], ["a"])
    assert before <= results["a"].fetched_at <= arrived[0]


async def test_the_published_answer_to_a_node_query_is_read(platform, client, documents, shared) -> None:
    """The platform's documentation shows this answer; the private aliases are what the document adds to it."""
    import json

    answer = json.loads((shared / "fixtures/responses/docs2021-node-order.json").read_text())
    document = documents["Advert"]
    private = {document.id_alias: "T3JkZXItMTAxNDM=", document.typename_alias: "Order"}
    platform.instead = lambda _: {"data": {"node": {**answer["data"]["node"], **private}}}
    results = await Fetcher(client).fetch(document, ["T3JkZXItMTAxNDM="])
    assert results["T3JkZXItMTAxNDM="].object == answer["data"]["node"]
    assert results["T3JkZXItMTAxNDM="].typename == "Order"


@pytest.mark.parametrize("data", [{}, {"node": 5}, {"node": {"title": "no alias"}}, {"other": None}])
async def test_an_answer_of_another_form_fails_retryably(platform, client, documents: Documents, data) -> None:
    platform.instead = lambda _: {"data": data}
    results = await Fetcher(client).fetch(documents["Advert"], ["a"])
    assert isinstance(results["a"], Failed)
    assert results["a"].error.retryable


async def test_a_document_that_reads_no_object_is_refused_at_once(client, documents: Documents) -> None:
    from dataclasses import replace

    listing = replace(documents["Advert"], root="", variable="", unbatchable="it is a mutation")
    with pytest.raises(ValueError, match="it is a mutation"):
        await Fetcher(client).fetch(listing, ["a"])
