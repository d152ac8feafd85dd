"""The GraphQL endpoint over HTTP: who may ask, how often, what goes wrong on purpose, and the journal's line.

In this order: the key (401), the rate limits (429), the faults, the body (400), the document. Every answer is JSON with
``errors`` or ``data``; the journal's status is 0 where the connection was cut instead.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from marketplacer_callback.sandbox.asking import Asked, NotUnderstood, names_of, read_asked
from marketplacer_callback.sandbox.controls.routes import add_controls
from marketplacer_callback.sandbox.faults.cutting import halved, reset
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.journal import Call, WebhookCall
from marketplacer_callback.sandbox.keys import ApiKey
from marketplacer_callback.sandbox.querying.execute import webhook_fields

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["build_app"]

LARGEST_REQUEST: Final = 16 * 1024 * 1024
CUT: Final = 0
Json = dict[str, Any]
log = logging.getLogger("marketplacer_callback.sandbox")


def build_app(sandbox: Sandbox) -> web.Application:
    """``POST /graphql`` and the control endpoints."""

    async def graphql(request: web.Request) -> web.StreamResponse:
        return await _Exchange(sandbox, request).answer()

    async def drop_held(_app: web.Application) -> None:
        sandbox.faults.drop_held()

    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_post("/graphql", graphql)
    add_controls(app, sandbox)
    app.on_shutdown.append(drop_held)
    return app


class _Exchange:
    """One request and its answer."""

    def __init__(self, sandbox: Sandbox, request: web.Request) -> None:
        self.sandbox = sandbox
        self.http = request
        self.started = time.time()
        self.fault = Fault()
        self.operation = ""
        self.ids = 0
        self.retry_after: float | None = None

    async def answer(self) -> web.StreamResponse:
        try:
            status, answer = await self._outcome()
        except ConnectionError:  # the client left before its body had come
            return web.Response(status=400)
        except Exception:
            log.exception("sandbox.failed", extra={"fields": {"operation": self.operation}})
            status, answer = 500, _errors("the sandbox failed at this request; its log says where")
        messages = tuple(str(error.get("message")) for error in answer.get("errors") or ())
        ms = (time.time() - self.started) * 1000
        self.sandbox.journal.note(Call(self.started, self.operation, self.ids, ms, status, messages))
        if status == CUT:
            return reset(self.http)
        seconds = self.retry_after
        headers = {"Retry-After": _decimal(seconds)} if status >= 400 and seconds is not None else None
        response = web.Response(
            body=json.dumps(answer).encode(), status=status, content_type="application/json", headers=headers
        )
        return await halved(self.http, response) if self.fault.half else response

    async def _outcome(self) -> tuple[int, Json]:
        key = self.sandbox.keys.find(self.http.headers)
        label = None if isinstance(key, str) else self.sandbox.keys.label(key)
        if refused := self.sandbox.traffic.admit(self.http.remote or "", label):
            message, wait = refused
            self.retry_after = wait if self.sandbox.choices.retry_after else None
            return 429, _errors(message)
        try:
            body = await self.http.read()
        except web.HTTPRequestEntityTooLarge:
            return 413, _errors(f"the body is larger than {LARGEST_REQUEST} bytes")
        except RequestPayloadError:
            return 400, _errors("the body is not what its Content-Encoding says")
        if isinstance(key, str):
            return 401, _errors(key)
        asked: Asked | NotUnderstood
        try:
            asked = read_asked(body)
        except NotUnderstood as error:
            asked = error
        self.fault = self._fault(asked)
        self.retry_after = self.fault.retry_after
        return await self._faulty(key, asked)

    def _fault(self, asked: Asked | NotUnderstood) -> Fault:
        """The fault for this request, by what it asks for."""
        if isinstance(asked, NotUnderstood):
            return self.sandbox.faults.take()
        document, _ = self.sandbox.executor.document(asked.text)
        if document is None:
            return self.sandbox.faults.take(asked.operation or "")
        self.operation, roots = names_of(document, asked.operation)
        for field in webhook_fields(document):
            self.sandbox.journal.note(WebhookCall(self.started, field))
        return self.sandbox.faults.take(self.operation, roots)

    async def _faulty(self, key: ApiKey, asked: Asked | NotUnderstood) -> tuple[int, Json]:
        """The answer with what goes wrong around it."""
        fault, faults = self.fault, self.sandbox.faults
        delay = self.sandbox.latency_ms + fault.latency_ms
        if delay:
            await asyncio.sleep(delay / 1000)
        if fault.hold == "before" and not await faults.hold(fault, self.operation):
            return CUT, {}
        if fault.reset_at == "before":
            return CUT, {}
        status, answer = self._acted(key, asked)
        if fault.hold == "after" and not await faults.hold(fault, self.operation):
            return CUT, answer
        return (CUT if fault.reset_at else status), answer

    def _acted(self, key: ApiKey, asked: Asked | NotUnderstood) -> tuple[int, Json]:
        if self.fault.status is not None and self.fault.status != 200:
            return self.fault.status, _errors(f"the sandbox was told to answer {self.fault.status}")
        if isinstance(asked, NotUnderstood):
            return 400, _errors(str(asked))
        call = self.sandbox.request(key=key, fault=self.fault)
        try:
            answer = self.sandbox.executor.run(asked.text, asked.variables, asked.operation, call)
        finally:
            self.ids = call.ids
            self.sandbox.tell()
        if call.poisoned:
            return 500, _errors("the sandbox was told to fail for an object of this request")
        return 200, answer


def _decimal(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _errors(message: str) -> Json:
    return {"errors": [{"message": message}]}
