"""Controls that send: one delivery, or many writes with theirs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from marketplacer_callback.sandbox.controls.given import Json, known_text, only, required, text

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["BurstControls"]


class BurstControls:
    """``deliver`` and ``burst``; at most one burst is under way."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._burst: Json = {}
        self._task: asyncio.Task[None] | None = None

    async def close(self, _app: web.Application | None = None) -> None:
        """End the burst that is under way."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._burst = {}

    async def deliver(self, body: Json) -> Json:
        only(body, "typename", "id", "event_name")
        self._need_webhook()
        typename, id_, event_name = text(body, "typename"), text(body, "id"), known_text(body, "event_name") or "update"
        try:
            sent = await self.sandbox.deliver(typename, id_, event_name)
        except RuntimeError as error:  # no webhook is told of it
            raise ValueError(str(error)) from None
        return {"event_id": sent.event_id, "attempts": sent.attempts, "status": sent.status, "outcome": sent.outcome}

    async def burst(self, body: Json) -> Json:
        only(body, "count", "typename", "objects", "concurrency", "wait")
        self._need_webhook()
        if self._task and not self._task.done():
            raise ValueError("a burst is under way")
        wait = body.pop("wait", True)
        _check(body, wait)
        self._burst = {"running": True, "count": required(body, "count"), "from": self.sandbox.journal.deliveries}
        self._task = asyncio.create_task(self._run(body))
        if wait:
            await asyncio.wait([self._task])
            if self._task.cancelled():
                raise ValueError("the burst was ended before all was delivered")
        if error := self._burst.get("error"):
            raise ValueError(error)
        return self._progress()

    def progress(self) -> Json | None:
        """The latest burst: its report, or how far it has come; ``None`` if there was none."""
        return self._progress() if self._burst else None

    async def _run(self, body: dict[str, Any]) -> None:
        try:
            report = asdict(await self.sandbox.burst(**body))
        except (LookupError, TypeError, ValueError) as error:
            self._burst |= {"running": False, "error": str(error.args[0])}
        else:
            self._burst |= {"running": False, **report}

    def _progress(self) -> Json:
        progress = {name: value for name, value in self._burst.items() if name != "from"}
        if self._burst["running"]:
            progress["delivered"] = self.sandbox.journal.deliveries - self._burst["from"]
        return progress

    def _need_webhook(self) -> None:
        if not self.sandbox.webhooks.all():
            raise ValueError("no webhook URL was given to the sandbox")


def _check(burst: Json, wait: Any) -> None:
    required(burst, "count")
    for name, value in burst.items():
        if name == "typename":
            text(burst, name)
        elif type(value) is not int:
            raise ValueError(f"{name!r}: expected a whole number")
    if not isinstance(wait, bool):
        raise ValueError("'wait': expected true or false")
