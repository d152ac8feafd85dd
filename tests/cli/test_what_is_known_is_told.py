"""``show``, ``status`` and ``dead`` tell what the inbox knows; ``refresh`` and ``dead replay`` put into it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from cli_desk import Run
from redis.asyncio import Redis

from marketplacer_callback.inbox import Claimed, HandlerResult, Inbox, MailboxVerdict
from marketplacer_callback.settings import Settings
from marketplacer_callback.wiring import inbox_of


def finish(url: str, settings: Settings, *, verb: str, reason: str = "") -> None:
    """Claim the one batch of lane slow, and end its only mailbox with this verdict of the handler ``product``."""

    async def run() -> None:
        async with Redis.from_url(url) as redis:
            inbox: Inbox = inbox_of(settings, "marketplace", redis)
            (gen,) = [gen.decode() for gen in await redis.zrange(inbox.keys.queue("slow"), 0, -1)]
            claimed = await inbox.claim(gen, "token", 15_000)
            assert isinstance(claimed, Claimed)
            result = HandlerResult("product", verb, reason=reason, digest="d1")  # type: ignore[arg-type]
            verdicts = [MailboxVerdict(one.id, one.upto, (result,)) for one in claimed.mailboxes]
            assert await inbox.finish(gen, "token", verdicts)
            await redis.zrem(inbox.keys.queue("slow"), gen)

    asyncio.run(run())


def test_an_unknown_object_is_told_as_such(mc: Run, at_work: Path) -> None:
    result = mc("show", "Advert", "x")
    assert result.exit_code == 1
    assert result.stdout == "marketplace/Advert/x\n"
    assert "nothing is known of it" in result.stderr


def test_a_refreshed_object_waits_in_the_inbox(mc: Run, at_work: Path) -> None:
    assert mc("refresh", "Advert", "x", "y", "x").exit_code == 0

    shown = mc("show", "UnpublishedAdvert", "x")
    assert shown.exit_code == 0
    assert "mailbox in lane slow: queued" in shown.stdout
    assert "event 1 refresh at " in shown.stdout
    assert "handler product: pending" in shown.stdout

    told = json.loads(mc("show", "Advert", "x", "--json").stdout)
    assert told["ref"] == "marketplace/Advert/x"
    (mailbox,) = told["mailboxes"]
    assert (mailbox["lane"], mailbox["state"], mailbox["upto"]) == ("slow", "queued", 1)
    assert [event["name"] for event in mailbox["events"]] == ["refresh"]

    status = json.loads(mc("status", "--json").stdout)["marketplace"]
    assert status["live"] == 2
    assert status["lanes"]["slow"]["queued"] == 2
    assert status["durability"] == "always"
    assert {"typename": "Advert", "lane": "slow", "handler": "product", "names": ["*"]} in status["routes"]
    assert "mailboxes     2" in mc("status").stdout


def test_what_nothing_handles_is_not_taken(mc: Run, at_work: Path) -> None:
    result = mc("refresh", "Seller", "x")
    assert result.exit_code == 2
    assert "nothing handles Seller" in result.stderr


def test_a_handler_that_is_done_is_remembered(mc: Run, at_work: Path, emptied: str) -> None:
    mc("refresh", "Advert", "x")
    finish(emptied, Settings.load(), verb="done")
    shown = mc("show", "Advert", "x")
    assert shown.exit_code == 0
    assert "handler product: done, last saw digest d1" in shown.stdout


def test_a_dead_letter_is_listed_shown_and_replayed(mc: Run, at_work: Path, emptied: str) -> None:
    assert json.loads(mc("dead", "list", "--json").stdout) == []
    assert mc("dead", "show", "Advert", "x").exit_code == 1
    assert mc("dead", "replay", "Advert", "x").exit_code == 1
    assert mc("status", "--check").exit_code == 0
    mc("refresh", "Advert", "x")
    finish(emptied, Settings.load(), verb="dead", reason="the\x1b[2J reason")

    (listed,) = json.loads(mc("dead", "list", "--json").stdout)
    assert (listed["instance"], listed["typename"], listed["id"]) == ("marketplace", "Advert", "x")
    assert listed["reasons"] == {"product": "the\x1b[2J reason"}
    table = mc("dead", "list").stdout
    assert "the [2J reason" in table
    assert "\x1b" not in table
    assert "handler product: the [2J reason" in mc("dead", "show", "Advert", "x").stdout
    assert "dead letter in lane slow" in mc("show", "Advert", "x").stdout
    assert mc("status", "--check").exit_code == 1

    assert json.loads(mc("dead", "replay", "Advert", "x", "--json").stdout) == {"slow": "new"}
    assert json.loads(mc("dead", "list", "--json").stdout) == []
    assert "event 1 " in mc("show", "Advert", "x").stdout


def test_a_repair_tells_what_it_mended(mc: Run, at_work: Path, emptied: str) -> None:
    mc("refresh", "Advert", "x")

    async def lose_the_batch() -> None:
        async with Redis.from_url(emptied) as redis:
            keys = inbox_of(Settings.load(), "marketplace", redis).keys
            (gen,) = [gen.decode() for gen in await redis.zrange(keys.batches, 0, -1)]
            await redis.delete(keys.batch(gen))

    asyncio.run(lose_the_batch())
    told = json.loads(mc("status", "--repair", "--json").stdout)["marketplace"]
    assert told["repaired"]["put_back"] == 1
    assert told["live"] == 1
    assert "0 put_back" in mc("status", "--repair").stdout
