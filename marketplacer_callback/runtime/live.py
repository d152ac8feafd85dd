"""The documents in force while a worker runs: edits take effect at the next claim, if they pass the check."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from marketplacer_callback.documents import Checked, Document, Role, Schema, check, watch
from marketplacer_callback.needs import document_problems
from marketplacer_callback.routing import Table

__all__ = ["LiveDocuments"]

logger = logging.getLogger("marketplacer_callback.documents")


class LiveDocuments:
    """``current`` is the newest checked set of one role; ``follow`` replaces it as the folder is edited.

    A batch keeps the mapping that it took from ``current`` when it was claimed: a set is replaced whole, never changed.
    """

    def __init__(self, folder: Path, role: Role, schema: Schema, checked: Checked) -> None:
        self._folder = folder
        self._role: Role = role
        self._schema = schema
        self.current: Mapping[str, Document] = checked.documents

    async def follow(self, table: Table, stop: asyncio.Event) -> None:
        """Reload on every edit until ``stop``. A set with an error, or without what a handler needs, is reported and
        left out.
        """
        async for _ in watch(self._folder, stop):
            checked = await asyncio.to_thread(check, self._folder, role=self._role, schema=self._schema)
            problems = document_problems(self._folder, self._role, table, checked)
            if problems:
                fields: dict[str, object] = {"problems": problems, "kept": len(self.current)}
                logger.error("documents.rejected", extra={"fields": fields})
            else:
                self._take(checked)

    def _take(self, checked: Checked) -> None:
        before = {name: document.digest for name, document in self.current.items()}
        self.current = checked.documents
        now = {name: document.digest for name, document in checked.documents.items()}
        if now != before:
            changed = sorted(name for name in now if now[name] != before.get(name))
            fields = {"changed": changed, "gone": sorted(before.keys() - now.keys())}
            logger.info("documents.reloaded", extra={"fields": fields})
