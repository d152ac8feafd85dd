"""The request budget of one instance, shared by the whole fleet through Redis."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Protocol

from redis.exceptions import RedisError

from marketplacer_callback.api.sorting import LONGEST_RETRY_AFTER_S

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Limiter"]

WINDOW_MS: Final = 10_250
"""Marketplacer counts over 10 s. Requests do not all take equally long to get there: the rest is for that."""
FIRST_BRAKE_MS: Final = 60_000
LONGEST_BRAKE_MS: Final = 240_000
"""Without Retry-After, Marketplacer's documentation asks for 60 s at least, then to double: 60, 120, 240."""
REDIS_TIMEOUT_S: Final = 1.0
UNREACHED_FOR_S: Final = 1.0
"""How long Redis is left alone after it did not answer."""

logger = logging.getLogger("marketplacer_callback.api")


class Limiter:
    """Turns for requests: at most ``requests_per_10s`` in any 10 seconds, by all processes with this ``prefix``
    together.

    ``reserves`` has for a lane the share of the budget (0 to 1) that no other lane may take. ``take`` costs one round
    trip while there is budget. Without Redis requests go through: a budget that cannot be counted must not stop the
    work; this process still obeys the 429 that it got. ``passed_uncounted`` says how many did.

    ``now_ms`` and ``sleep`` are for tests; ``None`` is the Redis server's clock.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        prefix: str,
        requests_per_10s: int = 600,
        reserves: Mapping[str, float] | None = None,
        now_ms: Callable[[], int] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.passed_uncounted = 0
        self._requests = requests_per_10s
        self._reserves = dict(reserves or {})
        self._window, self._brake, self._step = (f"{prefix}api:{name}" for name in ("window", "brake", "brake-step"))
        self._take_script: _Script = redis.register_script(_lua("limiter_take"))
        self._brake_script: _Script = redis.register_script(_lua("limiter_brake"))
        self._now_ms = now_ms
        self._sleep = sleep
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._alone_until = 0.0
        self._braked_until = 0.0

    async def take(self, lane: str) -> None:
        """Wait for the turn of one request; under a brake that is minutes. Callers of one lane go in the order in
        which they came."""
        # Only the first in the queue asks Redis again: the others would only learn that it is not their turn either.
        async with self._queues[lane]:
            while wait_ms := await self._ask(self._most(lane)):
                await self._sleep(wait_ms / 1000)

    async def brake(self, seconds: float | None) -> None:
        """Nobody of the fleet sends a request for so long. ``None``: the platform named no time, so 60 s, and 120 s
        and 240 s if that was not enough."""
        asked = None if seconds is None else math.ceil(min(seconds, LONGEST_RETRY_AFTER_S) * 1000)
        args = ["" if asked is None else max(asked, 1), FIRST_BRAKE_MS, LONGEST_BRAKE_MS, self._now()]
        braked_ms = await self._run(self._brake_script, [self._brake, self._step], args)
        own_ms = (asked or FIRST_BRAKE_MS) if braked_ms is None else braked_ms
        self._braked_until = max(self._braked_until, time.monotonic() + own_ms / 1000)
        if braked_ms is not None:
            logger.warning("api.braked", extra={"fields": {"seconds": braked_ms / 1000}})

    def _most(self, lane: str) -> int:
        reserved = sum(share for other, share in self._reserves.items() if other != lane)
        return max(1, math.floor(self._requests * (1 - reserved)))

    def _now(self) -> int | str:
        return self._now_ms() if self._now_ms else ""

    async def _ask(self, most: int) -> int:
        wait_ms = await self._run(self._take_script, [self._window, self._brake], [most, WINDOW_MS, self._now()])
        if wait_ms is not None:
            return wait_ms
        if (braked_s := self._braked_until - time.monotonic()) > 0:
            return math.ceil(braked_s * 1000)
        self.passed_uncounted += 1
        return 0

    async def _run(self, script: _Script, keys: Sequence[str], args: Sequence[str | int]) -> int | None:
        """What the script answers; ``None`` if Redis does not."""
        if time.monotonic() < self._alone_until:
            return None
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                return int(await script(keys, args))
        except (RedisError, OSError, TimeoutError) as error:
            self._alone_until = time.monotonic() + UNREACHED_FOR_S
            fields = {"error": type(error).__name__, "passed_uncounted": self.passed_uncounted}
            logger.warning("api.limiter_unreached", extra={"fields": fields})
            return None


class _Script(Protocol):
    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> Awaitable[int | str | bytes]: ...


def _lua(name: str) -> str:
    return files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
