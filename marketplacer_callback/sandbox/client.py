"""The sandbox's controls, from another process."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

__all__ = ["SandboxClient", "SandboxRefused"]


class SandboxRefused(Exception):
    """The sandbox could not do what was asked; the message is its own."""


class SandboxClient:
    """Controls a running sandbox; an async context manager. Each method is an endpoint of ``controls``, and answers
    its JSON. ``SandboxRefused`` for what the sandbox cannot do.
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
        return str((await self._post("create", {"typename": typename, "fields": fields}))["id"])

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

    async def story(self, name: str, *, wait_s: float = 5.0) -> dict[str, Any]:
        """Tell a story; ``complete`` and ``steps``, each with its object and how its deliveries were answered within
        ``wait_s``.
        """
        return await self._post("story", {"name": name, "wait": wait_s})

    async def trigger(
        self, typename: str, event_name: str = "update", id: str | None = None, *, wait_s: float = 5.0
    ) -> dict[str, Any]:
        """Create, update or destroy an object, one that is there unless ``id`` says which; its ``id``, and how its
        deliveries were answered within ``wait_s``.
        """
        asked = {"typename": typename, "event_name": event_name, "wait": wait_s}
        return await self._post("trigger", asked if id is None else {**asked, "id": id})

    async def fail(self, **fault: Any) -> None:
        """Make the API misbehave (the parts of ``Fault``; ids as lists); without arguments it is well again."""
        await self._post("fail", fault)

    async def disturb(self, **disturbance: Any) -> None:
        """Make deliveries misbehave (the parts of ``Disturbance``); without arguments they are well again."""
        await self._post("disturb", disturbance)

    async def webhooks(self, typename: str | None = None) -> list[dict[str, Any]]:
        """The webhooks, or those of a type: ``id``, ``typename``, ``url``, ``enabled``, ``concurrency`` and more."""
        query: dict[str, str | int] = {} if typename is None else {"typename": typename}
        webhooks: list[dict[str, Any]] = (await self._get("webhooks", query))["webhooks"]
        return webhooks

    async def configure(self, *, typename: str | None = None, id: str | None = None, **settings: Any) -> None:
        """Set ``url``, ``enabled`` or ``concurrency`` of the webhook with that id, of those of a type, or of all."""
        which = {name: value for name, value in (("typename", typename), ("id", id)) if value is not None}
        await self._post("webhooks", which | settings)

    async def deliveries(self, limit: int = 100) -> list[dict[str, Any]]:
        """The events that changed last, the latest first, with what each receiver answered to each try."""
        deliveries: list[dict[str, Any]] = (await self._get("deliveries", {"limit": limit}))["deliveries"]
        return deliveries

    async def faults(self) -> list[dict[str, Any]]:
        """What is in force: each fault with the requests that it has ``seen``, ``hit``, and has ``left``."""
        faults: list[dict[str, Any]] = (await self._get("faults", {}))["faults"]
        return faults

    async def disturbances(self) -> list[dict[str, Any]]:
        """What makes deliveries misbehave: each disturbance with the deliveries that it has ``left``."""
        disturbances: list[dict[str, Any]] = (await self._get("faults", {}))["deliveries"]
        return disturbances

    async def follow(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        """Replace all that goes wrong by a plan: ``fault`` and ``delivery``, lists of tables, and ``seed``."""
        return await self._post("faults", dict(plan))

    async def mend(self) -> None:
        """Nothing goes wrong any more; requests that are held stay so."""
        await self._answer("DELETE", "faults")

    async def held(self, name: str | None = None) -> list[dict[str, Any]]:
        """The requests that are held, oldest first: ``id``, ``name``, ``operation``, ``where``, ``since``."""
        return await self._held(name, 0, 0)

    async def until_held(
        self, name: str | None = None, count: int = 1, *, timeout_s: float = 30.0
    ) -> list[dict[str, Any]]:
        """Wait until at least ``count`` requests are held; ``TimeoutError`` if they are not within ``timeout_s``."""
        held = await self._held(name, count, timeout_s)
        if len(held) < count:
            raise TimeoutError(f"the sandbox holds {len(held)} requests after {timeout_s:g} s, not {count}")
        return held

    async def release(self, which: str | int | None = None) -> int:
        """Let the held requests of a name, the one with a number, or all go on; how many."""
        body = {} if which is None else {"id" if isinstance(which, int) else "name": which}
        return int((await self._post("release", body))["released"])

    async def reset(self) -> dict[str, Any]:
        """Back to the seeded state: the same ids, an empty journal, no deliveries, faults as at the start."""
        return await self._post("reset", {})

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

    async def _held(self, name: str | None, until: int, timeout_s: float) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {"until": until, "timeout": f"{timeout_s:g}"}
        held: list[dict[str, Any]] = (await self._get("held", query if name is None else {**query, "name": name}))[
            "held"
        ]
        return held

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
