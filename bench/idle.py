"""POST sent → handler called, one event at a time, against plain arq at its default poll_delay:

    python bench/idle.py [--count 300] [--peer-count 40]

The API answers at once, and each event is about an object of its own. The pause before each POST is random, so that
no poll is in step with it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import struct
import time

from posting import delivery, object_id
from rig import SECRET, Rig, begin, cpu_s, load_line, percentile, rig


async def waits(stage: Rig, count: int, longest_pause_s: float) -> tuple[list[float], list[float]]:
    """Milliseconds from POST to handler, and from POST to answer."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.receiver_port)
    called, answered = [], []
    pids = {name: process.pid for name, process in stage.processes.items()} | {"valkey": stage.valkey_pid}
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    pauses = random.Random(1)
    for number in range(count):
        await asyncio.sleep(pauses.uniform(0.01, longest_pause_s))
        request = delivery(SECRET, f"{number:036d}", object_id(number))
        began = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answered.append((time.monotonic() - began) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = int(head.partition(b"Content-Length: ")[2].split(b"\r")[0])
        await reader.readexactly(length)
        async with asyncio.timeout(30):
            at, id = 0.0, ""
            while id != object_id(number):
                data = await loop.sock_recv(stage.told, 512)
                at, id = struct.unpack("d", data[:8])[0], data[8:].decode()
        called.append((at - began) * 1000)
    writer.close()
    cpu = ", ".join(f"{name} {(cpu_s(pid) - before[name]) * 1000 / count:.2f}" for name, pid in pids.items())
    print(f"  CPU, ms an event (timers of the pauses included): {cpu}")
    return called, answered


def told(who: str, what: str, values: list[float]) -> None:
    print(
        f"  {who:<5} {what:<18} median {statistics.median(values):7.2f} ms  best {min(values):7.2f}  "
        f"p90 {percentile(values, 0.9):7.2f}  p99 {percentile(values, 0.99):7.2f}",
        flush=True,
    )


async def main(options: argparse.Namespace) -> None:
    print(f"idle: {load_line()}, log level {options.log_level}")
    async with rig(tells_product=True, log_level=options.log_level, profile=options.profile) as stage:
        await stage.api(0)
        await stage.receiver()
        await stage.worker()
        await asyncio.sleep(1)
        ours, answered = await waits(stage, options.count, 0.05)
    told("ours", "POST to handler", ours)
    told("ours", "POST to answer", answered)
    async with rig() as stage:
        await stage.api(0)
        await stage.plain_receiver("--redis", stage.redis_url)
        await stage.plain_worker("--tells")
        await asyncio.sleep(1)
        theirs, answered = await waits(stage, options.peer_count, 0.5)
    told("arq", "POST to handler", theirs)
    told("arq", "POST to answer", answered)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"  median 1/{ratio:.0f} of arq's (goal 1/50); {statistics.median(ours):.1f} ms (goal 4)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--peer-count", type=int, default=40)
    parser.add_argument("--log-level", default="info", help="of our processes")
    parser.add_argument("--profile", metavar="FOLDER", help="cProfile of our processes: slows them down")
    begin(main(parser.parse_args()))
