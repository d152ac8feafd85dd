"""The GraphQL endpoint over HTTP: who may ask, what goes wrong on purpose, and the journal's line."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from marketplacer_callback.sandbox.control import add_controls
from marketplacer_callback.sandbox.execute import webhook_fields
from marketplacer_callback.sandbox.faults import Fault
from marketplacer_callback.sandbox.journal import Call, WebhookCall
from marketplacer_callback.sandbox.resolvers import Request

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["Keys", "build_app"]

LARGEST_REQUEST: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the API: the key, and user:password of a site that Basic auth guards."""

    api_key: str
    basic: str | None

    def __repr__(self) -> str:
        return "Keys(…)"

    def refusal(self, headers: Any) -> str | None:
        """The platform's text of a 401, or ``None`` if the request may pass.

        Where Basic auth guards the site, ``Authorization`` is taken and the key must be in ``MARKETPLACER-API-KEY``.
        """
        authorization = headers.get("Authorization", "")
        key = headers.get("MARKETPLACER-API-KEY", "")
        if self.basic is not None:
            wanted = base64.b64encode(self.basic.encode()).decode()
            if not _same(authorization, f"Basic {wanted}"):
                return "Unauthorized"
        elif not key:
            key = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
        return None if _same(key, self.api_key) else "API Token has expired"


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
        self.call = Request(sandbox.store, sandbox.role, self.fault)
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
        refusal = self.sandbox.keys.refusal(self.http.headers)
        if refusal:
            return 401, _errors(refusal)
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
        return self.sandbox.executor.run(text, variables, name, self.call)


def _only_name(document: Any) -> str:
    names = [node.name.value for node in document.definitions if node.kind == "operation_definition" and node.name]
    return names[0] if len(names) == 1 else ""


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
