"""Requests a second of the receiver, and of a plain aiohttp handler that checks the signature and stores nothing:

    python bench/ingest.py [--count 30000] [--repeat 5] [--objects 0]

One process on one core each, 64 keep-alive connections, a Valkey that fsyncs always. Each 200 is then looked for there.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import os
import statistics

from posting import Posted, delivery, object_id, post
from redis.asyncio import Redis
from rig import INSTANCE, SECRET, Rig, begin, cpu_s, load_line, rig

PREFIX = f"mc:{{{INSTANCE}}}:"


async def found(redis: Redis) -> tuple[int, int, int]:
    """Mailboxes, events folded into them, and events that are remembered."""
    boxes = [key async for key in redis.scan_iter(f"{PREFIX}box:*", count=5000)]
    marks = [key async for key in redis.scan_iter(f"{PREFIX}seen:*", count=5000)]
    events = marked = 0
    for start in range(0, len(boxes), 5000):
        async with redis.pipeline(transaction=False) as pipe:
            for key in boxes[start : start + 5000]:
                pipe.hget(key, "n")
            events += sum(map(int, await pipe.execute()))
    for start in range(0, len(marks), 5000):
        async with redis.pipeline(transaction=False) as pipe:
            for key in marks[start : start + 5000]:
                pipe.scard(key)
            marked += sum(await pipe.execute())
    return len(boxes), events, marked


async def measured(stage: Rig, name: str, requests: list[bytes]) -> tuple[Posted, dict[str, float]]:
    """One run, and what share of the time each process was on its core."""
    pids = {name: stage.processes[name].pid, "Valkey": stage.valkey_pid, "load": os.getpid()}
    before = {who: cpu_s(pid) for who, pid in pids.items()}
    posted = await post(stage.receiver_port, requests)
    return posted, {who: (cpu_s(pid) - before[who]) / posted.seconds for who, pid in pids.items()}


def told(name: str, rate: float, per_cpu: float, shares: dict[str, float]) -> None:
    busy = ", ".join(f"{who} {share:.0%}" for who, share in shares.items())
    print(f"  {name:<15} {rate:>7,.0f}/s  {per_cpu:>7,.0f} a second of its CPU   busy: {busy}", flush=True)


def summed_up(what: str, rates: dict[str, list[float]]) -> None:
    """Both rates, and the ratios of neighbouring runs."""
    ours, theirs = rates["receiver"], rates["plain-receiver"]
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    both = "  ".join(
        f"{name} median {statistics.median(rates[name]):,.0f} best {max(rates[name]):,.0f}" for name in rates
    )
    print(f"  {what}: {both}  ratio median {statistics.median(ratios):.2f} best {max(ratios):.2f} (goal 0.75)")


async def main(options: argparse.Namespace) -> None:
    print(f"ingest: {options.repeat} x {options.count:,} deliveries, {load_line()}, log level {options.log_level}")
    rates: dict[str, list[float]] = {"plain-receiver": [], "receiver": []}
    per_cpu: dict[str, list[float]] = {"plain-receiver": [], "receiver": []}
    async with rig(log_level=options.log_level, profile=options.profile) as stage:
        good: collections.Counter[str] = collections.Counter()
        ids: set[str] = set()
        for turn in range(options.repeat):
            for name, start in (("plain-receiver", stage.plain_receiver), ("receiver", stage.receiver)):
                await start()
                first = turn * options.count
                events = [
                    (f"{first + n:036d}", object_id((first + n) % (options.objects or 10**9)))
                    for n in range(options.count)
                ]
                requests = [delivery(SECRET, event, id) for event, id in events]
                warm = [delivery(SECRET, f"w{turn}-{n}", object_id(n)) for n in range(500)]
                if name == "plain-receiver":
                    await post(stage.receiver_port, warm)
                else:
                    ids |= {id for _, id in events} | {object_id(n) for n in range(500)}
                    good[name] += (await post(stage.receiver_port, warm)).good
                posted, shares = await measured(stage, name, requests)
                if name == "receiver":
                    good[name] += posted.good
                if posted.good != options.count:
                    print(f"  {name}: {posted.statuses}")
                rates[name].append(posted.per_second)
                per_cpu[name].append(posted.per_second / shares[name])
                told(name, rates[name][-1], per_cpu[name][-1], shares)
                stage.check()
                stage.end(name)
                await asyncio.sleep(0.2)
        redis = stage.redis
        boxes, folded, marked = await found(redis)
        await redis.aclose()
        summed_up("requests a second", rates)
        summed_up("requests a second of its CPU", per_cpu)
        ok = (boxes, folded, marked) == (len(ids), good["receiver"], good["receiver"])
        print(
            f"  answered 200: {good['receiver']:,} on {len(ids):,} objects; in Valkey: {boxes:,} mailboxes with "
            f"{folded:,} events, {marked:,} remembered: {'all found' if ok else 'MISSING'}"
        )
        if not ok:
            raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30_000, help="deliveries a run")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--objects", type=int, default=0, help="that the deliveries are about; 0: each about its own")
    parser.add_argument("--log-level", default="info", help="of our processes")
    parser.add_argument("--profile", metavar="FOLDER", help="cProfile of our processes: slows them down")
    begin(main(parser.parse_args()))
