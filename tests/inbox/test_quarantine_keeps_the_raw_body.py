"""What was signed but not understood is kept raw, once, within bounds."""

from __future__ import annotations

from inbox_desk import Desk

from marketplacer_callback.inbox import NewEvent
from marketplacer_callback.inbox.durability import default_wait
from marketplacer_callback.inbox.quarantine import quarantine


async def test_a_body_is_kept_raw_with_the_reason_and_headers(desk: Desk) -> None:
    body = b'{"id": "\xff\x00'
    assert await desk.inbox.quarantine(body, "not JSON", headers={"Marketplacer-Sequence": "7"})
    (entry,) = await desk.inbox.quarantined()
    assert (entry.reason, entry.headers) == ("not JSON", {"Marketplacer-Sequence": "7"})
    assert entry.at_ms == desk.clock.now_ms
    assert await desk.inbox.quarantined_body(entry.digest) == body


async def test_the_same_body_is_kept_once(desk: Desk) -> None:
    for _ in range(3):
        assert await desk.inbox.quarantine(b"{", "not JSON", headers={})
    status = await desk.inbox.status()
    assert (status.quarantined, status.counts["quarantined"], status.counts["quarantined_again"]) == (1, 1, 2)


async def test_a_dropped_body_that_is_remembered_does_not_come_back(desk: Desk) -> None:
    assert await desk.inbox.quarantine(b"{", "not JSON", headers={}, remember=b"{")
    (entry,) = await desk.inbox.quarantined()
    assert await desk.inbox.drop_quarantined(entry.digest)
    assert not await desk.inbox.drop_quarantined(entry.digest)
    assert await desk.inbox.quarantine(b"{", "not JSON", headers={}, remember=b"{")
    assert await desk.inbox.quarantined() == []
    assert (await desk.inbox.status()).quarantined_bytes == 0


async def test_a_good_delivery_of_a_quarantined_event_is_no_duplicate(desk: Desk) -> None:
    await desk.inbox.quarantine(b"{", "payload.errors", headers={}, remember=b"e1")
    assert await desk.inbox.accept([NewEvent(b"e1", "Advert", "o1", "update", "e1")]) == ["new"]


async def test_over_the_limit_nothing_more_is_kept(desk: Desk) -> None:
    async def keep(body: bytes) -> bool:
        return await quarantine(
            desk.inbox.scripts, body, "too odd", headers={}, remember=None, wait=default_wait("always"), max_bytes=2_000
        )

    assert await keep(b"a" * 1_500)
    assert not await keep(b"b" * 1_500)
    assert await keep(b"a" * 1_500)
    (entry,) = await desk.inbox.quarantined()
    await desk.inbox.drop_quarantined(entry.digest)
    assert await keep(b"b" * 1_500)
