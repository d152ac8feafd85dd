"""The central claim: a field is added to a query of the repo, and nobody touches Marketplacer's webhook
configuration.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from marketplacer_callback import Change


async def test_the_next_event_carries_a_field_that_was_added_while_the_worker_runs(
    world: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    file = world.queries / "Advert.graphql"
    whole = file.read_text()
    assert "  description\n" in whole
    file.write_text(whole.replace("  description\n", ""))

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    caplog.set_level(logging.INFO, "marketplacer_callback.documents")
    async with world.started():
        advert = world.sandbox.change("Advert", title="1")
        await recorder.until(lambda changes: len(changes) >= 1)
        await world.drained()
        assert "description" not in recorder.changes[-1].object

        file.write_text(whole)
        async with asyncio.timeout(10):
            while "documents.reloaded" not in caplog.messages:
                await asyncio.sleep(0.02)
        world.sandbox.change("Advert", advert, title="2")
        await recorder.until(lambda changes: changes[-1].object["title"] == "2")
        await world.drained()
    assert "description" in recorder.changes[-1].object
    assert recorder.changes[-1].document_digest != recorder.changes[0].document_digest
    assert world.sandbox.journal.webhook_calls == []


async def test_an_edit_that_does_not_pass_the_check_leaves_the_old_documents_in_force(
    world: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    file = world.queries / "Advert.graphql"

    @world.integration.on("Advert")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        file.write_text(file.read_text().replace("  description\n", "  descripton\n"))
        async with asyncio.timeout(10):
            while "documents.rejected" not in caplog.messages:
                await asyncio.sleep(0.02)
        world.sandbox.change("Advert", title="still handled")
        await recorder.until(lambda changes: len(changes) >= 1)
        await world.drained()
    rejected = next(record for record in caplog.records if record.message == "documents.rejected")
    assert "descripton" in str(rejected.fields)  # type: ignore[attr-defined]
    assert recorder.changes[-1].object["title"] == "still handled"


async def test_an_edit_that_takes_a_handlers_document_away_is_left_out(
    world: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    mine = world.queries / "Mine.graphql"
    mine.write_text("query Mine($id: ID!) { node(id: $id) { __typename id ... on Advert { title } } }")

    @world.integration.on("Advert", document="Mine")
    async def product(change: Change) -> None:
        recorder.note(change)

    async with world.started():
        mine.write_text("query Mine { apiKeyPrincipal { name } }")
        async with asyncio.timeout(10):
            while "documents.rejected" not in caplog.messages:
                await asyncio.sleep(0.02)
        world.sandbox.change("Advert", title="still handled")
        await recorder.until(lambda changes: len(changes) >= 1)
        await world.drained()
    assert recorder.changes[-1].object["title"] == "still handled"
