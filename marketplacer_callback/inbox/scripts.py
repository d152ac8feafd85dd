"""The scripts: loading them, and calling them with the arguments that all of them take."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from marketplacer_callback.inbox.arq_format import job_blob
from marketplacer_callback.inbox.keys import Keys
from marketplacer_callback.inbox.replies import Reply

__all__ = ["SCRIPTS", "Argument", "Scripts", "execute", "sources"]

Argument = str | bytes | int

SCRIPTS: Final = (
    "accept",
    "claim",
    "drop",
    "finish",
    "forget",
    "quarantine",
    "recount",
    "register",
    "renew",
    "repair_boxes",
    "repair_places",
    "replay",
    "start",
    "tend",
)


@cache
def sources() -> Mapping[str, str]:
    """Name → Lua text, as sent: the prelude stands behind the script's first line, which must stay first."""
    folder = resources.files(__package__)
    prelude = folder.joinpath("prelude.lua").read_text("utf-8")
    texts = {}
    for name in SCRIPTS:
        shebang, _, body = folder.joinpath(f"{name}.lua").read_text("utf-8").partition("\n")
        texts[name] = f"{shebang}\n{prelude}\n{body}"
    return texts


class Scripts:
    """The scripts of one instance's inbox. ``clock_ms`` replaces the server's time, for tests."""

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        *,
        batch_max: int = 50,
        clock_ms: Callable[[], int] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self.redis = redis
        self.keys = keys
        self._batch_max = batch_max
        self._clock_ms = clock_ms
        self._texts = sources() if texts is None else texts
        # The server finds a script by the SHA-1 of its text: an address, not a safeguard.
        self._shas = {name: hashlib.sha1(text.encode()).hexdigest() for name, text in self._texts.items()}  # noqa: S324
        self._job_before, self._job_after = job_blob()

    def command(self, name: str, *arguments: Argument) -> tuple[Argument, ...]:
        """The call as a command, for a pipeline. Each has a new seed, from which the script makes the ids of new
        batches.
        """
        now = self._clock_ms() if self._clock_ms else 0
        common = (self.keys.prefix, now, secrets.token_hex(8), self._job_before, self._job_after, self._batch_max)
        return ("EVALSHA", self._shas[name], 0, *common, *arguments)

    async def call(self, name: str, *arguments: Argument) -> Reply:
        """Runs a script: one round trip, two more after a restart of the server. Raises
        ``redis.exceptions.RedisError``.
        """
        command = self.command(name, *arguments)
        try:
            return await execute(self.redis, *command)
        except NoScriptError:
            await self.load()
            return await execute(self.redis, *command)

    async def now_ms(self) -> int:
        """The time by which the scripts go, in ms since 1970."""
        if self._clock_ms:
            return self._clock_ms()
        seconds, microseconds = await self.redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def load(self) -> None:
        """Makes the server know all scripts; it forgets them when it restarts."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for text in self._texts.values():
                pipe.execute_command("SCRIPT LOAD", text)
            await pipe.execute()


async def execute(redis: Redis, *command: Argument) -> Reply:
    """One command. Raises ``redis.exceptions.RedisError``."""
    run: Callable[..., Any] = redis.execute_command
    return cast("Reply", await run(*command))
