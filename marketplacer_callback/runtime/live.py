"""The documents in force while a worker runs: edits take effect at the next claim, if they pass the check."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from marketplacer_callback.documents import Checked, Document, Schema, check, watch

__all__ = ["LiveDocuments"]

logger = logging.getLogger("marketplacer_callback.documents")


class LiveDocuments:
    """``current`` is the newest checked set of one role; ``follow`` replaces it as the folder is edited.

    A batch keeps the mapping that it took from ``current`` when it was claimed: a set is replaced whole, never changed.
    """

    def __init__(self, folder: Path, role: Literal["operator", "seller"], schema: Schema, checked: Checked) -> None:
        self._folder = folder
        self._role: Literal["operator", "seller"] = role
        self._schema = schema
        self.current: Mapping[str, Document] = checked.documents

    async def follow(self, needed: frozenset[str], stop: asyncio.Event) -> None:
        """Reload on every edit until ``stop``. A set with an error, or without a ``needed`` document, is reported and
        left out.
        """
        async for _ in watch(self._folder, stop):
            checked = await asyncio.to_thread(check, self._folder, role=self._role, schema=self._schema)
            problems = [str(problem) for problem in checked.problems if problem.severity == "error"]
            problems += [f"{self._folder}: no query {name!r}" for name in sorted(needed - set(checked.documents))]
            if problems:
                logger.error("documents.rejected", extra={"fields": {"problems": problems, "kept": len(self.current)}})
                continue
            changed = [
                name
                for name, document in checked.documents.items()
                if name not in self.current or self.current[name].digest != document.digest
            ]
            gone = [name for name in self.current if name not in checked.documents]
            self.current = checked.documents
            if changed or gone:
                logger.info("documents.reloaded", extra={"fields": {"changed": changed, "gone": gone}})
