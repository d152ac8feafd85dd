"""One event can be followed by its id from delivery to outcome, and no line holds a customer's data or a secret."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from marketplacer_callback import Answer, Change, outcomes
from marketplacer_callback.logs import JsonFormatter


async def test_from_delivery_to_outcome_by_the_events_id(
    world: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.configure(sinks={"archive": {"type": "jsonl", "path": str(world.output / "{typename}.jsonl")}})

    @world.integration.on("Seller")
    async def seller(change: Change) -> Answer:
        recorder.note(change)
        return outcomes.publish("archive", change.object)

    caplog.handler.setFormatter(JsonFormatter())
    caplog.set_level(logging.DEBUG)
    async with world.started():
        world.sandbox.change("Seller", businessName="Mrs Confidential", emailAddress="confidential@example.com")
        await recorder.until(lambda changes: len(changes) == 1)
        await world.drained()
    (event,) = recorder.changes[0].events
    lines = [json.loads(line) for line in caplog.text.splitlines() if line.startswith("{")]
    followed = [line["event"] for line in lines if line.get("event_id") == event.id]
    assert [one for one in followed if one in ("delivery.accepted", "outcome.published", "handler.ended")] == [
        "delivery.accepted",
        "outcome.published",
        "handler.ended",
    ]
    ended = next(line for line in lines if line["event"] == "handler.ended")
    assert (ended["ref"], ended["handler"], ended["verdict"]) == (str(recorder.changes[0].ref), "seller", "done")
    assert ended["instance"] == "test"
    ours = "\n".join(line for line in caplog.text.splitlines() if "marketplacer_callback" in line)
    for private in ("onfidential", "a-secret-of-the-tests", "sandbox-key"):
        assert private not in ours
