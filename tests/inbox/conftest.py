"""An inbox on the real Valkey, under a clock of the test's own."""

from __future__ import annotations

import pytest
from inbox_desk import Clock, Desk, make_inbox
from redis.asyncio import Redis

from marketplacer_callback.inbox import Want


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(redis: Redis, clock: Clock) -> Desk:
    """An inbox in which one handler, ``index``, wants every event on adverts, in lane slow."""
    inbox = make_inbox(redis, clock)
    await inbox.register([Want("Advert", "slow", "index")])
    return Desk(inbox, clock)
