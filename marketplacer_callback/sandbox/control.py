"""``/sandbox/…``: the controls, for other processes. JSON in and out; a mistake is a 400 or 404 with ``error``.

``POST``, the body's keys (``?``: may be left out), and what is answered:

- ``change``: ``typename``, ``id?``, ``fields?`` → ``id``, ``version``, ``updated_at``; without ``id`` an object is made
- ``destroy``: ``typename``, ``id`` → the same
- ``deliver``: ``typename``, ``id``, ``event_name?`` → ``event_id``, ``attempts``, ``status``, ``outcome`` once it ended
- ``burst``: ``count``, ``typename?``, ``objects?``, ``concurrency?``, ``wait?`` → its report when all has ended; with
  ``"wait": false`` at once, and ``status`` shows the progress and then the report
- ``fail``: the parts of a ``Fault``; ``{}`` makes all well again

``GET``, with a query string:

- ``status``: url, role, counts, pending deliveries, webhooks, the latest burst
- ``journal``: ``kind``, ``typename``, ``id``, ``limit`` → ``summary``, ``entries``, ``last_answered``
- ``objects``: ``typename`` → ``objects``: id, version, updated_at; without a type the counts by type
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from aiohttp import web

from marketplacer_callback.sandbox.faults.fault import Fault

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["add_controls"]

Action = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def add_controls(app: web.Application, sandbox: Sandbox) -> None:
    """Add the controls to the server's application."""
    controls = _Controls(sandbox)
    posts = (controls.change, controls.destroy, controls.deliver, controls.burst, controls.fail)
    gets = (controls.status, controls.journal, controls.objects)
    app.add_routes([web.post(f"/sandbox/{action.__name__}", _handler(action, _json)) for action in posts])
    app.add_routes([web.get(f"/sandbox/{action.__name__}", _handler(action, _query)) for action in gets])
    app.on_shutdown.append(controls.close)


class _Controls:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._burst: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    async def close(self, _app: web.Application) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def change(self, body: dict[str, Any]) -> dict[str, Any]:
        typename = _required(body, "typename")
        return self._state(typename, self.sandbox.change(typename, body.get("id"), **body.get("fields") or {}))

    async def destroy(self, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.destroy(_required(body, "typename"), _required(body, "id"))
        return self._state(_required(body, "typename"), _required(body, "id"))

    async def deliver(self, body: dict[str, Any]) -> dict[str, Any]:
        self._need_webhook()
        sent = await self.sandbox.deliver(
            _required(body, "typename"), _required(body, "id"), body.get("event_name", "update")
        )
        return {"event_id": sent.event_id, "attempts": sent.attempts, "status": sent.status, "outcome": sent.outcome}

    async def burst(self, body: dict[str, Any]) -> dict[str, Any]:
        self._need_webhook()
        if self._task and not self._task.done():
            raise ValueError("a burst is under way")
        wait = body.pop("wait", True)
        self._burst = {"running": True, "count": _required(body, "count"), "from": self.sandbox.journal.deliveries}
        self._task = asyncio.create_task(self._run_burst(body))
        if wait:
            await asyncio.shield(self._task)
        if error := self._burst.get("error"):
            raise ValueError(error)
        return self._progress()

    async def fail(self, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.faults.set(Fault.parse(body))
        return {}

    async def status(self, _query: dict[str, Any]) -> dict[str, Any]:
        webhooks = self.sandbox.webhooks
        return {
            "url": self.sandbox.url,
            "role": self.sandbox.role,
            "objects": self.sandbox.store.typenames(),
            "journal": self.sandbox.journal.summary(),
            "pending": webhooks.pending,
            "webhooks": [
                {"typename": one.typename, "enabled": one.enabled, "concurrency": one.concurrency}
                for one in webhooks.all()
            ],
            "burst": self._progress() if self._burst else None,
        }

    async def journal(self, query: dict[str, Any]) -> dict[str, Any]:
        journal = self.sandbox.journal
        limit = int(query.pop("limit", 1000))
        answered = [
            {"typename": typename, "id": id_, "version": version, "updated_at": at}
            for (typename, id_), (version, at) in journal.last_answered().items()
            if query.get("typename") in (None, typename) and query.get("id") in (None, id_)
        ]
        return {
            "summary": journal.summary(),
            "entries": journal.select(limit=limit, **query),
            "last_answered": answered,
        }

    async def objects(self, query: dict[str, Any]) -> dict[str, Any]:
        store = self.sandbox.store
        if "typename" not in query:
            return {"types": store.typenames()}
        typename = query["typename"]
        return {"objects": [self._state(typename, record["id"]) for record in store.all(typename)]}

    async def _run_burst(self, body: dict[str, Any]) -> None:
        try:
            report = asdict(await self.sandbox.burst(**body))
        except (LookupError, TypeError, ValueError) as error:
            self._burst |= {"running": False, "error": str(error.args[0])}
        else:
            self._burst |= {"running": False, **report}

    def _progress(self) -> dict[str, Any]:
        progress = {name: value for name, value in self._burst.items() if name != "from"}
        if self._burst["running"]:
            progress["delivered"] = self.sandbox.journal.deliveries - self._burst["from"]
        return progress

    def _state(self, typename: str, id_: str) -> dict[str, Any]:
        state = self.sandbox.store.state(typename, id_)
        return {"id": id_, "version": state.version, "updated_at": state.updated_at}

    def _need_webhook(self) -> None:
        if self.sandbox.webhooks.subscription is None:
            raise ValueError("no webhook URL was given to the sandbox")


def _handler(
    action: Action, read: Callable[[web.Request], Awaitable[dict[str, Any]]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await action(await read(request)))
        except LookupError as error:
            missing = error.args[0] if error.args else ""
            return web.json_response({"error": str(missing)}, status=404)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


def _required(body: dict[str, Any], name: str) -> Any:
    if name not in body:
        raise ValueError(f"{name!r} is missing")
    return body[name]


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json() if await request.read() else {}
    except JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


async def _query(request: web.Request) -> dict[str, Any]:
    return dict(request.query)
