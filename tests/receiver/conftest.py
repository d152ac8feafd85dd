"""A real inbox, and every way to reach a receiver in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from reached import ADAPTERS, SERVERS, WANTS, Reached, make_inbox
from redis.asyncio import Redis

from marketplacer_callback.inbox import Inbox


@pytest.fixture
async def inbox(redis: Redis) -> Inbox:
    """An inbox whose routes are registered."""
    inbox = make_inbox(redis)
    await inbox.register(WANTS)
    return inbox


@pytest.fixture(params=list(ADAPTERS))
def adapter(request: pytest.FixtureRequest) -> Reached:
    """Every adapter, and ``receive()`` called by hand."""
    return ADAPTERS[request.param]


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Reached:
    """Every adapter that is reached over HTTP."""
    return SERVERS[request.param]


@pytest.fixture
async def dead() -> AsyncIterator[Inbox]:
    """An inbox whose Redis is away: nobody listens on its port."""
    client = Redis.from_url("redis://127.0.0.1:1/0")
    yield make_inbox(client)
    await client.aclose()
