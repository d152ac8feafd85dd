"""A connection that ends between two commands costs a retry, whichever event loop runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from marketplacer_callback.inbox import connect


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    try:
        import uvloop
    except ImportError:
        return [asyncio.new_event_loop]
    return [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("new_loop", loops())
def test_a_connection_that_has_just_ended_is_made_again(
    valkey: str, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def ask() -> None:
        client = connect(valkey)
        await client.ping()
        (connection,) = client.connection_pool._available_connections
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # the transport is closed by then, and the client does not know
        assert await client.ping()
        await client.aclose()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(ask())
