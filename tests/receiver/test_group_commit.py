"""Requests of one tick share a call of the inbox, and each gets its own word."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from reached import delivery, make_inbox, make_opening, signed
from redis.asyncio import Redis

from marketplacer_callback.errors import QueueUnavailable
from marketplacer_callback.inbox import Inbox, NewEvent, Word
from marketplacer_callback.receiver.commit import GroupCommit


def event(number: int, identifier: str = "", typename: str = "Advert") -> NewEvent:
    return NewEvent(b"ev%d" % number, typename, identifier or str(number), "update", f"ev{number}")


class Counted:
    """A real inbox, whose calls are counted and may be held up."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.calls: list[int] = []
        self.open = asyncio.Event()
        self.open.set()

    async def accept(self, events: Sequence[NewEvent]) -> list[Word]:
        self.calls.append(len(events))
        await self.open.wait()
        return await self.inbox.accept(events)


async def test_200_requests_of_one_tick_make_one_call(inbox: Inbox) -> None:
    counted = Counted(inbox)
    commit = GroupCommit(counted)
    words = await asyncio.gather(*(commit.accept(event(number)) for number in range(200)))
    assert words == ["new"] * 200
    assert counted.calls == [200]


async def test_200_deliveries_at_once_make_few_calls_of_redis(inbox: Inbox, redis: Redis) -> None:
    bodies = [
        delivery(event_id=f"ev{number}", node={"__typename": "Advert", "id": str(number)}) for number in range(200)
    ]
    async with make_opening(inbox)() as receiver:
        await redis.config_resetstat()
        replies = await asyncio.gather(*(receiver.receive(body, signed(body)) for body in bodies))
        calls = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert {reply.status for reply in replies} == {200}
    assert calls <= 4, "200 events are two chunks of at most 128"


async def test_each_request_gets_its_own_word(inbox: Inbox) -> None:
    commit = GroupCommit(inbox)
    events = [event(1, "a"), event(2, "a"), event(1, "a"), event(3, "b"), event(4, "c", "Taxon")]
    assert await asyncio.gather(*map(commit.accept, events)) == ["new", "coalesced", "dup", "new", "unwanted"]


async def test_newcomers_gather_while_the_calls_in_flight_are_at_their_limit(inbox: Inbox) -> None:
    counted = Counted(inbox)
    counted.open.clear()
    commit = GroupCommit(counted, calls_in_flight=2)
    waiting = []
    for number in range(50):
        waiting.append(asyncio.create_task(commit.accept(event(number))))
        for _ in range(3):
            await asyncio.sleep(0)
    assert counted.calls == [1, 1]
    counted.open.set()
    assert await asyncio.gather(*waiting) == ["new"] * 50
    assert counted.calls == [1, 1, 48]


async def test_a_failed_call_fails_its_own_requests_only(inbox: Inbox, redis: Redis) -> None:
    counted = Counted(make_inbox(redis, instance="without-routes"))
    commit = GroupCommit(counted)
    failed = await asyncio.gather(*(commit.accept(event(number)) for number in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in failed] == [QueueUnavailable] * 3
    counted.inbox = inbox
    assert await commit.accept(event(1)) == "new"


async def test_a_call_that_ends_in_an_unknown_way_leaves_nobody_waiting(inbox: Inbox) -> None:
    class Broken(Counted):
        async def accept(self, events: Sequence[NewEvent]) -> list[Word]:
            raise LookupError("unheard of")

    with pytest.raises(QueueUnavailable):
        await GroupCommit(Broken(inbox)).accept(event(1))


async def test_a_request_that_goes_away_leaves_the_others_alone(inbox: Inbox) -> None:
    counted = Counted(inbox)
    counted.open.clear()
    commit = GroupCommit(counted)
    leaving, staying = asyncio.create_task(commit.accept(event(1))), asyncio.create_task(commit.accept(event(2)))
    while not counted.calls:
        await asyncio.sleep(0)
    leaving.cancel()
    counted.open.set()
    assert await staying == "new"
    assert leaving.cancelled()
    assert await commit.accept(event(1)) == "dup"


async def test_closing_waits_for_what_was_taken_and_takes_no_more(inbox: Inbox) -> None:
    commit = GroupCommit(inbox)
    taken = [asyncio.create_task(commit.accept(event(number))) for number in range(3)]
    await asyncio.sleep(0)
    await commit.close()
    assert [task.done() and task.result() for task in taken] == ["new"] * 3
    with pytest.raises(QueueUnavailable, match="stopping"):
        await commit.accept(event(9))
