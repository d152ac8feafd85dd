"""Noticing that the queries folder was edited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchfiles import Change

__all__ = ["watch"]

DEBOUNCE_MS: Final = 300
"""Editors and checkouts write several files at once; they make one change."""

FIRST_LOOK_MS: Final = 500
"""How soon after its start a watch says that it watches."""


async def watch(folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield once for each burst of changes to the documents of a folder, until ``stop`` is set.

    It also yields once as soon as the folder is watched: that may have been edited since it was last read. Raises
    ``FileNotFoundError`` if the folder is not there.
    """
    from watchfiles import awatch  # 26 ms and 1 MB: only where reloading is on

    watching = awatch(
        folder,
        watch_filter=matters,
        debounce=DEBOUNCE_MS,
        stop_event=stop,
        rust_timeout=FIRST_LOOK_MS,
        yield_on_timeout=True,
    )
    first = True
    async with aclosing(watching):
        async for changes in watching:
            if changes or first:
                first = False
                yield None


def matters(_change: Change, path: str) -> bool:
    """Documents, folders, and the link that a Kubernetes ConfigMap swaps (``..data``)."""
    name = Path(path).name
    return name.startswith("..") or Path(name).suffix in ("", ".graphql")
