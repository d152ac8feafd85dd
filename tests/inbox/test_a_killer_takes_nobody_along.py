"""An object that kills the worker that handles it ends alone: what the same worker held besides is not given up on."""

from __future__ import annotations

from inbox_desk import LEASE_MS, Desk

from marketplacer_callback.inbox import Busy, Claimed, HandlerResult, MailboxVerdict, Want
from marketplacer_callback.runtime.policy import MAX_CRASHES


async def test_what_a_worker_held_beside_a_killer_is_not_given_up_on(desk: Desk) -> None:
    """A worker takes all batches that are due. It dies of the killer before anything else that it holds is done."""
    await desk.inbox.register([Want("Advert", "slow", "product"), Want("Seller", "slow", "seller")])
    await desk.accept("killer")
    await desk.accept("innocent", typename="Seller")
    crashes = {"killer": 0, "innocent": 0}
    for turn in range(3 * MAX_CRASHES):
        held = {gen: await desk.inbox.claim(gen, f"worker {turn} {gen}", LEASE_MS) for gen in await desk.gens()}
        claimed = {gen: one for gen, one in held.items() if isinstance(one, Claimed)}
        names = {mailbox.id for one in claimed.values() for mailbox in one.mailboxes}
        for one in claimed.values():
            crashes |= {mailbox.id: mailbox.crashes for mailbox in one.mailboxes}
        if crashes["killer"] >= MAX_CRASHES:
            break
        if "killer" not in names:
            for gen, one in claimed.items():
                done = [MailboxVerdict(box.id, box.upto, (HandlerResult("seller", "done"),)) for box in one.mailboxes]
                await desk.inbox.finish(gen, f"worker {turn} {gen}", done)
                await desk.end_job(gen)
        desk.clock.advance(LEASE_MS + 1)
    assert crashes["killer"] >= MAX_CRASHES
    assert crashes["innocent"] < MAX_CRASHES


async def test_what_died_three_times_is_run_one_at_a_time_for_as_long_as_its_lease_is_kept(desk: Desk) -> None:
    await desk.inbox.register([Want("Advert", "slow", "product"), Want("Seller", "slow", "seller")])
    await desk.accept("o1")
    await desk.accept("o2", typename="Seller")
    first, second = await desk.gens()
    for turn in range(3):
        for gen in (first, second):
            assert isinstance(await desk.inbox.claim(gen, f"worker {turn}", LEASE_MS), Claimed)
        desk.clock.advance(LEASE_MS)
    alone = await desk.inbox.claim(first, "worker", LEASE_MS)
    assert isinstance(alone, Claimed)
    assert (await desk.inbox.redis.get(desk.inbox.keys.suspect)).startswith(first.encode())
    for _ in range(2):
        assert isinstance(await desk.inbox.claim(second, "worker", LEASE_MS), Busy)
        desk.clock.advance(LEASE_MS - 1)
        assert await desk.inbox.renew(first, "worker", LEASE_MS)
    await desk.give_back(first, "worker", alone.mailboxes, [HandlerResult("product", "done")])
    assert isinstance(await desk.inbox.claim(second, "worker", LEASE_MS), Claimed)
