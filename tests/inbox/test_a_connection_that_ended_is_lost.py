"""A connection that ends between two commands is a lost one, which is tried again, whichever event loop runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from marketplacer_callback.inbox import connect
from marketplacer_callback.inbox.connection import LOST


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    try:
        import uvloop
    except ImportError:
        return [asyncio.new_event_loop]
    return [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("new_loop", loops())
def test_a_connection_that_has_just_ended_is_a_lost_one(
    valkey: str, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def ask() -> None:
        client = connect(valkey)
        connection = client.connection_pool.make_connection()
        await connection.connect()
        connection._writer.transport.abort()
        await asyncio.sleep(0.01)  # the transport is closed by then, and the client does not know
        with pytest.raises(LOST):
            await connection.send_command("PING")
        await client.aclose()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(ask())
