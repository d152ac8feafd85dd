"""The GraphQL endpoint over HTTP: who may ask, what goes wrong on purpose, and the journal's line."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from marketplacer_callback.sandbox.control import add_controls
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.journal import Call, WebhookCall
from marketplacer_callback.sandbox.querying.execute import webhook_fields

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["build_app"]

LARGEST_REQUEST: Final = 16 * 1024 * 1024


def build_app(sandbox: Sandbox) -> web.Application:
    """``POST /graphql`` and the control endpoints."""

    async def graphql(request: web.Request) -> web.Response:
        return await _Exchange(sandbox, request).answer()

    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_post("/graphql", graphql)
    add_controls(app, sandbox)
    return app


class _Exchange:
    """One request and its answer."""

    def __init__(self, sandbox: Sandbox, request: web.Request) -> None:
        self.sandbox = sandbox
        self.http = request
        self.started = time.time()
        self.fault = sandbox.faults.take()
        self.call = sandbox.request(fault=self.fault)
        self.operation = ""

    async def answer(self) -> web.Response:
        delay = self.sandbox.latency_ms + self.fault.latency_ms
        if delay:
            await asyncio.sleep(delay / 1000)
        status, answer = await self._outcome(self.fault)
        messages = tuple(str(error.get("message")) for error in answer.get("errors") or ())
        ms = (time.time() - self.started) * 1000
        self.sandbox.journal.note(Call(self.started, self.operation, self.call.ids, ms, status, messages))
        retry_after = self.fault.retry_after
        headers = {"Retry-After": f"{retry_after:g}"} if status >= 400 and retry_after is not None else None
        return web.Response(
            body=json.dumps(answer).encode(), status=status, content_type="application/json", headers=headers
        )

    async def _outcome(self, fault: Fault) -> tuple[int, dict[str, Any]]:
        key = self.sandbox.keys.find(self.http.headers)
        if isinstance(key, str):
            return 401, _errors(key)
        self.call.key = key
        body = await self.http.read()
        if fault.status is not None and fault.status != 200:
            return fault.status, _errors(f"the sandbox was told to answer {fault.status}")
        try:
            asked = json.loads(body)
            text, variables, name = asked["query"], asked.get("variables"), asked.get("operationName")
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400, _errors("the body must be a JSON object with query, variables and operationName")
        if not isinstance(text, str) or not isinstance(variables, dict | None):
            return 400, _errors("query must be a string and variables an object")
        answer = self._executed(text, variables, name)
        if self.call.poisoned:
            return 500, _errors("the sandbox was told to fail for an object of this request")
        return 200, answer

    def _executed(self, text: str, variables: dict[str, Any] | None, name: str | None) -> dict[str, Any]:
        document, _ = self.sandbox.executor.document(text)
        if document is not None:
            self.operation = name or _only_name(document)
            for field in webhook_fields(document):
                self.sandbox.journal.note(WebhookCall(self.started, field))
        answer = self.sandbox.executor.run(text, variables, name, self.call)
        self.sandbox.tell()
        return answer


def _only_name(document: Any) -> str:
    names = [node.name.value for node in document.definitions if node.kind == "operation_definition" and node.name]
    return names[0] if len(names) == 1 else ""


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}
