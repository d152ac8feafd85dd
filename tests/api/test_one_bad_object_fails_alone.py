"""What the platform stumbles over is found and charged alone; where that cannot help, no storm of requests is sent."""

from __future__ import annotations

import math
import random

import pytest
from aiohttp import web
from graphql import GraphQLError

from marketplacer_callback.api import ApiAuth, ApiClient, Failed, Fetcher, Found
from marketplacer_callback.errors import ApiError, MissingScope, RateLimited, Unauthorized, Unavailable

IDS = [f"Advert-{n}" for n in range(50)]
BOUND = 2 * math.log2(50) + 2


def status(code: int, **headers: str):
    return lambda _: web.Response(
        status=code, text="no", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def poisoned(*poison: str, answer):
    """``answer`` instead of the platform's, where one of these ids is asked for."""
    return lambda ids: answer(ids) if set(poison) & set(ids) else None


def failed(results) -> set[str]:
    return {id_ for id_, result in results.items() if not isinstance(result, Found)}


@pytest.mark.parametrize("position", [0, 13, 25, 49])
async def test_a_poisoned_object_among_fifty_fails_alone(platform, client, documents, position: int) -> None:
    platform.add(*IDS)
    platform.instead = poisoned(IDS[position], answer=lambda _: {"errors": [{"message": "Internal error"}]})
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert failed(results) == {IDS[position]}
    assert not results[IDS[position]].error.retryable
    assert len(platform.requests) <= BOUND


@pytest.mark.parametrize("code", [500, 502, 503])
async def test_an_object_that_makes_the_platform_crash_fails_alone(platform, client, documents, code: int) -> None:
    platform.add(*IDS)
    platform.instead = poisoned("Advert-31", answer=status(code))
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert failed(results) == {"Advert-31"}
    assert isinstance(results["Advert-31"].error, Unavailable)
    assert len(platform.requests) <= BOUND


async def test_an_object_that_makes_the_connection_break_fails_alone(platform, client, documents) -> None:
    def break_off(ids):
        async def answer():
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            response.force_close()
            return response

        return answer()

    platform.add(*IDS)
    platform.instead = poisoned("Advert-31", answer=break_off)
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert failed(results) == {"Advert-31"}
    assert len(platform.requests) <= BOUND


async def test_an_object_that_never_answers_fails_alone_and_leaves_batches_large(platform, documents) -> None:
    ids = platform.add(*IDS[:4])
    platform.instead = poisoned("Advert-2", answer=lambda _: platform.hang())
    async with ApiClient(platform.url, ApiAuth("key"), timeout_s=0.8) as client:
        fetcher = Fetcher(client, batch_max=4)
        results = await fetcher.fetch(documents["Advert"], ids)
        assert failed(results) == {"Advert-2"}
        platform.instead = lambda _: None
        platform.requests.clear()
        await fetcher.fetch(documents["Advert"], ids)
    assert platform.sizes() == [4]


@pytest.mark.parametrize("seed", range(5))
async def test_several_bad_objects_fail_alone_too(platform, client, documents, seed: int) -> None:
    bad = set(random.Random(seed).sample(IDS[:25], 3))  # noqa: S311
    platform.add(*IDS)
    platform.instead = poisoned(*bad, answer=lambda _: {"errors": [{"message": "Internal error"}]})
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert failed(results) == bad


async def test_an_error_with_a_path_is_its_objects_alone_and_costs_no_request(platform, client, documents) -> None:
    platform.add(*IDS)
    platform.broken = {"Advert-3": GraphQLError("the title is gone")}
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert failed(results) == {"Advert-3"}
    assert results["Advert-3"].error.messages == ("the title is gone",)
    assert len(platform.requests) == 1


async def test_half_an_object_is_never_handed_out(platform, client, documents) -> None:
    """The error is deeper inside; the rest of the object did come."""
    platform.add("a")
    platform.broken = {"a": GraphQLError("the title is gone")}
    results = await Fetcher(client).fetch(documents["Advert"], ["a"])
    assert isinstance(results["a"], Failed)
    assert type(results["a"].error) is ApiError


async def test_a_null_with_a_missing_scope_is_failed_not_absent(platform, client, documents) -> None:
    platform.add("a")
    refusal = {"message": "needs adverts:read", "path": ["node", 1], "extensions": {"code": "MISSING_SCOPE"}}
    private = {documents["Advert"].id_alias: "a", documents["Advert"].typename_alias: "Advert"}
    platform.instead = lambda _: {"data": {"node": [{"id": "a", **private}, None]}, "errors": [refusal]}
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b"])
    assert isinstance(results["a"], Found)
    assert isinstance(results["b"].error, MissingScope)
    assert results["b"].error.scope == "adverts:read"


async def test_an_error_without_a_path_beside_data_belongs_to_all_of_the_request(platform, client, documents) -> None:
    """None of them is handed out before they were asked for in smaller batches."""
    platform.add("a", "b")
    platform.instead = lambda ids: (
        {"data": {"node": [None, None]}, "errors": [{"message": "odd"}]} if len(ids) > 1 else None
    )
    results = await Fetcher(client).fetch(documents["Advert"], ["a", "b"])
    assert failed(results) == set()
    assert platform.sizes() == [2, 1, 1]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status(401), Unauthorized),
        (status(403), Unauthorized),
        (status(429), RateLimited),
        (status(429, Retry_After="7"), RateLimited),
        (status(503, Retry_After="7"), RateLimited),
        (lambda _: {"errors": [{"message": "no", "extensions": {"code": "MISSING_SCOPE"}}]}, MissingScope),
        (lambda _: {"errors": [{"message": "no field x", "locations": [{"line": 1, "column": 2}]}]}, ApiError),
    ],
)
async def test_what_is_nobodys_fault_is_not_bisected(
    platform, client, documents, answer, error: type[ApiError]
) -> None:
    platform.instead = answer
    results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert len(platform.requests) == 1
    assert {type(result.error) for result in results.values()} == {type(results["Advert-0"].error)}
    assert isinstance(results["Advert-0"].error, error)
    assert len(results) == 50


async def test_a_network_that_is_down_is_tried_once(platform, documents, unused_tcp_port: int) -> None:
    async with ApiClient(f"http://127.0.0.1:{unused_tcp_port}/graphql", ApiAuth("key")) as client:
        results = await Fetcher(client).fetch(documents["Advert"], IDS)
        assert client.consecutive_outages == 1
    assert {type(result.error).__mro__[1] for result in results.values()} == {Unavailable}


async def test_a_batch_of_singles_stops_when_the_platform_asks_to_wait(platform, client, documents) -> None:
    platform.instead = status(429, Retry_After="7")
    results = await Fetcher(client).fetch(documents["Alone"], IDS)
    assert len(platform.requests) <= 8
    assert all(isinstance(result.error, RateLimited) for result in results.values())


@pytest.mark.parametrize("name", ["Advert", "Alone"])
async def test_a_platform_that_fails_everything_gets_few_requests(platform, client, documents, name: str) -> None:
    platform.instead = status(500)
    results = await Fetcher(client).fetch(documents[name], IDS)
    assert len(platform.requests) <= 15
    assert len(results) == 50
    assert all(result.error.retryable for result in results.values())


async def test_objects_that_were_not_asked_for_any_more_may_be_fetched_later(platform, client, documents) -> None:
    """All that was asked for failed for good, but nothing is known of the others."""
    platform.instead = lambda _: {"errors": [{"message": "Internal error"}]}
    results = await Fetcher(client).fetch(documents["Alone"], IDS)
    assert 0 < sum(result.error.retryable for result in results.values()) < 50
    platform.requests.clear()
    batched = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert all(result.error.retryable for result in batched.values())


async def test_bad_objects_in_every_corner_are_found_in_the_end(platform, client, documents) -> None:
    """Each fetch that gives up makes the next one's batches smaller, so that good objects are not held up for ever."""
    platform.add(*IDS)
    bad = set(IDS[::6])
    platform.instead = poisoned(*bad, answer=lambda _: {"errors": [{"message": "Internal error"}]})
    fetcher, left = Fetcher(client), set(IDS) - bad
    for _ in range(6):
        results = await fetcher.fetch(documents["Advert"], IDS)
        left -= {id_ for id_, result in results.items() if isinstance(result, Found)}
    assert left == set()
