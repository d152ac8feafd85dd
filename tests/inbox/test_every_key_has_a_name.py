"""The scripts make no key that keys.py does not know."""

from __future__ import annotations

import pytest
from inbox_desk import Clock, Desk, make_inbox
from redis.asyncio import Redis

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.inbox import HandlerResult, Keys, Want, arq_format


async def test_the_scripts_and_keys_py_agree(redis: Redis, clock: Clock) -> None:
    desk = Desk(make_inbox(redis, clock, app="shop", cooldown_ms={"slow": 60_000}), clock)
    inbox, keys = desk.inbox, desk.inbox.keys
    await inbox.register([Want("Advert", "slow", "index")])
    await inbox.accept([desk.event(id) for id in ("o1", "o2", "o3")])
    gen, token, claimed = await desk.take()
    results = [
        HandlerResult("index", "done", digest="d"),
        HandlerResult("index", "dead", reason="no"),
        HandlerResult("index", "retry", after_ms=60_000),
    ]
    for mailbox, result in zip(claimed.mailboxes, results, strict=True):
        await desk.give_back(gen, token, [mailbox], [result])
    await desk.accept("o4")
    (queued,) = await desk.gens()
    await inbox.start("slow", 1, [queued], 15_000)
    await inbox.quarantine(b"{", "not JSON", headers={})
    await inbox.pause(60_000)
    (bad,) = await inbox.quarantined()
    window = clock.now_ms // 216_000_000
    expected = {
        keys.box("slow", "Advert", "o3"),
        keys.box("slow", "Advert", "o4"),
        keys.cool("slow", "Advert", "o1"),
        keys.cool("slow", "Advert", "o2"),
        keys.dead("slow", "Advert", "o2"),
        keys.done("Advert", "o1"),
        keys.batch(queued),
        keys.meta(queued),
        keys.open("slow", "Advert"),
        keys.later("slow"),
        keys.queue("slow"),
        keys.bell("slow"),
        keys.bad(bad.digest),
        keys.batches,
        keys.dead_index,
        keys.bad_index,
        keys.routes,
        keys.routes_seen,
        keys.stats,
        keys.pause,
        arq_format.job_key(queued),
        arq_format.in_progress_key(queued),
    }
    found = {key.decode() for key in await redis.keys("*")}
    markers = {key for key in found if key.startswith(keys.seen(window, 0)[:-1])}
    assert len(markers) == 4
    assert found - markers == expected
    assert all(key.startswith(("mc:{shop/bazaar}:", "arq:")) for key in found)


async def test_two_instances_on_one_server_do_not_meet(redis: Redis, clock: Clock) -> None:
    one, other = (Desk(make_inbox(redis, clock, instance=name), clock) for name in ("one", "other"))
    await one.inbox.register([Want("Advert", "slow", "index")])
    await other.inbox.register([Want("Advert", "slow", "index")])
    event = one.event()
    assert await one.inbox.accept([event]) == ["new"]
    assert await other.gens() == []
    assert await other.inbox.accept([event]) == ["new"]


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a{b}", "ä"])
def test_a_name_that_would_garble_keys_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="names keys in Redis"):
        Keys.of(name)


async def test_what_a_handler_saw_is_forgotten_in_its_time(redis: Redis, clock: Clock) -> None:
    desk = Desk(make_inbox(redis, clock, keep_digests_ms=60_000), clock)
    await desk.inbox.register([Want("Advert", "slow", "index")])
    await desk.accept()
    await desk.run(HandlerResult("index", "done", digest="d"))
    assert 58_000 < await redis.pttl(desk.inbox.keys.done("Advert", "o1")) <= 60_000
