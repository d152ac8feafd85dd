"""At three in the morning: what went wrong is counted, chosen, run again, thrown away, or kept as a test."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_desk import Run, RunningSandbox
from redis.asyncio import Redis

from marketplacer_callback.cli.letters import cause_of
from marketplacer_callback.inbox import Claimed, HandlerResult, MailboxVerdict
from marketplacer_callback.settings import Settings
from marketplacer_callback.wiring import inbox_of


def give_up(url: str, reasons: dict[str, str]) -> None:
    """The handler ``product`` gives up on each of these objects, with its reason."""

    async def run() -> None:
        async with Redis.from_url(url) as redis:
            inbox = inbox_of(Settings.load(), "marketplace", redis)
            (gen,) = [gen.decode() for gen in await redis.zrange(inbox.keys.queue("slow"), 0, -1)]
            claimed = await inbox.claim(gen, "token", 15_000)
            assert isinstance(claimed, Claimed)
            verdicts = [
                MailboxVerdict(one.id, one.upto, (HandlerResult("product", "dead", reason=reasons[one.id]),))
                for one in claimed.mailboxes
            ]
            assert await inbox.finish(gen, "token", verdicts)
            await redis.zrem(inbox.keys.queue("slow"), gen)

    asyncio.run(run())


@pytest.fixture
def letters(mc: Run, at_work: Path, emptied: str) -> dict[str, str]:
    reasons = {
        "QWR2ZXJ0LTE=": "KeyError: 'QWR2ZXJ0LTE='",
        "QWR2ZXJ0LTI=": "KeyError: 'QWR2ZXJ0LTI='",
        "x": "HTTP 502 from the catalogue after 31.5 s",
    }
    mc("refresh", "Advert", *reasons)
    give_up(emptied, reasons)
    return reasons


def left(mc: Run) -> set[str]:
    return {letter["id"] for letter in json.loads(mc("dead", "list", "--json").stdout)}


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("KeyError: 'QWR2ZXJ0LTE='\nmore", "KeyError: '…'"),
        ("HTTP 502 from the catalogue after 31.5 s", "HTTP # from the catalogue after # s"),
        ("no order for QWR2ZXJ0LTEwMDAwMDAx", "no order for …"),
        ("timed out", "timed out"),
    ],
)
def test_a_cause_is_a_reason_without_what_differs_from_object_to_object(reason: str, cause: str) -> None:
    assert cause_of(reason) == cause


def test_causes_are_counted_the_most_frequent_first(mc: Run, letters: dict[str, str]) -> None:
    causes = json.loads(mc("dead", "list", "--by", "cause", "--json").stdout)
    assert [(one["letters"], one["handler"], one["cause"]) for one in causes] == [
        (2, "product", "KeyError: '…'"),
        (1, "product", "HTTP # from the catalogue after # s"),
    ]
    assert "Advert x" in mc("dead", "list", "--by", "cause").stdout
    (one,) = json.loads(mc("dead", "list", "--where", "cause=http 502", "--json").stdout)
    assert one["id"] == "x"


def test_a_cause_is_replayed_at_a_pace_and_the_rest_stays(mc: Run, letters: dict[str, str]) -> None:
    began = time.monotonic()
    result = mc("dead", "replay", "--where", "cause=keyerror", "--where", "type=Advert", "--rate", "10", "--yes")
    assert (result.exit_code, result.stdout) == (0, "replay: 2\n")
    assert time.monotonic() - began >= 0.1
    assert left(mc) == {"x"}
    assert mc("dead", "replay", "--where", "handler=other", "--yes").exit_code == 1


def test_what_is_not_confirmed_is_not_done(mc: Run, letters: dict[str, str]) -> None:
    for command in (("replay", "--where", "lane=slow"), ("drop", "--where", "lane=slow"), ("forget", "Advert/x")):
        assert mc("dead", *command).exit_code in (1, 130)
    assert left(mc) == set(letters)


def test_a_dropped_letter_is_gone(mc: Run, letters: dict[str, str]) -> None:
    assert mc("dead", "drop", "Advert", "x", "--yes").exit_code == 0
    assert left(mc) == {"QWR2ZXJ0LTE=", "QWR2ZXJ0LTI="}
    assert mc("dead", "drop", "Advert", "x", "--yes").exit_code == 1
    assert mc("dead", "drop", "--where", "handler=product", "--yes", "--json").stdout == '{\n  "drop": 2\n}\n'
    assert left(mc) == set()


@pytest.mark.parametrize("ref", ["Advert/x", "marketplace/Advert/x", "UnpublishedAdvert/x"])
def test_a_forgotten_object_is_unknown(mc: Run, letters: dict[str, str], ref: str) -> None:
    result = mc("dead", "forget", ref, "--yes")
    assert result.exit_code == 0
    assert "dead letters 1" in result.stdout
    assert mc("show", "Advert", "x").exit_code == 1
    assert mc("dead", "forget", ref, "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("replay",), "give TYPE and ID, or --where"),
        (("replay", "Advert"), "give TYPE and ID, or --where"),
        (("drop",), "give TYPE and ID, or --where"),
        (("replay", "--where", "colour=red"), "type, lane, id, handler, cause"),
        (("replay", "--where", "handler"), "NAME=VALUE"),
        (("replay", "--where", "lane=a", "--where", "lane=b"), "twice"),
        (("forget", "x", "--yes"), "INSTANCE/TYPE/ID"),
    ],
)
def test_what_is_not_clear_is_asked_for(mc: Run, at_work: Path, command: tuple[str, ...], named: str) -> None:
    result = mc("dead", *command)
    assert result.exit_code == 2
    assert named in result.stderr


def test_a_dead_letter_becomes_a_test_that_runs(mc: Run, at_work: Path, emptied: str, sandbox: RunningSandbox) -> None:
    mc("refresh", "Advert", sandbox.advert)
    give_up(emptied, {sandbox.advert: 'KeyError: "price"'})
    result = mc("dead", "show", "Advert", sandbox.advert, "--as-fixture")
    assert result.exit_code == 0
    assert "KeyError: 'price'" in result.stdout
    (at_work / "test_from_a_letter.py").write_text(result.stdout)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_from_a_letter.py"]
    ran = subprocess.run(command, cwd=at_work, capture_output=True, text=True, timeout=60)
    assert "test_product_takes_advert" in ran.stdout
    assert "1 failed" in ran.stdout, ran.stdout  # it says what the handler answers, and asks what is right
    assert "AssertionError" in ran.stdout
