"""What the command line's tests stand on: a runner, a folder that ``init`` filled, a sandbox beside it."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_py
from cli_desk import Run, RunningSandbox
from click.testing import CliRunner, Result

from marketplacer_callback.cli import commands
from marketplacer_callback.sandbox import Sandbox, run_sandbox

KEPT = ("Advert", "Seller", "Shipment", "Taxon")
"""The documents of ``at_work``: enough, and quicker to check than all."""


@pytest.fixture(autouse=True)
def fresh_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in an empty folder, without settings in its environment, and without a trace in this process."""
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "API_KEY", "WEBHOOK_SECRETS", "REDIS_URL"):
        monkeypatch.delenv(f"MARKETPLACER_{name}", raising=False)
    modules, path, root = set(sys.modules), list(sys.path), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def mc() -> Run:
    """``mc("queries", "check")``: the command in this process. An error that nobody expects is raised."""

    def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
        result = CliRunner().invoke(commands, [str(one) for one in arguments], env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    started: list[RunningSandbox] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    is_up = threading.Event()

    async def serve() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))

        def ready(running: Sandbox) -> None:
            advert = next(iter(running.store.all("Advert")))["id"]
            started.append(RunningSandbox(running.url, str(advert)))
            is_up.set()

        await run_sandbox(stop=stop, ready=ready, adverts=3)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert is_up.wait(20)
    yield started[0]
    loop, stop = loops[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)


@pytest.fixture
def emptied(valkey: str) -> str:
    """The URL of a Valkey with nothing in it."""
    with redis_py.Redis.from_url(valkey) as client:
        client.flushall()
    return valkey


@pytest.fixture
def at_work(mc: Run, tmp_path: Path, emptied: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that ``init`` filled, with the environment that leads to the sandbox and to an empty Valkey."""
    assert mc("init").exit_code == 0
    for document in (tmp_path / "queries").glob("*.graphql"):
        if document.stem not in KEPT:
            document.unlink()
    monkeypatch.setenv("MARKETPLACER_URL", sandbox.url)
    monkeypatch.setenv("MARKETPLACER_API_KEY", "sandbox-key")
    monkeypatch.setenv("MARKETPLACER_WEBHOOK_SECRETS", "sandbox-secret")
    monkeypatch.setenv("MARKETPLACER_REDIS_URL", emptied)
    return tmp_path
