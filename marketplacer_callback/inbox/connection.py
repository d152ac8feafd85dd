"""The connection to Redis or Valkey, and what its errors mean to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from marketplacer_callback.errors import ConfigurationError, QueueUnavailable

__all__ = ["LOST", "connect", "is_refusal", "refused", "unavailable"]

LOST: Final = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OSError)
"""The server is away, or not there yet: the same call may succeed in a moment."""

_NO_AOF: Final = (
    "its append-only file is off, so an event cannot be on disk before its 200; turn it on (appendonly yes), or "
    "choose a weaker redis.durability by hand"
)

SCHEMES: Final = ("redis", "rediss", "unix")

_REFUSALS: Final = (
    ("NOROUTES", "no worker has registered its handlers yet (or Redis was emptied); start a worker"),
    ("MISCONF", "Redis cannot write to its disk and refuses changes; look at its log and its disk space"),
    ("NOREPLICAS", "Redis has too few replicas in touch for its min-replicas-to-write"),
    ("MASTERDOWN", "this Redis is a replica that has lost its primary; connect to the primary"),
    ("CLUSTERDOWN", "Redis Cluster is not supported; use one primary"),
    ("CROSSSLOT", "Redis Cluster is not supported; use one primary"),
    ("MOVED", "Redis Cluster is not supported; use one primary"),
    ("BUSY ", "Redis is busy with a script of somebody else"),
    ("UNKILLABLE", "Redis is busy with a script of somebody else"),
)
"""How an error of the whole server starts → what to say. A script's own error starts with none of these."""


def connect(url: str, *, connect_timeout_s: float = 5.0, answer_timeout_s: float = 15.0, patient: bool = True) -> Redis:
    """A client for ``redis://``, ``rediss://`` (TLS) or ``unix://``; nothing is sent yet. Answers stay bytes.

    A ``patient`` client retries a lost connection for about 15 s, so that a restart of the server goes unnoticed; every
    script may be sent twice. Raises ``ConfigurationError`` for a URL that cannot be meant. Its message quotes nothing
    of the URL: where a password is not encoded, any part of it may be the password.
    """
    try:
        parts = urlsplit(url)
        is_meant = parts.scheme in SCHEMES and parts.port != 0
        # A unix socket has nothing to keep alive, and its connections refuse the option.
        keepalive = {} if parts.scheme == "unix" else {"socket_keepalive": True}
        client: Redis = Redis.from_url(
            url,
            decode_responses=False,
            retry=Retry(EqualJitterBackoff(cap=1, base=0.05), 20 if patient else 0),
            # Without this list the retry alone does nothing; redis-py's own TimeoutError is meant.
            retry_on_error=list(LOST),
            retry_on_timeout=patient,
            socket_connect_timeout=connect_timeout_s,
            socket_timeout=answer_timeout_s,
            **keepalive,
        )
        pool = client.connection_pool
        pool.connection_class = _losing_in_words_of_redis(pool.connection_class)
        # The options of the URL are looked at only when a connection is made.
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        is_meant = False
    if not is_meant:
        raise ConfigurationError(
            "redis.url: not a Redis URL; write redis://[user:password@]host:6379/0, rediss://… for TLS, or "
            "unix:///path, with / ? # @ of a password as %2F %3F %23 %40, and no options that redis-py does not know"
        )
    return client


def is_refusal(error: ResponseError) -> bool:
    """Whether the server refuses everybody (full memory, read-only, no disk…), rather than one script its arguments."""
    if isinstance(error, (OutOfMemoryError, ReadOnlyError, AuthenticationError, NoPermissionError)):
        return True
    return any(str(error).startswith(start) for start, _ in _REFUSALS)


def refused(error: BaseException) -> QueueUnavailable:
    """The error as one for people: what happened, and what to do."""
    return QueueUnavailable(f"Redis: {_meaning(error)}")


@contextmanager
def unavailable() -> Iterator[None]:
    """Turns every error of Redis inside into ``QueueUnavailable``."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise refused(error) from error


def _losing_in_words_of_redis(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """uvloop raises ``RuntimeError`` where the server has just hung up, and the client library passes that on: nobody
    would try again, and a worker would end of it.
    """

    class Connection(kind):  # type: ignore[misc,valid-type]
        async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
            try:
                await super().send_packed_command(command, check_health)
            except RuntimeError as error:
                if "the handler is closed" not in str(error):
                    raise
                raise RedisConnectionError("the server hung up") from error

    return Connection


def _meaning(error: BaseException) -> str:
    match error:
        case OutOfMemoryError():
            return "its memory is full (maxmemory): give it more, or lower max_backlog; work goes on, new events wait"
        case ReadOnlyError():
            return "it is a replica and takes no writes; connect to the primary"
        case NoPermissionError():
            return f"its user may not do this ({error}); give the user these commands and keys"
        case AuthenticationError():
            return "it refuses the user or password of redis.url"
        case RedisConnectionError() | RedisTimeoutError() | OSError():
            return f"out of reach ({error}); does it run, and is redis.url right?"
    if str(error).startswith("WAITAOF cannot"):
        return _NO_AOF
    for start, meaning in _REFUSALS:
        if str(error).startswith(start):
            return meaning
    return str(error)
