"""How sure an accepted event is, and the check at the start that this server can give it.

``appendfsync`` is not read: it says what was asked for, often nobody may read it, and only a write that is waited for
tells. ``WAITAOF`` (Redis 7.2, https://redis.io/docs/latest/commands/waitaof/) waits until this connection's writes are
on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox.connection import LOST, is_refusal, refused, unavailable
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.replies import number, sequence

__all__ = ["UNPROMISED", "Durability", "ServerFacts", "Wait", "default_wait", "probe"]

Durability = Literal["always", "replica", "everysec", "memory"]

UNPROMISED: Final[Mapping[str, str | None]] = {
    "always": None,
    "replica": "events are lost if the primary and the replica that confirmed them are both lost",
    "everysec": "the events of the last 1-2 seconds may be lost when the machine crashes or Redis is killed",
    "memory": "all pending events are lost when Redis restarts",
}
"""What an accepted event does not survive, by durability."""

WAIT_MS: Final = 3_000
"""Ten times the slowest disk wait that was measured (200 ms with ``appendfsync everysec``)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The command that an accept waits with, and how many it must hear from; ``command`` is empty where nothing
    is waited for.
    """

    command: tuple[str | int, ...] = ()
    local: int = 0
    replicas: int = 0

    def is_met(self, reply: object) -> bool:
        """``WAITAOF`` answers ``[local, replicas]``, ``WAIT`` the number of replicas."""
        if isinstance(reply, int):
            return reply >= self.replicas
        local, replicas = (number(part) for part in sequence(reply))  # type: ignore[arg-type]
        return local >= self.local and replicas >= self.replicas


ON_DISK: Final = Wait(("WAITAOF", 1, 0, WAIT_MS), local=1)
ON_TWO_DISKS: Final = Wait(("WAITAOF", 1, 1, WAIT_MS), local=1, replicas=1)
ON_A_REPLICA: Final = Wait(("WAIT", 1, WAIT_MS), replicas=1)
NOTHING: Final = Wait()


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server said of itself at the start, and what accepting will wait for (empty: nothing)."""

    software: str
    version: str
    has_aof: bool
    replicas: int
    used_bytes: int
    max_bytes: int
    """``maxmemory``; 0 = no limit."""
    durability: Durability
    wait: Wait


def default_wait(durability: Durability) -> Wait:
    """What accepting waits for as long as the server was not probed."""
    return {"always": ON_DISK, "replica": ON_TWO_DISKS, "everysec": NOTHING, "memory": NOTHING}[durability]


async def probe(redis: Redis, keys: Keys, durability: Durability) -> ServerFacts:
    """Refuses a server on which events could be lost. At most 4 round trips, and two waits of 3 s.

    Raises ``QueueUnavailable``: which promise cannot be kept, and the ways out.
    """
    with unavailable():
        info: Mapping[str, object] = await redis.info()
        _check_server(info)
        wait = await _wait_for(redis, keys, durability, info)
    return ServerFacts(
        software="valkey" if "valkey_version" in info else "redis",
        version=str(info.get("valkey_version", info.get("redis_version", "?"))),
        has_aof=_flag(info, "aof_enabled"),
        replicas=_integer(info, "connected_slaves"),
        used_bytes=_integer(info, "used_memory"),
        max_bytes=_integer(info, "maxmemory"),
        durability=durability,
        wait=wait,
    )


def _check_server(info: Mapping[str, object]) -> None:
    """Raises for a server on which the scripts do not work, or which throws keys away."""
    if _version(info) < (7, 0):
        raise QueueUnavailable(f"Redis {info.get('redis_version')} is too old; use Redis 7.0 or newer, or Valkey")
    if _flag(info, "cluster_enabled") or info.get("redis_mode") == "cluster":
        raise QueueUnavailable(
            "this is a Redis Cluster, on which arq does not work; use one primary (with Sentinel, if you like)"
        )
    if info.get("role", "master") != "master":
        raise QueueUnavailable(
            f"this Redis is a replica of {info.get('master_host')}:{info.get('master_port')}; connect to the primary"
        )
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise QueueUnavailable(
            f"this Redis may throw away pending work (maxmemory-policy {policy}); set maxmemory-policy noeviction, "
            "or use a Redis of its own for the queue"
        )


async def _wait_for(redis: Redis, keys: Keys, durability: Durability, info: Mapping[str, object]) -> Wait:
    has_aof, has_waitaof = _flag(info, "aof_enabled"), _version(info) >= (7, 2)
    if durability == "memory":
        return NOTHING
    if durability == "everysec":
        # A write that never reaches the disk (appendfsync no) is more than the promised 1-2 seconds.
        problem = await _try(redis, keys, ON_DISK) if has_aof and has_waitaof else None
        if not has_aof or problem is not None:
            raise _without_aof(durability, problem or "its append-only file is off")
        return NOTHING
    if durability == "replica":
        return await _wait_for_replica(redis, keys, has_aof and has_waitaof)
    if not has_waitaof:
        return await _always_without_waitaof(redis, has_aof)
    problem = await _try(redis, keys, ON_DISK)
    if problem is not None:
        raise _without_aof(durability, problem)
    return ON_DISK


async def _wait_for_replica(redis: Redis, keys: Keys, on_disk: bool) -> Wait:
    """Where the primary writes to disk, its disk and a replica's are waited for; else a replica's memory."""
    wait = ON_TWO_DISKS if on_disk else ON_A_REPLICA
    if await _try(redis, keys, wait) is None:
        return wait
    aof = " that has an append-only file as its primary does (appendonly yes)" if on_disk else ""
    raise QueueUnavailable(
        f'redis.durability = "replica": no replica confirmed a write within 3 s; attach a replica{aof}, or choose '
        'redis.durability = "always" (with AOF) or a weaker mode by hand'
    )


async def _always_without_waitaof(redis: Redis, has_aof: bool) -> Wait:
    """Before Redis 7.2: with ``appendfsync always`` the answer itself comes after the disk."""
    try:
        setting = (await redis.config_get("appendfsync")).get("appendfsync")
    except ResponseError:
        setting = "unreadable (CONFIG is forbidden)"
    if has_aof and setting == "always":
        return NOTHING
    raise _without_aof("always", f"before Redis 7.2 that needs appendonly yes and appendfsync always; it is {setting}")


async def _try(redis: Redis, keys: Keys, wait: Wait) -> str | None:
    """A write, and the wait for it: what went wrong, ``None`` if nothing."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hincrby(keys.stats, "probes", 1)
        pipe.execute_command(*wait.command)
        written, waited = await pipe.execute(raise_on_error=False)
    if isinstance(written, RedisError):
        raise refused(written)
    if isinstance(waited, LOST) or (isinstance(waited, ResponseError) and is_refusal(waited)):
        raise refused(waited)
    if isinstance(waited, RedisError):
        return str(waited)
    return None if wait.is_met(waited) else f"a write was not on disk after {WAIT_MS / 1000:.0f} s"


def _without_aof(durability: str, problem: str) -> QueueUnavailable:
    return QueueUnavailable(
        f'redis.durability = "{durability}" cannot be had from this Redis: {problem.rstrip(".")}. Either turn on its '
        "append-only file (appendonly yes), or choose a weaker mode by hand: "
        + ", ".join(
            f'"{mode}" ({text})'
            for mode, text in UNPROMISED.items()
            if text is not None and _is_weaker(mode, durability)
        )
    )


def _is_weaker(mode: str, than: str) -> bool:
    return list(UNPROMISED).index(mode) > list(UNPROMISED).index(than)


def _version(info: Mapping[str, object]) -> tuple[int, ...]:
    # Valkey says as redis_version which Redis it is compatible with.
    return tuple(int(part) for part in str(info.get("redis_version", "0")).split(".")[:2] if part.isdigit())


def _flag(info: Mapping[str, object], name: str) -> bool:
    return _integer(info, name) == 1


def _integer(info: Mapping[str, object], name: str) -> int:
    value = info.get(name, 0)
    return value if isinstance(value, int) else 0
