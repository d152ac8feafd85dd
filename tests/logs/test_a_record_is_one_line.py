"""A record is one line with its event, its fields and those bound around it; in JSON or for people."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from marketplacer_callback import logs

log = logging.getLogger("marketplacer_callback.room")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    tamed = {
        name: logging.getLogger(name).level
        for name in ("arq", "redis", "aiohttp.access", "asyncio", "watchfiles", "sgqlc")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in tamed.items():
        logging.getLogger(name).setLevel(before)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_json_has_the_event_and_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    log.info("delivery.accepted", extra={"fields": {"ref": "shop/Advert/1", "duration_ms": 3}})
    (line,) = _lines(capsys)
    record = json.loads(line)
    assert record.pop("time").endswith("Z")
    assert record == {
        "level": "info",
        "logger": "marketplacer_callback.room",
        "event": "delivery.accepted",
        "ref": "shop/Advert/1",
        "duration_ms": 3,
    }


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console", "info")
    log.warning("batch.failed", extra={"fields": {"ref": "shop/Advert/1", "reason": "no such thing", "empty": ""}})
    (line,) = _lines(capsys)
    assert line[12:] == ' warning batch.failed ref=shop/Advert/1 reason="no such thing" empty=""'


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_field_cannot_forge_a_line(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(kind, "info")  # type: ignore[arg-type]
    log.info("a\nb", extra={"fields": {"reason": "x\n12:00:00.000 info forged\x1b[31m"}})
    (line,) = _lines(capsys)
    assert "\x1b" not in line


async def test_bound_fields_are_on_each_record_inside(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")

    async def below() -> None:
        log.info("inner", extra={"fields": {"attempt": 2, "ref": "nearer"}})

    with logs.bound(event_id="e1", ref="r"):
        with logs.bound(handler="h"):
            await asyncio.create_task(below())
        log.info("outer")
    log.info("outside")
    inner, outer, outside = map(json.loads, _lines(capsys))
    assert (inner["event_id"], inner["handler"], inner["ref"], inner["attempt"]) == ("e1", "h", "nearer", 2)
    assert (outer["event_id"], outer["ref"], "handler" in outer) == ("e1", "r", False)
    assert "event_id" not in outside


async def test_tasks_side_by_side_keep_their_own_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    met = asyncio.Barrier(2)

    async def work(ref: str) -> None:
        with logs.bound(ref=ref):
            await met.wait()
            log.info(ref)

    await asyncio.gather(work("a"), work("b"))
    records = [json.loads(line) for line in _lines(capsys)]
    assert sorted((one["event"], one["ref"]) for one in records) == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize("kind", ["json", "console"])
def test_an_exception_brings_its_traceback(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(kind, "info")  # type: ignore[arg-type]
    try:
        raise LookupError("gone")
    except LookupError:
        log.exception("handler.failed")
    written = capsys.readouterr().err
    assert "LookupError: gone" in written
    assert (len(written.splitlines()) == 1) is (kind == "json")


def test_a_field_does_not_hide_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    log.info("real", extra={"fields": {"event": "other"}})
    record = json.loads(_lines(capsys)[0])
    assert (record["event"], record["event_"]) == ("real", "other")


def test_the_arguments_of_arq_jobs_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console", "debug")
    logging.getLogger("arq.worker").info("0.01s → run_batch('customer')")
    logging.getLogger("arq.worker").warning("told")
    log.debug("shown")
    assert [line.split()[2] for line in _lines(capsys)] == ["told", "shown"]


def test_the_level_is_a_threshold_and_the_last_call_counts(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "debug")
    logs.configure("console", "error")
    log.warning("not this")
    log.error("this")
    logging.getLogger("arq.worker").warning("nor this")
    assert [line.split()[2] for line in _lines(capsys)] == ["this"]


def test_a_wrong_level_is_refused() -> None:
    with pytest.raises(KeyError):
        logs.configure("json", "loud")


def test_a_record_without_fields_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    logging.getLogger("shop").info("plain %s", "text", extra={"fields": "not a mapping"})
    assert json.loads(_lines(capsys)[0])["event"] == "plain text"
