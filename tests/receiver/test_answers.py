"""The answer table: every row of it, through every adapter."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from reached import ADAPTERS, MAX_BODY, MOUNT, Answered, Reached, delivery, make_inbox, make_opening, signed
from redis.asyncio import Redis

from marketplacer_callback.inbox import Inbox
from marketplacer_callback.typenames import SWEEP_TYPENAME

ADVERT = "QWR2ZXJ0LTE="


def assert_try_again(answer: Answered, word: str) -> None:
    assert (answer.status, answer.word) == (503, word)
    assert int(answer.headers["Retry-After"]) >= 1


async def test_an_event_is_accepted_once_and_folded_after(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox)) as post:
        words = []
        for event_id in ("ev1", "ev1", "ev2"):
            body = delivery(event_id=event_id)
            answer = await post(MOUNT, body, signed(body))
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/json"
            words.append(answer.word)
    assert words == ["new", "dup", "coalesced"]
    assert await waiting(inbox, "Advert", ADVERT) == ["update"]


async def test_what_nobody_wants_is_answered_200(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox)) as post:
        for body in (
            delivery(node={"__typename": "Taxon", "id": "T"}),
            delivery("update", {"__typename": "Invoice", "id": "I"}),
        ):
            answer = await post(MOUNT, body, signed(body))
            assert (answer.status, answer.word) == (200, "unwanted")
    assert (await inbox.status()).live == 0


UNREADABLE = {
    "not json": b"not json",
    "empty": b"",
    "bomb": b"[" * 20_000,
    "no id": delivery(node={"__typename": "Advert"}),
    "errors": delivery(payload={"errors": [{"message": "m"}]}),
}


async def test_signed_but_unreadable_goes_to_quarantine_once(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox)) as post:
        for body in UNREADABLE.values():
            for _ in range(2):
                headers = signed(body, **{"Marketplacer-Sequence": "7", "auth-key": "battery staple"})
                answer = await post(f"{MOUNT}/Advert", body, headers)
                assert (answer.status, answer.word) == (200, "quarantined")
    kept = await inbox.quarantined()
    bodies = [await inbox.quarantined_body(one.digest) for one in kept]
    assert sorted(body or b"" for body in bodies) == sorted(UNREADABLE.values())
    assert all(one.reason and one.headers["Marketplacer-Sequence"] == "7" for one in kept)
    assert "battery staple" not in repr(kept), "a seller's static header is a secret"


async def test_a_destroy_with_a_null_node_takes_its_type_from_the_path(adapter: Reached, inbox: Inbox) -> None:
    body = delivery(payload={"data": {"node": None}}, name="destroy")
    async with adapter(make_opening(inbox)) as post:
        answer = await post(f"{MOUNT}/Seller", body, signed(body))
    assert (answer.status, answer.word) == (200, "new")
    assert await waiting(inbox, SWEEP_TYPENAME, "Seller") == ["destroy"]


async def test_a_bad_signature_is_answered_503(adapter: Reached, inbox: Inbox) -> None:
    bad: list[dict[str, str]] = [{}, signed(delivery(), "wrong"), {"Marketplacer-Hmac-256": ""}, {"auth-key": "x"}]
    async with adapter(make_opening(inbox)) as post:
        for headers in bad:
            assert_try_again(await post(MOUNT, delivery(), headers), "bad_signature")
    assert (await inbox.status()).live == 0


async def test_a_bad_signature_is_answered_401_where_the_settings_say_so(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox, bad_signature=401)) as post:
        assert (await post(MOUNT, delivery(), {})).status == 401


async def test_an_unreadable_body_without_a_signature_is_not_kept(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox)) as post:
        assert_try_again(await post(MOUNT, b"not json", {}), "bad_signature")
    assert await inbox.quarantined() == []


async def test_the_secret_before_and_the_static_header_are_good(adapter: Reached, inbox: Inbox) -> None:
    async with adapter(make_opening(inbox)) as post:
        assert (await post(MOUNT, delivery(), signed(delivery(), "the one before"))).status == 200
        assert (await post(MOUNT, delivery(event_id="ev2"), {"AUTH-KEY": "battery staple"})).status == 200


async def test_redis_away_is_answered_503_through_every_adapter(dead: Inbox) -> None:
    async def one(adapter: Reached) -> None:
        async with adapter(make_opening(dead)) as post:
            good, bad = await asyncio.gather(
                post(MOUNT, delivery(), signed(delivery())), post(MOUNT, b"not json", signed(b"not json"))
            )
        assert_try_again(good, "unavailable")
        assert_try_again(bad, "unavailable")

    # All at once: the inbox goes on trying for two seconds.
    await asyncio.gather(*map(one, ADAPTERS.values()))


async def test_a_redis_that_says_nothing_is_answered_503(adapter: Reached, inbox: Inbox, redis: Redis) -> None:
    async with adapter(make_opening(inbox, accept_timeout_s=0.1)) as post:
        await redis.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")
        try:
            assert_try_again(await post(MOUNT, delivery(), signed(delivery())), "timed_out")
            assert_try_again(await post(MOUNT, b"not json", signed(b"not json")), "timed_out")
        finally:
            await redis.execute_command("CLIENT", "UNPAUSE")
        body = delivery(event_id="ev2")
        assert (await post(MOUNT, body, signed(body))).status == 200


async def test_without_routes_the_answer_is_503(adapter: Reached, redis: Redis) -> None:
    async with adapter(make_opening(make_inbox(redis))) as post:
        assert_try_again(await post(MOUNT, delivery(), signed(delivery())), "unavailable")


async def test_a_full_backlog_is_answered_503_for_new_objects_only(
    adapter: Reached, inbox: Inbox, redis: Redis
) -> None:
    async with adapter(make_opening(make_inbox(redis, max_backlog=1))) as post:
        assert (await post(MOUNT, delivery(), signed(delivery()))).word == "new"
        other = delivery(node={"__typename": "Advert", "id": "another"}, event_id="ev2")
        assert_try_again(await post(MOUNT, other, signed(other)), "full")
        same = delivery(event_id="ev3")
        assert (await post(MOUNT, same, signed(same))).word == "coalesced"


async def test_a_full_quarantine_is_answered_503(adapter: Reached, inbox: Inbox, redis: Redis) -> None:
    await redis.hset(inbox.keys.stats, "bad_bytes", 1 << 40)
    async with adapter(make_opening(inbox)) as post:
        assert_try_again(await post(MOUNT, b"not json", signed(b"not json")), "quarantine_full")


async def test_a_body_over_the_limit_is_answered_503(adapter: Reached, inbox: Inbox) -> None:
    body = b"x" * (MAX_BODY + 1)
    async with adapter(make_opening(inbox)) as post:
        assert_try_again(await post(MOUNT, body, signed(body)), "too_large")


async def test_a_body_at_the_limit_is_read(adapter: Reached, inbox: Inbox) -> None:
    body = delivery(padding="")
    body = delivery(padding="x" * (MAX_BODY - len(body)))
    async with adapter(make_opening(inbox)) as post:
        assert (await post(MOUNT, body, signed(body))).word == "new"


async def test_the_published_bodies_are_taken(adapter: Reached, inbox: Inbox, shared: Path) -> None:
    bodies = {
        file.stem: file.read_bytes() for file in (shared / "fixtures/deliveries").glob("*.json") if file.stem != "index"
    }
    words = {}
    async with adapter(make_opening(inbox)) as post:
        for name, body in bodies.items():
            body_id = json.loads(body).get("id")
            path = f"{MOUNT}/Invoice" if "invoice" in name else MOUNT
            answer = await post(path, body, signed(body))
            assert answer.status == 200, (name, body_id)
            words[name] = answer.word
        legacy = bodies["invoice-create-legacy-format"]
        words["legacy again"] = (await post(f"{MOUNT}/Invoice", legacy, signed(legacy))).word
        words["legacy without a path"] = (await post(MOUNT, legacy, signed(legacy))).word
        error = bodies["advert-update-graphql-error"]
        words["error again"] = (await post(MOUNT, error, signed(error))).word
    # The two published bodies with an id carry the same one: whichever comes second is a duplicate.
    assert {words.pop("advert-create"), words.pop("seller-update")} == {"new", "dup"}
    assert words == {
        "advert-update-graphql-error": "quarantined",
        "invoice-create-legacy-format": "new",
        "legacy again": "coalesced",
        "legacy without a path": "quarantined",
        "error again": "quarantined",
    }
    assert len(await inbox.quarantined()) == 2


@pytest.mark.parametrize(("file", "typename"), [("advert-create", "Advert"), ("seller-update", "Seller")])
async def test_a_published_body_is_accepted_as_it_is(inbox: Inbox, shared: Path, file: str, typename: str) -> None:
    body = (shared / f"fixtures/deliveries/{file}.json").read_bytes()
    async with make_opening(inbox)() as receiver:
        reply = await receiver.receive(body, signed(body))
    assert reply.status == 200
    identifier = json.loads(body)["payload"]["data"]["node"]["id"]
    assert await waiting(inbox, typename, identifier) == [file.partition("-")[2]]


async def waiting(inbox: Inbox, typename: str, identifier: str) -> list[str]:
    """The names of the events that wait for this object."""
    state = await inbox.look(typename, identifier)
    return [event.name for box in state.mailboxes for event in box.events]
