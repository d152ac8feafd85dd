"""The log sink tells that something was published, and shows the data at level debug only."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from marketplacer_callback.refs import Ref
from marketplacer_callback.sinks import Item, LogSink

REF = Ref("shop", "Order", "1")
ITEM = Item("abc", "shown", REF, {"email": "jo@example.org", "total": 1}, str(REF), datetime.now(UTC), deleted=False)
LOGGER = "marketplacer_callback.sinks"


async def test_it_logs_ref_keys_and_size(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    sink = LogSink()
    await sink.open()
    await sink.send([ITEM])
    await sink.close()
    (record,) = caplog.records
    fields = record.__dict__["fields"]
    assert record.getMessage() == "sink.published"
    assert (fields["ref"], fields["keys"], fields["sink"]) == ("shop/Order/1", "email,total", "shown")
    assert fields["bytes"] > 100
    assert "jo@example.org" not in str(record.__dict__)


async def test_it_shows_the_data_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    await LogSink().send([ITEM])
    assert caplog.records[0].__dict__["fields"]["data"] == ITEM.data
