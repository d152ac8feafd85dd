"""``marketplacer_inbox``: an integration's receiver, inbox and worker, with a face for tests that do not await."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from redis.asyncio import Redis

from marketplacer_callback.delivery import SIGNATURE_HEADER, VERTICAL_HEADER, sign
from marketplacer_callback.inbox import Inbox, connect
from marketplacer_callback.integration import Integration
from marketplacer_callback.refs import Ref
from marketplacer_callback.runtime.calling import Caller
from marketplacer_callback.runtime.publisher import Publisher
from marketplacer_callback.settings import Settings
from marketplacer_callback.sinks import Item
from marketplacer_callback.testing.background import Background
from marketplacer_callback.testing.recording import RecordingCaller, RecordingSink
from marketplacer_callback.testing.report import Handled, Pending, Report
from marketplacer_callback.wiring import inbox_of, opened_receiver, opened_workers

if TYPE_CHECKING:
    from marketplacer_callback.receiver import Receiver, Reply
    from marketplacer_callback.sandbox import Sandbox
    from marketplacer_callback.testing.door import Door

__all__ = ["Credential", "MarketplacerInbox", "Parts", "opened_parts"]

SOON_S: Final = 0.5
"""``run_until_idle`` waits for what is due within this: rests and second looks, not retries."""
_LOOKS_EVERY_S: Final = 0.01


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What proves that a delivery is genuine: an HMAC key, or a seller's static header."""

    secret: str | None
    header: tuple[str, str] | None

    def headers(self, body: bytes) -> dict[str, str]:
        """The headers of a delivery with this body."""
        if self.secret is not None:
            return {SIGNATURE_HEADER: sign(body, self.secret)}
        return dict([self.header]) if self.header is not None else {}


@dataclass(frozen=True, slots=True)
class Parts:
    """What is open around one test; of use on the background's loop."""

    settings: Settings
    integration: Integration
    sandbox: Sandbox
    receiver: Receiver
    inbox: Inbox
    credential: Credential


@contextlib.asynccontextmanager
async def opened_parts(
    settings: Settings, integration: Integration, sandbox: Sandbox, door: Door, credential: Credential, redis_url: str
) -> AsyncIterator[Parts]:
    """The receiver, at the door. The Redis is flushed first. ``settings`` are the integration's meanwhile."""
    before = integration._settings, integration._table
    integration.settings = settings
    redis: Redis = connect(redis_url)
    try:
        await redis.flushall()
        async with opened_receiver(settings, integration.table) as receiver:
            await door.open(receiver.receive)
            inbox = inbox_of(settings, settings.only_instance(), redis)
            yield Parts(settings, integration, sandbox, receiver, inbox, credential)
    finally:
        door.shut()
        integration._settings, integration._table = before
        await redis.aclose()


class MarketplacerInbox:
    """The whole way of an event, of this test alone: receiver, inbox in an embedded Valkey, worker, handlers.

    The webhooks of ``marketplacer_sandbox`` arrive here. Handlers run on a thread that is not the test's, and only
    within ``run_until_idle``.
    """

    def __init__(self, parts: Parts, background: Background) -> None:
        self.instance = parts.settings.only_instance()
        self._parts = parts
        self._background = background

    def deliver(self, typename: str, id: str, event: str = "update") -> Reply:
        """Send one signed delivery about an object to the receiver; what it answers."""
        return self._background.call(self._deliver(typename, id, event))

    def run_until_idle(self, timeout: float = 10.0, *, ahead: float = 0.0) -> Report:
        """Run the worker until every webhook of the sandbox has arrived and no mailbox is owed; what came of it.

        A mailbox that waits for its time, as a retry does, is not waited for: it is ``pending`` in the report, unless
        it is due within half a second. With ``ahead`` what is due within so many seconds is run as if they had
        passed, once. While the API is down the instance rests (``paused_s``), and the run ends with mailboxes queued.

        Raises ``TimeoutError`` with what is still owed after ``timeout`` seconds, ``ConfigurationError`` if the
        worker cannot start.
        """
        return self._background.call(self._run(timeout, ahead))

    async def _deliver(self, typename: str, id: str, event: str) -> Reply:
        node = {"__typename": typename, "id": id}
        envelope = {"id": f"test-{secrets.token_hex(8)}", "event_name": event, "payload": {"data": {"node": node}}}
        body = json.dumps(envelope).encode()
        proof = self._parts.credential.headers(body)
        headers = {"Content-Type": "application/json", VERTICAL_HEADER: self.instance, **proof}
        return await self._parts.receiver.receive(body, headers, typename)

    async def _run(self, timeout_s: float, ahead_s: float) -> Report:
        parts, handled, items = self._parts, list[Handled](), list[Item]()
        sinks = dict.fromkeys(parts.settings.sinks, RecordingSink(items))

        def calling(publisher: Publisher) -> Caller:
            return RecordingCaller(publisher, handled)

        table, deadline = parts.integration.table, time.monotonic() + timeout_s
        async with opened_workers(parts.settings, table, sinks=sinks, calling=calling) as service, service.running():
            if ahead_s > 0:
                await self._until(lambda: _is_calm(parts.sandbox), deadline, timeout_s)
                await self._bring_forward(ahead_s)
            await self._until(self._is_idle, deadline, timeout_s)
        dead, paused_s = await parts.inbox.dead_letters(), await parts.inbox.paused_ms() / 1000
        return Report(tuple(handled), tuple(items), tuple(dead), tuple(await self._pending()), paused_s)

    async def _until(self, holds: Callable[[], Awaitable[bool]], deadline: float, timeout_s: float) -> None:
        """By looking, not by ``asyncio.timeout``: a read of Redis that is cancelled costs its connection."""
        while not await holds():
            if time.monotonic() > deadline:
                raise TimeoutError(await self._owed(timeout_s))
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _is_idle(self) -> bool:
        """Mailboxes move between the reads, so it is by their number: all that live are waiting for their time."""
        webhooks = self._parts.sandbox.webhooks
        if webhooks.pending:
            return False
        status = await self._parts.inbox.status()
        if status.paused_ms > SOON_S * 1000:
            return not any(lane.running for lane in status.lanes.values())
        waiting = [due_s async for _, _, due_s in self._later()]
        return status.live == len(waiting) and all(due_s > SOON_S for due_s in waiting) and not webhooks.pending

    async def _later(self) -> AsyncIterator[tuple[str, str, float]]:
        """``(lane, type:id, seconds until it is due)`` of the mailboxes that wait for their time."""
        inbox = self._parts.inbox
        now_ms = await inbox.scripts.now_ms()
        for lane in self._parts.settings.lanes:
            for member, due_ms in await inbox.redis.zrange(inbox.keys.later(lane), 0, -1, withscores=True):
                yield lane, member.decode(), (due_ms - now_ms) / 1000

    async def _bring_forward(self, ahead_s: float) -> None:
        inbox = self._parts.inbox
        await inbox.pause(0)
        async for lane, member, due_s in self._later():
            if due_s <= ahead_s:
                await inbox.redis.zadd(inbox.keys.later(lane), {member: 0}, xx=True)

    async def _pending(self) -> list[Pending]:
        found = []
        async for lane, member, due_s in self._later():
            typename, _, id_ = member.partition(":")
            state = await self._parts.inbox.look(typename, id_)
            reasons = {
                handler.handler: handler.last_reason
                for box in state.mailboxes
                if box.lane == lane
                for handler in box.handlers
                if handler.pending
            }
            found.append(Pending(Ref(self.instance, typename, id_), lane, max(due_s, 0.0), reasons))
        return found

    async def _owed(self, timeout_s: float) -> str:
        status = await self._parts.inbox.status()
        lanes = "; ".join(
            f"{name}: {lane.running} running, {lane.queued} queued, {lane.later} later"
            for name, lane in status.lanes.items()
        )
        deliveries = self._parts.sandbox.webhooks.pending
        return f"not idle after {timeout_s:g} s: {deliveries} deliveries under way; {lanes}"


async def _is_calm(sandbox: Sandbox) -> bool:
    """Whether every webhook of the sandbox has arrived."""
    return not sandbox.webhooks.pending
