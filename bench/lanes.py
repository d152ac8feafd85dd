"""How long an order's event waits while the slow lane is full:

    python bench/lanes.py [--queued 50000] [--seconds 10] [--per-second 5]

The slow events are queued before the worker starts; the API answers after 20 ms. The peer is the same load without the
queue: how long the fast lane waits by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import struct
import time

from posting import delivery, object_id, post
from rig import SECRET, Rig, begin, load_line, percentile, rig


async def orders(stage: Rig, seconds: float, per_second: float) -> list[float]:
    """Milliseconds from each order's POST to its handler."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.receiver_port)
    sent: dict[str, float] = {}
    waited: list[float] = []
    count = int(seconds * per_second)

    async def hear() -> None:
        while len(waited) < count:
            data = await loop.sock_recv(stage.told, 512)
            at, id = struct.unpack("d", data[:8])[0], data[8:].decode()
            if id in sent:
                waited.append((at - sent.pop(id)) * 1000)

    hearing = asyncio.create_task(hear())
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        id = object_id(number, "Invoice")
        sent[id] = time.monotonic()
        writer.write(delivery(SECRET, f"order-{number:030d}", id, "Invoice"))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r")[0]))
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
    async with asyncio.timeout(60):
        await hearing
    writer.close()
    return waited


async def measured(options: argparse.Namespace, queued: int) -> None:
    async with rig(budget=options.budget, log_level=options.log_level, profile=options.profile) as stage:
        await stage.api(20)
        await stage.receiver()
        requests = [delivery(SECRET, f"{n:036d}", object_id(n)) for n in range(queued)]
        if queued and (posted := await post(stage.receiver_port, requests)).good != queued:
            raise SystemExit(f"not all were accepted: {posted.statuses}")
        await stage.worker()
        waited = await orders(stage, options.seconds, options.per_second)
        redis = stage.redis
        left = await stage.waiting(redis)
        await redis.aclose()
        print(
            f"  {queued:>6,} queued: {len(waited)} orders, median {statistics.median(waited):6.1f} ms  "
            f"p90 {percentile(waited, 0.9):6.1f}  p99 {percentile(waited, 0.99):6.1f}  worst {max(waited):6.1f}   "
            f"(slow events handled meanwhile {stage.tally.calls:,}, left {left:,})",
            flush=True,
        )


async def main(options: argparse.Namespace) -> None:
    print(f"lanes: {load_line()}, log level {options.log_level}; goal: p99 below 1,000 ms")
    await measured(options, 0)
    for _ in range(options.repeat):
        await measured(options, options.queued)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queued", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--per-second", type=float, default=5.0)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--budget", type=int, default=600, help="requests in 10 s, as the settings have it")
    parser.add_argument("--log-level", default="info", help="of our processes")
    parser.add_argument("--profile", metavar="FOLDER", help="cProfile of our processes: slows them down")
    begin(main(parser.parse_args()))
