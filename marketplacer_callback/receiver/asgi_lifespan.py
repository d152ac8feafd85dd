"""The host application's own lifespan, run from outside (ASGI specification, "Lifespan Protocol")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Literal

__all__ = ["ASGIApp", "HostLifespan", "Message", "Receive", "Scope", "Send"]

log = logging.getLogger("marketplacer_callback.receiver")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class HostLifespan:
    """``async with HostLifespan(app, scope) as host``. An application that ends or raises without an answer has no
    lifespan, which the specification allows: it is then left alone."""

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._app = app
        self._scope = scope
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message | None] = asyncio.Queue()
        self._alone = False

    async def __aenter__(self) -> HostLifespan:
        self._task = asyncio.create_task(self._run())
        return self

    async def tell(self, event: Literal["startup", "shutdown"]) -> str | None:
        """Passes the event on and waits for the answer: ``None`` if all is well, else the host's message."""
        if self._alone:
            return None
        await self._told.put({"type": f"lifespan.{event}"})
        answer = await self._answers.get()
        if answer is None:
            self._alone = True
        elif answer["type"] == f"lifespan.{event}.failed":
            return str(answer.get("message") or f"the host application failed in its {event}")
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to tell: a host that still waits for a message would wait for ever."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._told.get, self._answers.put)
        except Exception as error:  # noqa: BLE001  the specification has servers go on without the host's lifespan
            log.info("receiver.host_lifespan_ended", extra={"fields": {"error": repr(error)}})
        finally:
            self._answers.put_nowait(None)
