"""What an event costs when little is queued and when much is, and what the queue weighs:

    python bench/growth.py [--small 10000] [--large 1000000] [--drain-seconds 60]

The windows are measured over HTTP, the queue between them is filled through the inbox itself, which is quicker. Then a
worker drains for a while, and the memory of receiver and worker is read.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass

from posting import delivery, object_id, post
from redis.asyncio import Redis
from rig import INSTANCE, SECRET, Rig, begin, cpu_s, load_line, rig

from marketplacer_callback.inbox import Inbox, NewEvent, connect


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds an event: by the clock, of Valkey's scripts, of Valkey's and of the receiver's processor time."""

    clock: float
    scripts: float
    valkey: float
    receiver: float


async def script_us(redis: Redis) -> float:
    stats = await redis.info("commandstats")
    return float(stats.get("cmdstat_evalsha", {}).get("usec", 0))


async def quiet(redis: Redis) -> None:
    """Return when no rewrite of the append-only file is under way."""
    while (await redis.info("persistence"))["aof_rewrite_in_progress"]:  # noqa: ASYNC110  another process's state
        await asyncio.sleep(0.2)


async def window(stage: Rig, redis: Redis, first: int, count: int) -> Cost:
    requests = [delivery(SECRET, f"{n:036d}", object_id(n)) for n in range(first, first + count)]
    await quiet(redis)
    receiver = stage.processes["receiver"].pid
    before = (await script_us(redis), cpu_s(stage.valkey_pid), cpu_s(receiver))
    posted = await post(stage.receiver_port, requests)
    if posted.good != count:
        raise SystemExit(f"not all were accepted: {posted.statuses}")
    after = (await script_us(redis), cpu_s(stage.valkey_pid), cpu_s(receiver))
    return Cost(
        posted.seconds * 1e6 / count,
        (after[0] - before[0]) / count,
        (after[1] - before[1]) * 1e6 / count,
        (after[2] - before[2]) * 1e6 / count,
    )


async def windows(stage: Rig, redis: Redis, first: int, options: argparse.Namespace) -> list[Cost]:
    costs = []
    for turn in range(options.repeat):
        costs.append(await window(stage, redis, first + turn * options.window, options.window))  # noqa: PERF401  in turn
    live = await stage.waiting(redis)
    middle = medians(costs)
    print(
        f"  {live:>9,} queued: {middle.clock:6.1f} µs an event by the clock; scripts {middle.scripts:5.1f}, "
        f"Valkey's CPU {middle.valkey:5.1f}, receiver's CPU {middle.receiver:5.1f}   "
        f"(median of {options.repeat} x {options.window:,})",
        flush=True,
    )
    return costs


def medians(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in Cost.__slots__))


async def fill(stage: Rig, first: int, last: int, within_s: float) -> None:
    """Through the inbox, without HTTP."""
    redis = connect(stage.redis_url)
    inbox = Inbox(redis, instance=INSTANCE, keep_digests_ms=10**9, keep_dead_ms=10**9, max_backlog=5_000_000)
    ends = time.monotonic() + within_s
    for start in range(first, last, 1024):
        ids = range(start, min(start + 1024, last))
        await inbox.accept([NewEvent(b"%d" % n, "Advert", object_id(n), "update", f"{n:036d}") for n in ids])
        if time.monotonic() > ends:
            raise SystemExit(f"filling took longer than {within_s:.0f} s: {start:,} queued")
    await redis.aclose()


async def drain(stage: Rig, options: argparse.Namespace) -> None:
    await stage.api(20)
    await stage.worker()
    began = time.monotonic()
    peak = 0.0
    while (passed := time.monotonic() - began) < options.drain_seconds:
        stage.check()
        await asyncio.sleep(0.5)
        peak = max(peak, stage.rss_mb("worker")[0])
        if stage.tally.calls >= options.large:
            break
    calls, now = stage.tally.calls, {name: stage.rss_mb(name) for name in ("receiver", "worker")}
    cpu = cpu_s(stage.processes["worker"].pid)
    print(f"  drained {calls:,} objects in {passed:.0f} s ({calls / passed:,.0f}/s, {stage.tally.requests:,} requests)")
    print(f"  worker's CPU {cpu:.1f} s, {cpu * 1e6 / max(calls, 1):.0f} µs an object")
    for name, (rss, most) in now.items():
        print(f"  {name:<8} {rss:5.1f} MB, at most {most:5.1f} MB (goal 80)")


async def main(options: argparse.Namespace) -> None:
    print(f"growth: {load_line()}, log level {options.log_level}")
    async with rig(budget=1200, log_level=options.log_level, profile=options.profile) as stage:
        redis = stage.redis
        await stage.receiver()
        empty = (await redis.info("memory"))["used_memory"]
        await post(stage.receiver_port, [delivery(SECRET, f"{n:036d}", object_id(n)) for n in range(options.small)])
        few = await windows(stage, redis, options.small, options)
        filled_from = options.small + options.repeat * options.window
        await fill(stage, filled_from, options.large, options.within)
        await asyncio.sleep(1)
        many = await windows(stage, redis, options.large, options)
        live = await stage.waiting(redis)
        used = (await redis.info("memory"))["used_memory"] - empty
        low, high = medians(few), medians(many)
        for what in Cost.__slots__:
            print(f"  {what:<9} ratio {getattr(high, what) / max(getattr(low, what), 1e-9):.2f} (goal 1.3)")
        best = min(one.clock for one in many) / min(one.clock for one in few)
        print(f"  clock, best windows: ratio {best:.2f}")
        print(f"  Valkey: {used / live:.0f} bytes an event, each about an object of its own; so many MB a million")
        if options.drain_seconds:
            await drain(stage, options)
        await redis.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--window", type=int, default=10_000, help="events that are measured at a time")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--within", type=float, default=300.0, help="seconds that filling may take")
    parser.add_argument("--drain-seconds", type=float, default=60.0, help="0: no drain")
    parser.add_argument("--log-level", default="info", help="of our processes")
    parser.add_argument("--profile", metavar="FOLDER", help="cProfile of our processes: slows them down")
    begin(main(parser.parse_args()))
