"""What is published, and what a sink is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from marketplacer_callback.refs import Ref

__all__ = ["Item", "Sink"]


@dataclass(frozen=True, slots=True)
class Item:
    """One published value. ``id`` is the same whenever the same is published again; ``data`` holds JSON values only."""

    id: str
    sink: str
    ref: Ref
    data: object = field(repr=False)
    subject: str
    at: datetime
    deleted: bool


class Sink(Protocol):
    """Where published items go. Used on one event loop; ``send`` may be called again before it has returned."""

    async def open(self) -> None:
        """Before the first ``send``. Raises what tells that the sink cannot work."""

    async def send(self, items: Sequence[Item]) -> None:
        """Returns when all items have been taken. Raises if any was not: all of them come again, with the same ids."""

    async def close(self) -> None:
        """After the last ``send``."""
