"""An object that kills the worker that handles it ends alone: what the same worker held besides is not given up on."""

from __future__ import annotations

from inbox_desk import LEASE_MS, Desk

from marketplacer_callback.inbox import Claimed, HandlerResult, MailboxVerdict, Want
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
