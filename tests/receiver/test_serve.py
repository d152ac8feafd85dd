"""The bundled server: probes, shared ports, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from reached import MOUNT, WANTS, client, delivery, make_inbox, make_opening, served, signed
from redis.asyncio import Redis

from marketplacer_callback.errors import ConfigurationError, QueueUnavailable
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.receiver import Opening, serve


async def test_live_and_ready_say_so(inbox: Inbox) -> None:
    async with served(make_opening(inbox)) as post:
        await post(MOUNT, delivery(), signed(delivery()))
        live, ready = await post("/live", method="GET"), await post("/ready", method="GET")
    assert (live.status, json.loads(live.body)) == (200, {"live": True})
    assert (ready.status, json.loads(ready.body)) == (
        200,
        {
            "ready": True,
            "instances": {
                "bazaar": {"ready": True, "durability": "always", "problem": None, "deliveries": {"new": 1}},
            },
        },
    )


async def test_without_routes_it_is_live_but_not_ready(redis: Redis) -> None:
    async with served(make_opening(make_inbox(redis))) as post:
        assert (await post("/live", method="GET")).status == 200
        ready = await post("/ready", method="GET")
    assert ready.status == 503
    assert "no routes" in json.loads(ready.body)["instances"]["bazaar"]["problem"]


async def test_without_redis_it_is_live_but_not_ready(dead: Inbox) -> None:
    async with served(make_opening(dead)) as post:
        assert (await post("/live", method="GET")).status == 200
        ready = await post("/ready", method="GET")
    assert (ready.status, json.loads(ready.body)["ready"]) == (503, False)


async def test_a_port_in_use_is_a_configuration_error_naming_it(inbox: Inbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}: the port is in use"):
            await serve(make_opening(inbox), host="127.0.0.1", port=port, path=MOUNT, stop=asyncio.Event())


async def test_a_host_that_is_not_here_is_a_configuration_error(inbox: Inbox) -> None:
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.1:8080"):
        await serve(make_opening(inbox), host="203.0.113.1", port=8080, path=MOUNT, stop=asyncio.Event())


async def test_an_opening_that_fails_is_raised(dead: Inbox) -> None:
    def opening() -> object:
        raise QueueUnavailable("away")

    with pytest.raises(QueueUnavailable, match="away"):
        await serve(opening, host="127.0.0.1", port=0, path=MOUNT, stop=asyncio.Event())  # type: ignore[arg-type]


async def test_two_processes_may_share_a_port(inbox: Inbox) -> None:
    port = free_port()
    first, second = Running(make_opening(inbox), port), Running(make_opening(inbox), port)
    async with first, second, client(port) as post:
        assert (await post("/live", method="GET")).status == 200


async def test_the_mount_path_may_be_the_root(inbox: Inbox) -> None:
    port = free_port()
    async with Running(make_opening(inbox), port, path="/"), client(port) as post:
        assert (await post("/", delivery(), signed(delivery()))).word == "new"
        assert (await post("/Advert", delivery(), signed(delivery()))).word == "dup"
        assert (await post("/live", method="GET")).status == 200


async def test_a_stop_ends_what_is_in_flight(inbox: Inbox, redis: Redis) -> None:
    port = free_port()
    async with client(port) as post:
        async with Running(make_opening(inbox), port) as running:
            await post("/live", method="GET")
            await redis.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")
            waiting = asyncio.create_task(post(MOUNT, delivery(), signed(delivery())))
            await arrived(redis)
            running.stop.set()
            await asyncio.sleep(0)
            await redis.execute_command("CLIENT", "UNPAUSE")
        answer = await waiting
    assert (answer.status, answer.word) == (200, "new")
    assert (await inbox.status()).live == 1


class Running:
    """``serve`` as a task."""

    def __init__(self, opening: Opening, port: int, path: str = MOUNT) -> None:
        self.stop, self.listening = asyncio.Event(), asyncio.Event()
        self.serving = serve(opening, host="127.0.0.1", port=port, path=path, stop=self.stop, listening=self.listening)

    async def __aenter__(self) -> Running:
        self.task = asyncio.create_task(self.serving)
        await self.listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task


async def arrived(redis: Redis) -> None:
    """Returns when a command waits in the paused server."""
    while not (await redis.info("clients"))["blocked_clients"]:
        await asyncio.sleep(0.005)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_ready_looks_at_redis_at_most_once_a_second(inbox: Inbox, redis: Redis) -> None:
    async with make_opening(inbox)() as receiver:
        await redis.config_resetstat()
        answers = await asyncio.gather(*(receiver.ready() for _ in range(50)))
        waits = (await redis.info("commandstats"))["cmdstat_waitaof"]["calls"]
    assert all(ready for ready, _ in answers)
    assert waits == 1


async def test_ready_names_the_durability_in_force(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    inbox = make_inbox(redis, durability="memory")
    await inbox.register(WANTS)
    await inbox.probe()
    caplog.clear()
    async with make_opening(inbox)() as receiver:
        ready, facts = await receiver.ready()
    assert ready
    assert facts["instances"]["bazaar"]["durability"] == "memory"
    assert caplog.records == [], "the warning belongs to the start"


async def test_a_redis_that_stopped_being_durable_is_not_ready(inbox: Inbox, redis: Redis) -> None:
    await redis.config_set("appendonly", "no")
    try:
        async with make_opening(inbox)() as receiver:
            ready, facts = await receiver.ready()
    finally:
        await redis.config_set("appendonly", "yes")
    assert not ready
    assert "append-only" in facts["instances"]["bazaar"]["problem"]
