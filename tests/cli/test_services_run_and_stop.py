"""``run``, ``receiver``, ``worker`` and ``sandbox`` as processes: what goes in comes out, and signals end them."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_desk import Run, RunningSandbox, free_port

WITHIN_S = 30.0


class Service:
    """``marketplacer-callback <arguments>`` in a process; what it says on stdout and stderr can be waited for."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marketplacer_callback", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The next line that has ``pattern``."""
        deadline = time.monotonic() + WITHIN_S
        while (line := self._lines.get(timeout=max(deadline - time.monotonic(), 0.01))) is not None:
            self.said.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without saying {pattern!r}: {''.join(self.said)}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(WITHIN_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def service(*arguments: object) -> Iterator[Service]:
    running = Service(tuple(str(one) for one in arguments))
    try:
        yield running
    finally:
        running.close()


def lines(file: Path, count: int) -> list[dict[str, object]]:
    """The lines of a file, once it has so many."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        found = file.read_text().splitlines() if file.exists() else []
        if len(found) >= count:
            return [json.loads(line) for line in found]
        time.sleep(0.02)
    raise AssertionError(f"{file} has not got {count} lines in time")


def test_from_init_to_output(mc: Run, at_work: Path) -> None:
    """A sandbox's change and a triggered delivery come out of the sink; Ctrl-C is 130, SIGTERM 0."""
    port = free_port()
    webhooks = f"http://127.0.0.1:{port}/marketplacer/{{typename}}"
    with (
        service("sandbox", "--listen", "127.0.0.1:0", "--adverts", "3", "--webhook-url", webhooks) as emulated,
        service("run", "--listen", f"127.0.0.1:{port}") as running,
    ):
        url = emulated.wait_for(r"MARKETPLACER_URL=(\S+)/graphql")[1]
        running.wait_for("receiver.listening")
        # The worker of this test asks the sandbox of the environment, whose adverts are the same: one seed, one world.
        made = mc("sandbox", "objects", "Advert", "--url", url, "--json")
        first, second = [one["id"] for one in json.loads(made.stdout)[:2]]

        changed = mc("sandbox", "change", "Advert", first, "title=A new name", "--url", url)
        assert changed.exit_code == 0, changed.output
        sent = mc("trigger", "Advert", second, "--url", f"http://127.0.0.1:{port}/marketplacer/Advert", "--json")
        assert sent.exit_code == 0, sent.output
        assert json.loads(sent.stdout)["status"] == 200

        published = lines(at_work / "out" / "Advert.jsonl", 2)
        assert {one["subject"] for one in published} == {f"marketplace/Advert/{one}" for one in (first, second)}
        assert mc("show", "Advert", first).exit_code == 0

        forged = mc(
            "trigger", "Advert", second, "--url", f"http://127.0.0.1:{port}/marketplacer/Advert",
            env={"MARKETPLACER_WEBHOOK_SECRETS": "another"},
        )  # fmt: skip
        assert forged.exit_code == 3
        assert "the receiver answered 503" in forged.stderr

        assert running.end() == 0
        assert emulated.end(signal.SIGINT) == 130
        running.wait_for("worker.stopped")


def test_a_receiver_takes_what_a_worker_of_several_processes_handles(
    mc: Run, at_work: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that is killed is started again; SIGTERM ends all of them."""
    monkeypatch.setenv("MARKETPLACER_WORKER__STOP_WITHIN", "1s")
    port = free_port()
    with (
        service("worker", "--processes", "2") as workers,
        service("receiver", "--listen", f"127.0.0.1:{port}") as taker,
    ):
        first, second = (int(workers.wait_for(r"process.started .*pid=(\d+)")[1]) for _ in range(2))
        taker.wait_for("receiver.listening")
        workers.wait_for("worker.started")
        workers.wait_for("worker.started")

        os.kill(first, signal.SIGKILL)
        workers.wait_for(r"process.died .*code=-9")
        third = int(workers.wait_for(r"process.started .*pid=(\d+)")[1])
        assert third not in (first, second)

        sent = mc("trigger", "Advert", sandbox.advert, "--url", f"http://127.0.0.1:{port}/marketplacer/Advert")
        assert sent.exit_code == 0, sent.output
        assert sent.stdout == '200 {"result":"new"}\n'
        lines(at_work / "out" / "Advert.jsonl", 1)

        workers.wait_for("worker.started")
        assert taker.end(signal.SIGINT) == 130
        assert workers.end() == 0
        for pid in (second, third):
            assert not is_running(pid)


def test_children_do_not_outlive_a_supervisor_that_was_killed(at_work: Path) -> None:
    with service("receiver", "--processes", "2", "--listen", f"127.0.0.1:{free_port()}") as takers:
        pids = [int(takers.wait_for(r"process.started .*pid=(\d+)")[1]) for _ in range(2)]
        takers.wait_for("receiver.listening")
        takers.wait_for("receiver.listening")
        takers.end(signal.SIGKILL)
        deadline = time.monotonic() + WITHIN_S
        while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not any(is_running(pid) for pid in pids)


def test_children_that_cannot_start_end_the_supervisor(at_work: Path) -> None:
    """A port that is taken is the same mistake for all of them, so nothing is started again."""
    port = free_port()
    with service("receiver", "--listen", f"127.0.0.1:{port}") as first:
        first.wait_for("receiver.listening")
        with service("receiver", "--processes", "2", "--listen", f"127.0.0.1:{port}") as second:
            second.wait_for(f"error: receiver.listen: 127.0.0.1:{port}: ")
            assert second.process.wait(WITHIN_S) == 2
        assert first.end() == 0


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def test_a_plain_handler_that_hangs_does_not_keep_the_process_alive(
    mc: Run, at_work: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM ends the worker within ``stop_within``; the change is handed back."""
    (at_work / "integration.py").write_text(
        "import time\n"
        "from marketplacer_callback import Change, Integration\n"
        "integration = Integration()\n"
        '@integration.on("Advert")\n'
        "def hangs(change: Change) -> None:\n"
        '    print("hanging", flush=True)\n'
        "    time.sleep(3600)\n"
    )
    monkeypatch.setenv("MARKETPLACER_WORKER__STOP_WITHIN", "200ms")
    with service("worker") as running:
        running.wait_for("worker.started")
        assert mc("refresh", "Advert", sandbox.advert).exit_code == 0
        running.wait_for("hanging")
        began = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - began < 10
        running.wait_for("threads.left_behind")
    state = json.loads(mc("show", "Advert", sandbox.advert, "--json").stdout)
    assert "queued" in json.dumps(state)
