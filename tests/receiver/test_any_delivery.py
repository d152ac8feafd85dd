"""Whatever is sent, the answer is 200 or 503; and what is logged follows an event without a secret."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reached import CREDENTIALS, SECRET, delivery, make_inbox, make_opening, signed
from redis.asyncio import Redis

from marketplacer_callback.delivery import Credentials
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.receiver import Door, Receiver

PLAUSIBLE = st.builds(
    delivery,
    name=st.sampled_from(["update", "destroy"]) | st.text(),
    node=st.dictionaries(st.sampled_from(["id", "__typename", "updatedAt"]), st.text() | st.integers() | st.none()),
    event_id=st.none() | st.text(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.binary(max_size=300) | PLAUSIBLE,
    headers=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3),
    path=st.text(max_size=20),
    is_signed=st.booleans(),
)
async def test_no_bytes_are_answered_but_by_200_or_503(
    inbox: Inbox, body: bytes, headers: dict[str, str], path: str, is_signed: bool
) -> None:
    async with make_opening(inbox)() as receiver:
        reply = await receiver.receive(body, {**headers, **signed(body)} if is_signed else headers, path)
        assert reply.status == (200 if is_signed else 503)


def doors(redis: Redis) -> list[Door]:
    """Three instances: two with their own secret, one with that of the first."""
    secrets = {"bazaar": b"one", "market": b"two", "twin": b"one"}
    return [Door(name, Credentials((secret,)), make_inbox(redis, instance=name)) for name, secret in secrets.items()]


@pytest.mark.parametrize(
    ("secret", "vertical", "instance"),
    [
        ("two", None, "market"),
        ("two", "bazaar", "market"),
        ("one", "twin", "twin"),
        ("one", "Twin", "twin"),
        ("one", "bazaar", "bazaar"),
    ],
)
async def test_the_instance_is_the_one_whose_secret_signed(
    redis: Redis, secret: str, vertical: str | None, instance: str
) -> None:
    receiver = Receiver(doors(redis))
    headers = signed(b"not json", secret) | ({"marketplacer-vertical": vertical} if vertical else {})
    assert (await receiver.receive(b"not json", headers)).status == 200
    assert {name for name, words in receiver.counted.items() if words["quarantined"]} == {instance}


@pytest.mark.parametrize("vertical", [None, "?", "market"])
async def test_a_delivery_that_two_instances_could_have_sent_is_refused_not_guessed(
    redis: Redis, vertical: str | None
) -> None:
    receiver = Receiver(doors(redis))
    headers = signed(delivery(), "one") | ({"marketplacer-vertical": vertical} if vertical else {})
    assert (await receiver.receive(delivery(), headers)).status == 503
    assert sum(words["new"] for words in receiver.counted.values()) == 0


async def test_an_answer_that_is_neither_503_nor_401_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="bad_signature"):
        Receiver([], bad_signature=403)


async def test_without_instances_it_is_not_ready_and_believes_nobody() -> None:
    receiver = Receiver([])
    assert (await receiver.receive(delivery(), signed(delivery()))).status == 503
    assert await receiver.ready() == (False, {"ready": False, "instances": {}})


async def test_an_event_can_be_followed_by_one_line(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "marketplacer_callback.receiver")
    body = delivery(title="jane@example.com")
    async with make_opening(inbox)() as receiver:
        await receiver.receive(body, signed(body, **{"Marketplacer-Sequence": "7"}))
    (record,) = caplog.records
    fields = record.fields
    assert record.getMessage() == "delivery.accepted"
    assert fields.pop("duration_ms") >= 0
    assert fields == {
        "event_id": "ev1",
        "ref": "bazaar/Advert/QWR2ZXJ0LTE=",
        "name": "update",
        "sequence": 7,
        "word": "new",
    }


async def test_bad_signatures_are_counted_all_and_logged_seldom(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    async with make_opening(inbox)() as receiver:
        for _ in range(100):
            await receiver.receive(b"{}", {"Marketplacer-Vertical": "bazaar"})
        assert receiver.counted["bazaar"]["bad_signature"] == 100
    assert [record.getMessage() for record in caplog.records] == ["delivery.bad_signature"]


async def test_no_secret_is_in_a_log_or_a_repr(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    door = Door("bazaar", CREDENTIALS, inbox)
    async with make_opening(inbox)() as receiver:
        for body in (delivery(), b"not json"):
            for headers in (signed(body), {"auth-key": "battery staple"}, {"auth-key": "wrong horse"}):
                await receiver.receive(body, headers)
    told = repr(door) + "".join(f"{record.getMessage()}{record.__dict__}" for record in caplog.records)
    for secret in (SECRET, "battery staple", "wrong horse"):
        assert secret not in told


async def test_an_event_that_alone_cannot_be_stored_is_answered_503(inbox: Inbox, redis: Redis) -> None:
    await redis.set(inbox.keys.box("slow", "Advert", "odd"), "not a mailbox")
    odd, fine = delivery(node={"__typename": "Advert", "id": "odd"}), delivery(event_id="ev2")
    async with make_opening(inbox)() as receiver:
        replies = await asyncio.gather(*(receiver.receive(body, signed(body)) for body in (odd, fine)))
    assert [reply.body for reply in replies] == [b'{"result":"failed"}\n', b'{"result":"new"}\n']
    assert [reply.status for reply in replies] == [503, 200]


async def test_an_unforeseen_error_is_answered_503(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Inbox):
        async def quarantine(self, *_: object, **__: object) -> bool:
            raise LookupError("unheard of")

    async with make_opening(make_inbox(inbox.redis, kind=Odd))() as receiver:
        reply = await receiver.receive(b"not json", signed(b"not json"))
    assert (reply.status, reply.headers["Retry-After"]) == (503, "60")
    assert [record.getMessage() for record in caplog.records] == ["delivery.failed"]
