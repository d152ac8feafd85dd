"""Handing published data to the sinks: one ``send`` a sink for all that is published in a tick."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.grouped import Grouped
from marketplacer_callback.outcomes import Outcome, Publish
from marketplacer_callback.sinks import Item, Sink

__all__ = ["Publisher"]


class Publisher:
    """The sinks of the settings, by name. ``publish`` returns when the sink has taken the item; what it raises is
    raised here.
    """

    def __init__(self, sinks: Mapping[str, Sink]) -> None:
        self._sinks = sinks
        self._groups = {name: self._group(sink) for name, sink in sinks.items()}

    async def open(self) -> None:
        """Raises ``ConfigurationError`` with every sink that cannot be opened."""
        problems = []
        for name, sink in self._sinks.items():
            try:
                await sink.open()
            except OSError as error:
                problems.append(f"sinks.{name}: {error}; mend its path, or the rights on it")
        if problems:
            raise ConfigurationError(*problems)

    async def close(self) -> None:
        for group in self._groups.values():
            await group.idle()
        for sink in self._sinks.values():
            await sink.close()

    def unknown(self, actions: Sequence[Outcome]) -> str | None:
        """What is wrong with actions that name a sink which the settings do not have; ``None`` if nothing."""
        for action in actions:
            if isinstance(action, Publish) and action.sink not in self._sinks:
                there_are = ", ".join(sorted(self._sinks)) or "none"
                return f"no sink {action.sink!r} in [sinks]; there are: {there_are}"
        return None

    async def publish(self, action: Publish, change: Change[Any], position: int, stamp: str) -> None:
        """``stamp`` and ``position`` tell this publish from others of the same object to the same sink.

        Raises what the sink raises.
        """
        group = self._groups[action.sink]
        item = Item(
            id=_item_id(action.sink, str(change.ref), str(position), stamp),
            sink=action.sink,
            ref=change.ref,
            data=action.data,
            subject=action.subject or str(change.ref),
            at=datetime.now(UTC),
            deleted=change.deleted,
        )
        problem = await group.add(item)
        if problem is not None:
            raise problem

    @staticmethod
    def _group(sink: Sink) -> Grouped[Item, Exception | None]:
        async def send(items: Sequence[Item]) -> Sequence[Exception | None]:
            try:
                await sink.send(items)
            except (TypeError, ValueError) as error:
                # One item that cannot be written must not fail its neighbours.
                return [error] if len(items) == 1 else [(await send([item]))[0] for item in items]
            return [None] * len(items)

        return Grouped(send)


def _item_id(*parts: str) -> str:
    """Stable over retries and crashes: the same object published to the same sink has the same id."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
