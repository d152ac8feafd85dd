"""Watching a queries folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from marketplacer_callback.documents import watch
from marketplacer_callback.documents.watch import matters


async def test_an_edit_is_noticed_and_stop_ends_the_watch(tmp_path: Path) -> None:
    stop = asyncio.Event()
    changes = watch(tmp_path, stop)
    assert await anext(changes) is None, "once it watches, whatever was edited before that"
    noticed = asyncio.ensure_future(anext(changes))
    (tmp_path / "notes.md").write_text("not a document")
    await asyncio.wait({noticed}, timeout=0.7)
    assert not noticed.done()
    (tmp_path / "Advert.graphql").write_text("# an edit")
    assert await asyncio.wait_for(noticed, timeout=10) is None
    stop.set()
    assert [change async for change in changes] == []


async def test_a_cancelled_watch_lets_go(tmp_path: Path) -> None:
    changes = watch(tmp_path, asyncio.Event())
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.wait({waiting}, timeout=0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Advert.graphql", True),
        ("..data", True),
        ("operator", True),
        ("Advert.graphql~", False),
        (".Advert.graphql.swp", False),
        ("notes.md", False),
    ],
)
def test_only_documents_folders_and_swapped_links_count(name: str, counts: bool) -> None:
    assert matters(1, f"/queries/{name}") is counts  # type: ignore[arg-type]
