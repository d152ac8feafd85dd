"""A sink for trying things out: it tells in the log what it was sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from marketplacer_callback.sinks import cloudevents
from marketplacer_callback.sinks.item import Item

__all__ = ["LogSink"]

_log = logging.getLogger("marketplacer_callback.sinks")


class LogSink:
    """One line an item: ref, keys and size. The data itself is a customer's: it is shown at level debug only."""

    async def open(self) -> None:
        """Nothing to open."""

    async def send(self, items: Sequence[Item]) -> None:
        """Never fails, except for data that is not JSON (``TypeError``, ``ValueError``)."""
        for item in items:
            fields = {
                "sink": item.sink,
                "ref": str(item.ref),
                "id": item.id,
                "deleted": item.deleted,
                "keys": ",".join(map(str, item.data)) if isinstance(item.data, Mapping) else type(item.data).__name__,
                "bytes": len(cloudevents.encode(item)),
            }
            if _log.isEnabledFor(logging.DEBUG):
                fields["data"] = item.data
            _log.info("sink.published", extra={"fields": fields})

    async def close(self) -> None:
        """Nothing to close."""
