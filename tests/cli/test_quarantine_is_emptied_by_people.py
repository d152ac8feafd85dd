"""A body that could not be read is looked at, read again by a version that can, or dropped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from cli_desk import Run
from redis.asyncio import Redis

from marketplacer_callback.settings import Settings
from marketplacer_callback.wiring import inbox_of

READABLE = b'{"id":"e1","event_name":"update","payload":{"data":{"node":{"id":"x","__typename":"Advert"}}}}'
UNTYPED = b'{"id":"e2","event_name":"update","payload":{"data":{"node":{"id":"y"}}}}'


def keep(url: str, *bodies: bytes) -> None:
    async def run() -> None:
        async with Redis.from_url(url) as redis:
            inbox = inbox_of(Settings.load(), "marketplace", redis)
            for body in bodies:
                assert await inbox.quarantine(body, "an older version could not read it", headers={})

    asyncio.run(run())


def digests(mc: Run) -> list[str]:
    return [one["digest"] for one in json.loads(mc("quarantine", "list", "--json").stdout)]


def test_a_body_is_listed_and_shown_byte_for_byte(mc: Run, at_work: Path, emptied: str) -> None:
    assert "nothing is in quarantine" in mc("quarantine", "list").stderr
    keep(emptied, b"\x00\xff not JSON")
    assert "an older version could not read it" in mc("quarantine", "list").stdout
    (digest,) = digests(mc)
    assert mc("quarantine", "show", digest).stdout_bytes == b"\x00\xff not JSON"
    assert mc("quarantine", "replay", digest).exit_code == 1
    assert digests(mc) == [digest]
    assert mc("quarantine", "drop", digest, "--yes").exit_code == 0
    assert mc("quarantine", "drop", digest, "--yes").exit_code == 1
    assert digests(mc) == []


def test_a_body_that_can_be_read_by_now_goes_to_its_mailbox(mc: Run, at_work: Path, emptied: str) -> None:
    mc("refresh", "Advert", "other")
    keep(emptied, READABLE)
    (digest,) = digests(mc)
    result = mc("quarantine", "replay", digest)
    assert (result.exit_code, result.stdout) == (0, "Advert x: new\n")
    assert "event 1 update" in mc("show", "Advert", "x").stdout
    assert digests(mc) == []


def test_a_body_whose_type_only_the_url_told_is_given_its_type(mc: Run, at_work: Path, emptied: str) -> None:
    mc("refresh", "Advert", "other")
    keep(emptied, UNTYPED)
    (digest,) = digests(mc)
    assert "__typename" in mc("quarantine", "replay", digest).stderr
    assert mc("quarantine", "replay", digest, "--type", "Advert").stdout == "Advert y: new\n"
