"""Worker, receiver and Valkey killed, stopped and frozen again and again, and a verdict on every event:

    python bench/chaos.py --kills 20 --events 5000
    python bench/chaos.py --kills 200 --events 200000 --minutes 15

Meanwhile a sandbox writes, delivers with retries, and misbehaves: it is slow, answers 5xx, reads stale, sends twice and
out of order. The loopback only; ends by itself, with exit code 0 if nothing was lost, stale or run twice at once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from chaos_arena import API_KEY, INSTANCE, SECRET, STRIKES, Arena, Terms
from chaos_verdict import Verdict, announced, judge, runs

from marketplacer_callback.inbox import Inbox, connect
from marketplacer_callback.sandbox import Disturbance, Fault, Retries, Sandbox

ADVERTS, SELLERS = 300, 10
TAKEN_OVER_WITHIN_S = 20.0
PAUSED_AFTER_S = 4.0
"""How long the instance may still rest when its API is back."""
WITH_UPDATED_AT = (
    "query($id: ID!) { node(id: $id) { __typename id ... on Advert { updatedAt } "
    "... on UnpublishedAdvert { updatedAt } ... on Seller { updatedAt } } }"
)


def sandbox_for(arena: Arena, seed: int) -> Sandbox:
    # The default second look is for payloads that say how new they are; "always" must do without.
    told = {"Advert": WITH_UPDATED_AT, "Seller": WITH_UPDATED_AT} if arena.terms.second_look == "doubtful" else {}
    return Sandbox(
        port=arena.sandbox_port,
        api_key=API_KEY,
        secret=SECRET,
        vertical=INSTANCE,
        webhook_url=f"{arena.receiver_url}/marketplacer",
        webhook_queries=told,
        adverts=ADVERTS,
        seed=seed,
        journal_path=arena.folder / "journal.jsonl",
        retries=Retries(time_scale=3600),
    )


def misbehave(sandbox: Sandbox, arena: Arena, *, api_is_down: bool) -> None:
    """Other faults and disturbances than before."""
    draw = arena.draw
    stale = Fault(lag_ms=int(arena.terms.settle_ms * draw.uniform(0.1, 0.8)), latency_ms=20, rate=draw.choice((0, 0.5)))
    slow = Fault(latency_ms=draw.choice((0, 20, 200)), jitter_ms=draw.choice((0, 50)))
    failing = Fault(status=draw.choice((500, 502, 503)), rate=1.0 if api_is_down else draw.choice((0, 0.02)))
    sandbox.faults.replace([failing, stale, slow])
    sandbox.webhooks.disturb(
        Disturbance(duplicate=draw.choice((0, 1)), reorder=draw.choice((0, 5)), count=20),
        Disturbance(delay_ms=draw.choice((0, 300)), count=10),
        Disturbance(wrong_signature=True, count=draw.choice((1, 3))),
    )


async def write(sandbox: Sandbox, arena: Arena, count: int, seconds: float) -> None:
    """``count`` writes, evenly over the time; one of them to the object that kills whoever handles it."""
    adverts = [one["id"] for one in sandbox.store.all("Advert") if one["id"] != arena.poison]
    sellers = [one["id"] for one in sandbox.store.all("Seller")][:SELLERS]
    began = time.monotonic()
    for number in range(count):
        if number == count // 3 and arena.poison:
            sandbox.change("Advert", arena.poison)
        elif number % 20 == 0:
            sandbox.change("Seller", arena.draw.choice(sellers))
        else:
            # Some objects change far more often than others.
            place = int(len(adverts) * arena.draw.random() ** 2)
            sandbox.change("Advert", adverts[place])
        await asyncio.sleep(max(0.0, began + seconds * number / count - time.monotonic()))


async def strikes(sandbox: Sandbox, arena: Arena, kills: int, seconds: float, only: list[str]) -> None:
    began = time.monotonic()
    for number in range(kills):
        is_down = arena.draw.random() < 0.08
        arena.done["API down"] += is_down
        misbehave(sandbox, arena, api_is_down=is_down)
        misbehaves_from = time.monotonic()
        await arena.strike(only[number % len(only)] if only else None)
        await asyncio.sleep(max(0.1, began + seconds * (number + 1) / kills - time.monotonic()))
        if is_down:
            arena.outages.append((misbehaves_from, time.monotonic() + PAUSED_AFTER_S))


async def drained(sandbox: Sandbox, inbox: Inbox, within_s: float) -> str | None:
    """``None`` when every delivery was answered and every mailbox is empty; else what is left."""
    try:
        async with asyncio.timeout(within_s):
            await sandbox.drained()
            while (await inbox.status()).live:  # noqa: ASYNC110  of other processes
                await asyncio.sleep(0.2)
    except TimeoutError:
        return f"after {within_s:.0f} s: {sandbox.webhooks.pending} deliveries pending; {await inbox.status()}"
    return None


async def run(told: argparse.Namespace, folder: Path) -> bool:
    task = asyncio.current_task()
    assert task is not None
    # Nothing that was started may outlive a run that is broken off.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    terms = Terms(int(told.lease * 1000), 1500, told.second_look)
    arena = Arena(folder, terms, random.Random(told.seed))
    sandbox = sandbox_for(arena, told.seed)
    seconds = told.minutes * 60 or told.kills * 3.0
    arena.poison = "" if told.no_poison else str(sandbox.store.all("Advert")[-1]["id"])
    async with sandbox, arena.open():
        redis = connect(arena.redis_url)
        inbox = Inbox(
            redis, instance=INSTANCE, cooldown_ms={"fast": 250, "slow": 250}, keep_digests_ms=1, keep_dead_ms=1
        )
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(write(sandbox, arena, told.events, seconds))
            group.create_task(strikes(sandbox, arena, told.kills, seconds, told.only))
        struck = time.monotonic()
        sandbox.faults.replace(())
        sandbox.webhooks.disturb()
        await arena.all_well()
        left = await drained(sandbox, inbox, told.drain)
        ended = time.monotonic()
        dead = [f"{one.lane}/{one.typename}/{one.id}: {one.reasons}" async for one in inbox.every_dead_letter()]
        repaired = str(await inbox.repair()) if left is None else "not asked"
        await redis.aclose()
    count, newest = announced(folder / "journal.jsonl")
    called = runs(arena.log, arena.deaths)
    verdict = judge(count, newest, called, arena.deaths, arena.freezes, ("Advert", arena.poison), arena.outages)
    print_table(told, arena, sandbox, verdict, struck - began, ended - struck, left, dead, repaired)
    planned = len(dead) == (not told.no_poison) and all(arena.poison in one for one in dead)
    slow = [one for one in verdict.takeovers if one > TAKEN_OVER_WITHIN_S]
    wrong = (left, arena.given_up(), verdict.lost, verdict.stale, verdict.overlaps, verdict.never_again, slow)
    return not any(wrong) and planned and sandbox.journal.failed == sandbox.journal.lost == 0


def print_table(
    told: argparse.Namespace,
    arena: Arena,
    sandbox: Sandbox,
    verdict: Verdict,
    seconds: float,
    drain_s: float,
    left: str | None,
    dead: list[str],
    repaired: str,
) -> None:
    takeovers = sorted(verdict.takeovers) or [0.0]
    rows = {
        "run": f"seed {told.seed}, lease {told.lease:g} s, second look {told.second_look}",
        "struck": f"{told.kills} in {seconds:.0f} s: {dict(sorted(arena.done.items()))}",
        "writes": f"{told.events:,}",
        "answered 2xx": f"{verdict.events:,} about {verdict.objects} objects; {sandbox.journal.attempts:,} tries",
        "given up, lost": f"{sandbox.journal.failed}, {sandbox.journal.lost}",
        "handler runs": f"{verdict.handled:,} with {sandbox.journal.http_requests:,} requests, "
        f"{sandbox.traffic.refused} of them refused by the rate limits",
        "drained after": f"{drain_s:.1f} s" if left is None else f"NOT: {left}",
        "never handled": str(len(verdict.lost)),
        "stale at the end": str(len(verdict.stale)),
        "run twice at once": f"{len(verdict.overlaps)} (and {verdict.excused} beside a frozen worker)",
        "taken over": f"{len(verdict.takeovers)} runs: median {takeovers[len(takeovers) // 2]:.1f} s, "
        f"longest {takeovers[-1]:.1f} s; never: {len(verdict.never_again)}",
        "dead letters": f"{len(dead)}; {dead[:5]}",
        "gave up on": f"{len(arena.given_up())} handlers' work on innocent objects",
        "repaired": repaired,
    }
    for name, value in rows.items():
        print(f"{name:18} {value}")
    for line in (*verdict.lost[:5], *verdict.stale[:5], *verdict.overlaps[:5], *verdict.never_again[:5]):
        print("   ", line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--events", type=int, default=5_000)
    parser.add_argument("--minutes", type=float, default=0, help="how long; default: 3 s a kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease", type=float, default=15, help="seconds, more than 3")
    parser.add_argument("--second-look", choices=("doubtful", "always"), default="doubtful")
    parser.add_argument("--only", action="append", choices=STRIKES, default=[], help="what to do, in turn; repeatable")
    parser.add_argument("--no-poison", action="store_true", help="no object that kills the worker that handles it")
    parser.add_argument("--drain", type=float, default=120, help="seconds that the rest may take at the end")
    parser.add_argument("--keep", type=Path, help="a new folder for logs, journal and what the handlers wrote")
    told = parser.parse_args()
    if told.keep:
        told.keep.mkdir(parents=True)
        sys.exit(0 if asyncio.run(run(told, told.keep.resolve())) else 1)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if asyncio.run(run(told, Path(folder))) else 1)


if __name__ == "__main__":
    main()
