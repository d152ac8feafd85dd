"""The inbox of one instance: everything pending for every object, and the only door to it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from redis.asyncio import Redis

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.inbox import accept, dead, forget, look, quarantine, repair, routes, status, work
from marketplacer_callback.inbox.connection import unavailable
from marketplacer_callback.inbox.dead import DeadLetter, Replayed
from marketplacer_callback.inbox.durability import UNPROMISED, Durability, ServerFacts, default_wait, probe
from marketplacer_callback.inbox.forget import Forgotten
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.look import ObjectState
from marketplacer_callback.inbox.quarantine import Quarantined
from marketplacer_callback.inbox.records import (
    Busy,
    Claimed,
    Gone,
    MailboxVerdict,
    NewEvent,
    Started,
    Tended,
    Want,
    Word,
)
from marketplacer_callback.inbox.repair import Repaired
from marketplacer_callback.inbox.scripts import Scripts
from marketplacer_callback.inbox.status import Status

__all__ = ["Inbox"]

_log = logging.getLogger("marketplacer_callback.inbox")


class Inbox:
    """The mailboxes of ``instance``, on one Redis or Valkey. Any number of processes may have one for the same
    instance.

    ``app`` is the name of the code base where several share a Redis. ``cooldown_ms`` is, by lane, how long an object
    rests between two runs (0 or missing: not at all). ``keep_digests_ms`` and ``keep_dead_ms`` are the ages at which
    digests and dead letters go. ``clock_ms`` replaces the server's time, in tests.

    What a worker calls in its loop (``start`` … ``paused_ms``) raises ``redis.exceptions.RedisError`` or ``OSError`` as
    they come, to be tried again; the rest raises ``QueueUnavailable`` with a message for people. Every script may
    safely be sent twice.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        instance: str,
        app: str | None = None,
        durability: Durability = "always",
        max_backlog: int = 1_000_000,
        cooldown_ms: Mapping[str, int] | None = None,
        keep_digests_ms: int,
        keep_dead_ms: int,
        max_dead_letters: int = 1_000_000,
        batch_max: int = 50,
        clock_ms: Callable[[], int] | None = None,
    ) -> None:
        if min(keep_digests_ms, keep_dead_ms, max_backlog, max_dead_letters, batch_max) <= 0:
            raise ConfigurationError(
                "keep.digests, keep.dead_letters, redis.max_backlog and the batch size must be above 0"
            )
        self.redis = redis
        self.instance = instance
        self.keys = Keys.of(instance, app)
        self.scripts = Scripts(redis, self.keys, batch_max=batch_max, clock_ms=clock_ms)
        self.durability: Durability = durability
        self.max_backlog = max_backlog
        self.max_dead_letters = max_dead_letters
        self.cooldown_ms = dict(cooldown_ms or {})
        self.keep_digests_ms = keep_digests_ms
        self.keep_dead_ms = keep_dead_ms
        self._wait = default_wait(durability)
        self._has_warned = False

    # At start.

    async def probe(self) -> ServerFacts:
        """Checks that this server loses nothing and can give the durability asked for.

        Raises ``QueueUnavailable`` for Redis < 7.0, a cluster, a replica, an eviction policy, or a promise that cannot
        be kept; the message names the remedies. Logs a warning for a durability weaker than ``always``.
        """
        facts = await probe(self.redis, self.keys, self.durability)
        self._wait = facts.wait
        # Once: readiness checks probe again and again.
        if UNPROMISED[self.durability] is not None and not self._has_warned:
            self._has_warned = True
            fields = {"durability": self.durability, "unpromised": UNPROMISED[self.durability]}
            _log.warning("inbox.weak_durability", extra={"fields": fields})
        return facts

    async def routes(self) -> tuple[Want, ...]:
        """Who wants what, as registered by all processes; empty: nothing can be accepted. Raises
        ``QueueUnavailable``.
        """
        with unavailable():
            return await routes.read_routes(self.redis, self.keys)

    async def register(self, wants: Sequence[Want]) -> None:
        """Says who wants what: all routes of this code, whatever lanes this process serves. At start and then every
        minute.

        A route leaves the table 10 minutes after the last process that knows it. Prunes old dead letters on the way.
        Raises ``ConfigurationError`` for names that cannot be stored, ``QueueUnavailable``.
        """
        with unavailable():
            await routes.register(self.scripts, wants, keep_dead_ms=self.keep_dead_ms)

    # What a receiver does.

    async def accept(self, events: Sequence[NewEvent]) -> list[Word]:
        """Folds events into their mailboxes; returns when they are durable. A word for each event, in order.

        One round trip for up to 128 events, and the wait for the disk. ``full`` and ``failed`` events are not stored:
        answer them with 503. A lost connection is retried for about 2 s; an event that was stored in spite of it comes
        out as ``dup``. Raises ``QueueUnavailable``: all of them have to come again, none is half stored.
        """
        return await accept.accept(self.scripts, events, max_backlog=self.max_backlog, wait=self._wait)

    async def quarantine(
        self, body: bytes, reason: str, *, headers: Mapping[str, str], remember: bytes | None = None
    ) -> bool:
        """Keeps a body that was signed but not understood; durable when it returns. False: no room, answer 503.

        The same body is kept once. With ``remember``, so is everything under that identity, for 5 days, also after it
        was dropped. ``headers`` are stored as given: leave out those that hold a secret. Raises ``QueueUnavailable``.
        """
        return await quarantine.quarantine(
            self.scripts, body, reason, headers=headers, remember=remember, wait=self._wait
        )

    # What a worker does.

    async def start(self, lane: str, free: int, gens: Sequence[str], lease_ms: int) -> Started:
        """Takes those of these jobs that are due and that nobody has, up to ``free``, under arq's in-progress lease."""
        return await work.start(self.scripts, lane, free, gens, lease_ms)

    async def claim(self, gen: str, token: str, lease_ms: int) -> Claimed | Busy | Gone:
        """Takes a batch for the holder of ``token`` (one a run, never used again). Nothing is removed: a crash repeats
        it.

        ``Busy`` and a lost claim must not end the arq job: put it off. ``Gone`` may.
        """
        return await work.claim(self.scripts, gen, token, lease_ms)

    async def renew(self, gen: str, token: str, lease_ms: int) -> bool:
        """Prolongs a claim and arq's lease. False: somebody else has the batch, so stop its handlers and drop
        their results.
        """
        return await work.renew(self.scripts, gen, token, lease_ms)

    async def finish(self, gen: str, token: str, verdicts: Sequence[MailboxVerdict]) -> list[str] | None:
        """Gives mailboxes back with the verdicts of their handlers. ``None``: fenced, nothing was changed.

        A word for each: ``queued`` (runs again now), ``later``, ``idle`` (nothing is pending), ``skip`` (given back
        before).
        """
        return await work.finish(
            self.scripts,
            gen,
            token,
            verdicts,
            cooldown_ms=self.cooldown_ms,
            keep_digests_ms=self.keep_digests_ms,
            dead_max=self.max_dead_letters,
        )

    async def tend(self, lane: str) -> Tended:
        """Wakes up to 100 waiting mailboxes that are due, and mends batches whose arq job was lost. Safe in all
        workers at once.
        """
        return await work.tend(self.scripts, lane)

    async def bell(self, lane: str, timeout_s: float) -> bool:
        """Waits for the doorbell: True when a batch was queued. Blocks one connection; at most 5 s at a time. Do
        not cancel it in a loop: each time costs a connection.
        """
        return await work.hear_bell(self.redis, self.keys, lane, timeout_s)

    async def pause(self, ms: int) -> None:
        """No worker starts anything of this instance for ``ms``; a longer pause stays. 0 ends it."""
        await work.pause(self.redis, self.keys, ms)

    async def paused_ms(self) -> int:
        """How long the pause lasts; 0 if there is none."""
        return await work.paused_ms(self.redis, self.keys)

    # For people.

    async def look(self, typename: str, id: str) -> ObjectState:
        """Everything known of one object, in all lanes. Two round trips. Raises ``QueueUnavailable``."""
        with unavailable():
            return await look.look(self.redis, self.keys, typename, id, lanes=self.cooldown_ms)

    async def status(self) -> Status:
        """The state of the whole inbox. A round trip for each 500 pending batches. Raises ``QueueUnavailable``."""
        with unavailable():
            return await status.status(self.scripts, self.durability, lanes=self.cooldown_ms)

    async def repair(self) -> Repaired:
        """Mends what an error half-way in a script may have left. Reads every key; blocks the server about a
        second for each million of mailboxes. Raises ``QueueUnavailable``.
        """
        with unavailable():
            return await repair.repair(self.scripts)

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters first. Raises ``QueueUnavailable``."""
        with unavailable():
            return await dead.dead_letters(self.redis, self.keys, limit)

    async def dead_letter(self, typename: str, id: str) -> list[DeadLetter]:
        """The dead letters of one object, by lane. Raises ``QueueUnavailable``."""
        return list((await self.look(typename, id)).dead_letters)

    async def every_dead_letter(self) -> AsyncIterator[DeadLetter]:
        """All dead letters, the oldest first; those that are written meanwhile are not among them. Raises
        ``QueueUnavailable``.
        """
        with unavailable():
            async for letter in dead.every_dead_letter(self.redis, self.keys):
                yield letter

    async def replay(self, lane: str, typename: str, id: str) -> Replayed:
        """Puts a dead letter's events back into the object's mailbox: the handlers that were given up on run
        again, with an event ``replay`` among the change's events. Raises ``QueueUnavailable``.
        """
        with unavailable():
            return await dead.replay(self.scripts, lane, typename, id)

    async def drop_dead_letter(self, lane: str, typename: str, id: str) -> bool:
        """Throws a dead letter away for good. False: there was none. Raises ``QueueUnavailable``."""
        with unavailable():
            return await dead.drop_dead_letter(self.scripts, lane, typename, id)

    async def forget(self, typename: str, id: str) -> Forgotten:
        """Throws away everything that is held of one object: mailboxes, dead letters, digests, and the quarantined
        bodies that name its id. A handler that runs for it meanwhile leaves nothing behind. What the platform sends
        of it later is taken as of an object never seen. Raises ``QueueUnavailable``.
        """
        with unavailable():
            return await forget.forget(self.scripts, self.keys, typename, id, lanes=self.cooldown_ms)

    async def quarantined(self, *, limit: int = 100) -> list[Quarantined]:
        """The newest quarantined bodies first, without the bodies. Raises ``QueueUnavailable``."""
        with unavailable():
            return await quarantine.quarantined(self.redis, self.keys, limit)

    async def quarantined_body(self, digest: str) -> bytes | None:
        """A quarantined body, raw; ``None`` if it is not there. Raises ``QueueUnavailable``."""
        with unavailable():
            return await quarantine.quarantined_body(self.redis, self.keys, digest)

    async def drop_quarantined(self, digest: str) -> bool:
        """Throws a quarantined body away for good. False: there was none. Raises ``QueueUnavailable``."""
        with unavailable():
            return await quarantine.drop_quarantined(self.scripts, digest)
