"""A server that cannot keep the promise is refused at start, with the ways out; a weaker promise is made only by
hand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from inbox_desk import free_port, make_inbox, server
from redis.asyncio import Redis

from marketplacer_callback.errors import ConfigurationError, QueueUnavailable
from marketplacer_callback.inbox import Inbox, NewEvent, Want, connect

EVENT = NewEvent(b"e1", "Advert", "o1", "update")


@asynccontextmanager
async def inbox_at(url: str, durability: str) -> AsyncIterator[Inbox]:
    redis = connect(url)
    try:
        yield make_inbox(redis, durability=durability)
    finally:
        await redis.aclose()


async def test_a_server_that_writes_to_disk_passes(valkey: str) -> None:
    async with inbox_at(valkey, "always") as inbox:
        facts = await inbox.probe()
    assert facts.has_aof
    assert facts.wait.command[:3] == ("WAITAOF", 1, 0)
    assert facts.software == "valkey"


async def test_a_server_without_aof_is_refused_and_the_remedies_are_named(valkey_in_memory: str) -> None:
    async with inbox_at(valkey_in_memory, "always") as inbox:
        with pytest.raises(QueueUnavailable) as refusal:
            await inbox.probe()
        message = str(refusal.value)
        assert "turn on its append-only file" in message
        assert '"everysec"' in message
        assert '"memory"' in message
        await inbox.register([Want("Advert", "slow", "index")])
        with pytest.raises(QueueUnavailable, match="append"):
            await inbox.accept([EVENT])


async def test_everysec_needs_the_append_only_file_as_well(valkey: str, valkey_in_memory: str) -> None:
    async with inbox_at(valkey, "everysec") as inbox:
        assert (await inbox.probe()).wait.command == ()
    async with inbox_at(valkey_in_memory, "everysec") as inbox:
        with pytest.raises(QueueUnavailable, match='"memory"'):
            await inbox.probe()


async def test_memory_is_possible_and_warned_of_once(valkey_in_memory: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="marketplacer_callback.inbox")
    async with inbox_at(valkey_in_memory, "memory") as inbox:
        await inbox.redis.flushall()
        await inbox.probe()
        await inbox.probe()
        await inbox.register([Want("Advert", "slow", "index")])
        assert await inbox.accept([EVENT]) == ["new"]
        status = await inbox.status()
    assert status.durability == "memory"
    assert status.unpromised is not None
    assert [record.message for record in caplog.records] == ["inbox.weak_durability"]


async def test_no_replica_is_not_enough_for_replica(valkey_in_memory: str) -> None:
    async with inbox_at(valkey_in_memory, "replica") as inbox:
        with pytest.raises(QueueUnavailable, match="no replica confirmed"):
            await inbox.probe()


async def test_a_replica_that_confirms_is_enough_and_is_itself_refused(valkey_in_memory: str) -> None:
    port = valkey_in_memory.rpartition(":")[2].partition("/")[0]
    async with inbox_at(valkey_in_memory, "memory") as inbox:
        await inbox.redis.config_set("repl-diskless-sync-delay", 0)
    with server(replicaof=f"127.0.0.1 {port}") as (url, _):
        async with inbox_at(valkey_in_memory, "replica") as inbox:
            while not (await inbox.redis.info("replication")).get("connected_slaves"):
                await asyncio.sleep(0.02)
            facts = await inbox.probe()
            assert facts.wait.command[:2] == ("WAIT", 1)
            await inbox.redis.flushall()
            await inbox.register([Want("Advert", "slow", "index")])
            assert await inbox.accept([EVENT]) == ["new"]
        async with inbox_at(url, "memory") as inbox:
            with pytest.raises(QueueUnavailable, match="replica of 127.0.0.1"):
                await inbox.probe()
            with pytest.raises(QueueUnavailable, match="takes no writes"):
                await inbox.accept([EVENT])


async def test_an_eviction_policy_is_refused() -> None:
    with server(maxmemory="50mb", maxmemory_policy="allkeys-lru") as (url, _):
        async with inbox_at(url, "memory") as inbox:
            with pytest.raises(QueueUnavailable, match="noeviction"):
                await inbox.probe()


async def test_a_cluster_is_refused() -> None:
    # Its bus would otherwise take the port 10,000 above, which there may not be.
    with server(cluster_enabled="yes", cluster_port=str(free_port())) as (url, _):
        async with inbox_at(url, "memory") as inbox:
            with pytest.raises(QueueUnavailable, match="Cluster"):
                await inbox.probe()


async def test_a_disk_that_is_never_written_is_refused(tmp_path: Path) -> None:
    with server(tmp_path, appendfsync="no") as (url, _):
        async with inbox_at(url, "always") as inbox:
            with pytest.raises(QueueUnavailable, match="not on disk after 3 s"):
                await inbox.probe()


async def test_a_url_that_cannot_be_meant_is_refused_without_its_password() -> None:
    for url in (
        "http://user:hunter2@host/0",
        "redis://:hunter2@host:port/0",
        "redis://user:hunter2/x@host:6379/0",
        "redis://user:hunter2#x@host:6379/0",
        "redis://:hunter2@host:6379/0?nonsense=1",
        "hunter2",
    ):
        with pytest.raises(ConfigurationError) as refusal:
            connect(url)
        assert "hunter2" not in str(refusal.value)
        assert "redis.url" in str(refusal.value)


async def test_everysec_is_refused_where_nothing_is_ever_written_to_disk(tmp_path: Path) -> None:
    with server(tmp_path, appendfsync="no") as (url, _):
        async with inbox_at(url, "everysec") as inbox:
            with pytest.raises(QueueUnavailable, match="not on disk after 3 s"):
                await inbox.probe()


async def test_replica_waits_for_both_disks_where_the_primary_writes_to_one(tmp_path: Path) -> None:
    (tmp_path / "primary").mkdir()
    (tmp_path / "replica").mkdir()
    with server(tmp_path / "primary", appendfsync="always", repl_diskless_sync_delay="0") as (url, _):
        port = url.rpartition(":")[2].split("/")[0]
        async with inbox_at(url, "replica") as inbox:
            with server(replicaof=f"127.0.0.1 {port}"):
                await attached(inbox)
                with pytest.raises(QueueUnavailable, match="a replica that has an append-only file"):
                    await inbox.probe()
            with server(tmp_path / "replica", replicaof=f"127.0.0.1 {port}", appendfsync="always"):
                await attached(inbox)
                assert (await inbox.probe()).wait.command[:3] == ("WAITAOF", 1, 1)
                await inbox.register([Want("Advert", "slow", "index")])
                assert await inbox.accept([EVENT]) == ["new"]


async def attached(inbox: Inbox) -> None:
    async with asyncio.timeout(10):
        while (await inbox.redis.info("replication")).get("slave0", {}).get("state") != "online":
            await asyncio.sleep(0.02)


async def test_connecting_sends_nothing() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    assert isinstance(redis, Redis)
    await redis.aclose()
