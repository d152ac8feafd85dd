"""Keeping a claimed batch ours: renewing its lease, and noticing in time that it was lost."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

from redis.exceptions import RedisError

from marketplacer_callback.inbox import Busy, Claimed, Gone, Inbox
from marketplacer_callback.runtime.policy import LEASE_MS

__all__ = ["Lease"]

logger = logging.getLogger("marketplacer_callback.runtime")

_SAFETY_S = 2.0
"""We stop this long before the lease ends on the server: clocks and event loops are late, never early."""


class Lease:
    """One worker's hold on one batch, under a token of its own. ``lost`` tells that another may have it by now."""

    def __init__(self, inbox: Inbox, gen: str, *, lease_ms: int = LEASE_MS) -> None:
        self._inbox = inbox
        self._lease_ms = lease_ms
        self._deadline = 0.0
        self.gen = gen
        self.token = secrets.token_hex(8)
        self.lost = False

    async def claim(self) -> Claimed | Busy | Gone:
        sent = time.monotonic()
        claimed = await self._inbox.claim(self.gen, self.token, self._lease_ms)
        self._sent(sent)
        return claimed

    async def keep(self) -> None:
        """Renew every third of the lease; return, with ``lost`` set, when the lease is gone or can no longer be
        trusted.
        """
        while True:
            pause = self._lease_ms / 3000
            await asyncio.sleep(max(0.0, min(pause, self._deadline - time.monotonic())))
            sent = time.monotonic()
            if sent >= self._deadline:
                break
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._deadline - sent):
                    renewed = await self._inbox.renew(self.gen, self.token, self._lease_ms)
            except (RedisError, OSError, TimeoutError):
                continue
            if not renewed:
                break
            self._sent(sent)
        self.lost = True
        logger.warning("batch.lost", extra={"fields": {"batch": self.gen}})

    def _sent(self, at: float) -> None:
        self._deadline = at + self._lease_ms / 1000 - _SAFETY_S
