"""From the first POST to the last handler, against plain arq tuned (max_jobs=50, poll_delay=0.05):

    python bench/drain.py [--events 10000] [--objects 200] [--distinct 2000] [--repeat 3]

The API answers after 20 ms with a changed object at each read. Receiver and worker share a core; Valkey, API and load
generator share the other. A peer's figures are of the same load in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass

from posting import delivery, object_id, post
from rig import SECRET, Rig, begin, cpu_s, load_line, rig

GOALS = {"coalesced": (60, 1500, 8.0), "distinct": (60, None, 4.0)}


@dataclass(frozen=True, slots=True)
class Drained:
    seconds: float
    posting_s: float
    requests: int
    calls: int
    objects: int
    cpu: dict[str, float]


async def ended(stage: Rig, within_s: float, *, is_ours: bool, events: int) -> None:
    """Return when nothing waits any more. Raises ``TimeoutError``."""
    redis = stage.redis
    try:
        async with asyncio.timeout(within_s):
            while True:
                stage.check()
                if is_ours:
                    live = await stage.waiting(redis)
                    if live == 0:
                        return
                elif stage.tally.calls >= events:
                    return
                await asyncio.sleep(0.05)
    finally:
        await redis.aclose()


async def drained(options: argparse.Namespace, events: int, objects: int, *, is_ours: bool) -> Drained:
    async with rig(log_level=options.log_level, profile=options.profile if is_ours else None) as stage:
        await stage.api(options.latency_ms)
        if is_ours:
            # The worker says what its handlers want, and the receiver says the same.
            await stage.receiver()
            await stage.worker()
        else:
            await stage.plain_receiver("--redis", stage.redis_url)
            await stage.plain_worker("--max-jobs", "50", "--poll-delay", "0.05")
            await asyncio.sleep(1)
        requests = [delivery(SECRET, f"{n:036d}", object_id(n % objects)) for n in range(events)]
        pids = {name: process.pid for name, process in stage.processes.items()} | {"valkey": stage.valkey_pid}
        before = {name: cpu_s(pid) for name, pid in pids.items()}
        posted = await post(stage.receiver_port, requests)
        if posted.good != events:
            raise SystemExit(f"not all were accepted: {posted.statuses}")
        await ended(stage, options.within, is_ours=is_ours, events=events)
        cpu = {name: cpu_s(pid) - before[name] for name, pid in pids.items()}
        tally = stage.tally
        took = tally.last_at - posted.began
        return Drained(took, posted.seconds, tally.requests, tally.calls, tally.distinct, cpu)


def told(who: str, one: Drained) -> None:
    cpu = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in one.cpu.items())
    print(
        f"  {who:<5} {one.seconds:6.2f} s (posting {one.posting_s:.2f})  {one.requests:>6,} requests  "
        f"{one.calls:>6,} handler calls  {one.objects:>5,} objects   CPU: {cpu}",
        flush=True,
    )


async def compared(options: argparse.Namespace, what: str, events: int, objects: int) -> None:
    print(f"{what}: {events:,} events on {objects:,} objects, {load_line()}, log level {options.log_level}")
    ours, ratios, cpu_ratios = [], [], []
    for _ in range(options.repeat):
        mine = await drained(options, events, objects, is_ours=True)
        told("ours", mine)
        if mine.objects != objects:
            raise SystemExit(f"{objects - mine.objects} objects were never handled")
        ours.append(mine)
        if options.without_peer:
            continue
        peer = await drained(options, events, objects, is_ours=False)
        told("arq", peer)
        ratios.append(peer.seconds / mine.seconds)
        both = [sum(s for name, s in one.cpu.items() if "r" in name and name != "api") for one in (peer, mine)]
        cpu_ratios.append(both[0] / both[1])
        await asyncio.sleep(0.2)
    requests, calls, times = GOALS[what]
    print(
        f"  median: {statistics.median(one.seconds for one in ours):.2f} s, best "
        f"{min(one.seconds for one in ours):.2f} s; "
        f"{statistics.median(one.requests for one in ours):,.0f} requests (goal {requests}), "
        f"{statistics.median(one.calls for one in ours):,.0f} handler calls" + (f" (goal {calls:,})" if calls else "")
    )
    if ratios:
        print(
            f"  as fast as arq: median {statistics.median(ratios):.1f} x, best {max(ratios):.1f} x (goal {times:.0f});"
            f" CPU of receiver and worker: 1/{statistics.median(cpu_ratios):.1f}",
            flush=True,
        )


async def main(options: argparse.Namespace) -> None:
    began = time.monotonic()
    await compared(options, "coalesced", options.events, options.objects)
    await compared(options, "distinct", options.distinct, options.distinct)
    print(f"took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--distinct", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=20.0)
    parser.add_argument("--within", type=float, default=180.0, help="seconds that a run may take")
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--log-level", default="info", help="of our processes")
    parser.add_argument("--profile", metavar="FOLDER", help="cProfile of our processes: slows them down")
    begin(main(parser.parse_args()))
