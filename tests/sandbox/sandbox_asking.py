"""A receiver that does what it is told, and ways to ask a sandbox."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from marketplacer_callback.sandbox import Sandbox


@dataclass
class Received:
    """One delivery as it came over the wire."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Hook:
    """A receiver that answers what it is told: ``answers`` first, then ``status``."""

    url: str = ""
    status: int = 200
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    busy: int = 0
    busiest: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        self.received.append(Received(request.path, await request.read(), dict(request.headers)))
        self.arrived.set()
        await self.open.wait()
        self.busy -= 1
        status = self.answers.pop(0) if self.answers else self.status
        return web.Response(status=status, headers={"Location": "/elsewhere"} if 300 <= status < 400 else None)


async def ask(
    sandbox: Sandbox, query: str, variables: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of one GraphQL request over HTTP."""
    sent = {"Authorization": "Bearer sandbox-key"} if headers is None else headers
    async with (
        aiohttp.ClientSession() as session,
        session.post(sandbox.url, json={"query": query, "variables": variables}, headers=sent) as answer,
    ):
        return answer.status, await answer.json()


async def data(sandbox: Sandbox, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The data of an answer without errors."""
    status, answer = await ask(sandbox, query, variables)
    assert (status, answer.get("errors")) == (200, None)
    result: dict[str, Any] = answer["data"]
    return result
