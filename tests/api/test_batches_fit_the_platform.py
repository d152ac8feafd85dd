"""The number of objects in a request follows what the platform can take for this document."""

from __future__ import annotations

import pytest
from aiohttp import web

from marketplacer_callback.api import ApiAuth, ApiClient, Fetcher, Found

IDS = [f"Advert-{n}" for n in range(40)]


def too_complex(most: int):
    message = "Query has complexity of 5000, which exceeds max complexity of 2000"
    return lambda ids: {"errors": [{"message": message}]} if len(ids) > most else None


def too_large(most: int):
    return lambda ids: web.Response(status=413) if len(ids) > most else None


@pytest.mark.parametrize("refuse", [too_complex, too_large])
async def test_a_refused_size_is_not_tried_again_soon(platform, client, documents, refuse) -> None:
    platform.add(*IDS)
    platform.instead = refuse(10)
    fetcher = Fetcher(client, batch_max=40)
    results = await fetcher.fetch(documents["Advert"], IDS)
    assert all(isinstance(result, Found) for result in results.values())
    assert sorted(platform.sizes()) == [10, 10, 10, 10, 20, 20, 40]
    platform.requests.clear()
    await fetcher.fetch(documents["Advert"], IDS)
    assert platform.sizes() == [10, 10, 10, 10]


async def test_slow_batches_become_smaller(platform, documents) -> None:
    platform.add(*IDS)
    platform.instead = lambda ids: platform.hang() if len(ids) > 20 else None
    async with ApiClient(platform.url, ApiAuth("key"), timeout_s=0.8) as client:
        fetcher = Fetcher(client, batch_max=40)
        results = await fetcher.fetch(documents["Advert"], IDS)
        assert all(isinstance(result, Found) for result in results.values())
        platform.requests.clear()
        await fetcher.fetch(documents["Advert"], IDS)
    assert platform.sizes() == [20, 20]


async def test_another_document_keeps_its_size(platform, client, documents) -> None:
    platform.add(*IDS)
    platform.instead = too_complex(10)
    fetcher = Fetcher(client, batch_max=40)
    await fetcher.fetch(documents["Advert"], IDS)
    platform.instead = lambda _: None
    platform.requests.clear()
    await fetcher.fetch(documents["Aliased"], IDS)
    assert platform.sizes() == [40]


async def test_batches_grow_again_after_a_long_time_without_trouble(platform, client, documents) -> None:
    platform.add(*IDS)
    platform.instead = too_complex(10)
    fetcher = Fetcher(client, batch_max=40)
    await fetcher.fetch(documents["Advert"], IDS)
    platform.instead = lambda _: None
    platform.requests.clear()
    for _ in range(19):
        await fetcher.fetch(documents["Advert"], IDS)
    assert set(platform.sizes()) == {10}
    for _ in range(22):
        await fetcher.fetch(documents["Advert"], IDS)
    assert platform.sizes()[-1] == 40


async def test_an_answer_over_the_limit_is_asked_for_in_parts(platform, documents) -> None:
    platform.add(*IDS)
    async with ApiClient(platform.url, ApiAuth("key"), max_answer_bytes=2000) as client:
        results = await Fetcher(client).fetch(documents["Advert"], IDS)
    assert all(isinstance(result, Found) for result in results.values())
    assert len(platform.requests) > 1


async def test_an_outage_does_not_leave_batches_small(platform, client, documents) -> None:
    platform.add(*IDS)
    platform.instead = lambda _: web.Response(status=500)
    fetcher = Fetcher(client, batch_max=40)
    for _ in range(6):
        await fetcher.fetch(documents["Advert"], IDS)
    platform.instead = lambda _: None
    for _ in range(6):
        await fetcher.fetch(documents["Advert"], IDS)
    platform.requests.clear()
    await fetcher.fetch(documents["Advert"], IDS)
    assert platform.sizes() == [40]
