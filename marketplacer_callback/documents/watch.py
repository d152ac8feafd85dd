"""Noticing that the queries folder was edited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchfiles import Change

__all__ = ["watch"]

DEBOUNCE_MS: Final = 300
"""Editors and checkouts write several files at once; they make one change."""


async def watch(folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield once for each burst of changes to the documents of a folder, until ``stop`` is set.

    Raises ``FileNotFoundError`` if the folder is not there.
    """
    from watchfiles import awatch  # 26 ms and 1 MB: only where reloading is on

    async for _ in awatch(folder, watch_filter=matters, debounce=DEBOUNCE_MS, stop_event=stop):
        yield None


def matters(_change: Change, path: str) -> bool:
    """Documents, folders, and the link that a Kubernetes ConfigMap swaps (``..data``)."""
    name = Path(path).name
    return name.startswith("..") or Path(name).suffix in ("", ".graphql")
