"""The sandbox's controls, from another process."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import aiohttp

__all__ = ["SandboxClient", "SandboxRefused"]


class SandboxRefused(Exception):
    """The sandbox could not do what was asked; the message is its own."""


class SandboxClient:
    """Controls a running sandbox; an async context manager. Each method is an endpoint of ``control``, and answers
    its JSON.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/graphql")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=10))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def change(self, typename: str, id: str | None = None, **fields: Any) -> str:
        """Write to an object, or make one; its id."""
        return str((await self._post("change", {"typename": typename, "id": id, "fields": fields}))["id"])

    async def create(self, typename: str, **fields: Any) -> str:
        """Make an object; its id."""
        return await self.change(typename, None, **fields)

    async def destroy(self, typename: str, id: str) -> None:
        """Delete an object."""
        await self._post("destroy", {"typename": typename, "id": id})

    async def deliver(self, typename: str, id: str, event_name: str = "update") -> dict[str, Any]:
        """Send one delivery without a write; how it ended."""
        return await self._post("deliver", {"typename": typename, "id": id, "event_name": event_name})

    async def burst(
        self, *, count: int, typename: str = "Advert", objects: int = 200, concurrency: int = 100, wait: bool = True
    ) -> dict[str, Any]:
        """Updates in numbers. With ``wait=False`` it answers at once; ``status()["burst"]`` shows the progress."""
        asked = {"count": count, "typename": typename, "objects": objects, "concurrency": concurrency, "wait": wait}
        return await self._post("burst", asked)

    async def fail(self, **fault: Any) -> None:
        """Make the API misbehave (the parts of ``Fault``; ids as lists); without arguments it is well again."""
        await self._post("fail", fault)

    async def status(self) -> dict[str, Any]:
        """Counts, pending deliveries, webhooks, the latest burst."""
        return await self._get("status", {})

    async def journal(self, **filters: str | int) -> dict[str, Any]:
        """``summary``, ``entries``, ``last_answered``; by ``kind``, ``typename``, ``id``, ``limit``."""
        return await self._get("journal", filters)

    async def objects(self, typename: str) -> list[dict[str, Any]]:
        """``id``, ``version``, ``updated_at`` of each object of a type."""
        objects: list[dict[str, Any]] = (await self._get("objects", {"typename": typename}))["objects"]
        return objects

    async def _post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._answer("POST", name, json=body)

    async def _get(self, name: str, query: dict[str, str | int]) -> dict[str, Any]:
        return await self._answer("GET", name, params=query)

    async def _answer(self, method: str, name: str, **parts: Any) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("enter the client first: async with SandboxClient(url) as sandbox")
        async with self._session.request(method, f"{self.base_url}/sandbox/{name}", **parts) as answer:
            body: dict[str, Any] = await answer.json()
        if answer.status != 200:
            raise SandboxRefused(f"{name}: {body.get('error', answer.status)}")
        return body
