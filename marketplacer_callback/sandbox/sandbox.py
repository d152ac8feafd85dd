"""An emulated Marketplacer: a store behind a GraphQL endpoint, signed webhooks on every write, and a journal."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from aiohttp import web
from graphql import GraphQLObjectType, get_named_type, is_composite_type

from marketplacer_callback.sandbox import seed as seeding
from marketplacer_callback.sandbox.execute import Executor, emulated_schema
from marketplacer_callback.sandbox.faults import Faults
from marketplacer_callback.sandbox.journal import Journal
from marketplacer_callback.sandbox.resolvers import Request, Role
from marketplacer_callback.sandbox.server import Keys, build_app
from marketplacer_callback.sandbox.store import Record, Store, Written
from marketplacer_callback.sandbox.webhooks import Finished, Retries, Sent, Subscription, Webhooks
from marketplacer_callback.typenames import WEBHOOK_TYPES

__all__ = ["BurstReport", "Sandbox", "run_sandbox"]

OWN_FIELDS: Final = frozenset({"id", "legacyId", "createdAt", "updatedAt", "__typename"})
log = logging.getLogger("marketplacer_callback.sandbox")


@dataclass(frozen=True, slots=True)
class BurstReport:
    """What a burst did: ``count`` writes on ``objects`` objects; ``delivered`` and ``failed`` events; ``ids`` of the
    objects.
    """

    typename: str
    count: int
    objects: int
    delivered: int
    failed: int
    seconds: float
    ids: tuple[str, ...]


class Sandbox:
    """An emulated Marketplacer on a real port; an async context manager.

    Every write (``change``, ``create``, ``destroy``) makes the object's version one higher, its ``updatedAt``
    strictly later, and, with ``webhook_url``, sends a signed webhook for each of the documented webhook types that it
    touched. The payload is the thin query's answer, ``__typename`` and ``id``, unless ``webhook_queries`` has a query
    for the type. The API is guarded by ``api_key``, and by ``basic`` (``user:password``) if given. ``destroy_node``:
    what a destroy delivers as its node, since the platform does not document it: the object's ``Deleted…`` twin (null
    for a type that has none), or null.

    ``schema``: an SDL file instead of the bundled subset. ``port=0``: a free port; read ``url`` after entering.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "sandbox-key",
        basic: str | None = None,
        vertical: str = "sandbox",
        role: Role = "operator",
        webhook_url: str | None = None,
        secret: str | None = "sandbox-secret",  # noqa: S107 - a sandbox's
        webhook_header: tuple[str, str] | None = None,
        webhook_queries: Mapping[str, str] | None = None,
        destroy_node: Literal["twin", "null"] = "twin",
        retries: Retries | None = None,
        adverts: int = 200,
        seed: int = 1,
        latency_ms: float = 0,
        schema: Path | None = None,
        journal_path: Path | None = None,
    ) -> None:
        self.role = role
        self.latency_ms = latency_ms
        self.executor = Executor(emulated_schema(schema))
        self.store = Store(self.executor.schema, seed=seed)
        self.journal = Journal(journal_path)
        self.faults = Faults()
        self.keys = Keys(api_key, basic)
        subscription = Subscription(webhook_url, vertical, secret, webhook_header) if webhook_url else None
        self.webhooks = Webhooks(subscription, self.journal, retries or Retries())
        self._queries = dict(webhook_queries or {})
        self._destroy_node = destroy_node
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        seeding.populate(self.store, adverts)

    async def __aenter__(self) -> Self:
        self.journal.open()
        await self.webhooks.open()
        self._runner = web.AppRunner(build_app(self), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        log.info("sandbox.listening", extra={"fields": {"url": self.url}})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhooks.close()
        if self._runner:
            await self._runner.cleanup()
        self.journal.close()

    @property
    def base_url(self) -> str:
        """Where the control endpoints are: ``<base_url>/sandbox/…``."""
        return f"http://{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """The GraphQL endpoint."""
        return f"{self.base_url}/graphql"

    def change(self, typename: str, id: str | None = None, **fields: Any) -> str:  # noqa: A002
        """Write to an object, or make a new one without ``id``; returns its id.

        A field that refers to another object takes that object's id. Without fields the write changes one that is
        typical for the type. ``KeyError`` for an unknown object, ``ValueError`` for a type or a field that the schema
        does not have.
        """
        if id is None:
            return self.create(typename, **fields)
        self._write(typename, id, fields)
        self._announce_writes()
        return id

    def create(self, typename: str, **fields: Any) -> str:
        """A new object, made up with everything that belongs to it; returns its id. ``Order`` also makes its
        invoices.
        """
        record = seeding.new(self.store, typename, self._resolved(typename, fields))
        self._announce_writes()
        return str(record["id"])

    def destroy(self, typename: str, id: str) -> None:  # noqa: A002
        """Delete an object. ``KeyError`` if there is no such object."""
        self.store.destroy(typename, id)
        self._announce_writes()

    async def deliver(self, typename: str, id: str, event_name: str = "update") -> Sent:  # noqa: A002
        """Send one signed delivery about an object, without a write, and wait until it is answered 2xx or given up
        on.
        """
        done: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

        def finished(sent: Sent) -> None:
            if not done.cancelled():
                done.set_result(sent)

        self._announce(self.store.state(typename, id, event_name), finished)
        return await done

    async def burst(
        self, *, count: int, typename: str = "Advert", objects: int = 200, concurrency: int = 100
    ) -> BurstReport:
        """``count`` updates spread over ``objects`` objects, each a write and a delivery; returns when all have
        ended.

        Each object gets at least one (if ``count`` allows), in an order by the seed. At most ``concurrency``
        deliveries of the type are under way, and a write is not made before its delivery can soon leave.
        """
        ids = [str(record["id"]) for record in self.store.all(typename)[:objects]]
        if not ids:
            raise KeyError(f"the sandbox has no {typename}")
        self.webhooks.webhook(typename).concurrency = concurrency
        room = asyncio.Semaphore(2 * concurrency)
        ended: list[Sent] = []

        def finished(sent: Sent) -> None:
            ended.append(sent)
            room.release()

        rng = random.Random(self.store.seed)  # noqa: S311
        order = (ids * (count // len(ids) + 1))[: max(count, 0)]
        rng.shuffle(order)
        start = time.monotonic()
        for id_ in order:
            await room.acquire()
            self._write(typename, id_, {})
            self._announce_writes(finished)
        for _ in range(2 * concurrency):
            await room.acquire()
        delivered = sum(sent.outcome == "delivered" for sent in ended)
        seconds = time.monotonic() - start
        return BurstReport(
            typename, len(order), len(set(order)), delivered, len(ended) - delivered, seconds, tuple(ids)
        )

    async def drained(self) -> None:
        """Wait until every delivery is answered 2xx or given up on."""
        await self.webhooks.drained()

    def _write(self, typename: str, id_: str, fields: Record) -> None:
        record = self.store.get(id_)
        values = self._resolved(typename, fields)
        if not fields and record is not None:
            values = seeding.stir(record, self.store.version(typename, id_) + 1)
        self.store.change(typename, id_, **values)

    def _announce_writes(self, finished: Finished | None = None) -> None:
        """Tell of what was written since the last time. ``finished`` is for the first event alone: the write that was
        asked for.
        """
        for written in self.store.drain():
            if self.webhooks.subscription is not None and written.typename in WEBHOOK_TYPES:
                self._announce(written, finished)
                finished = None

    def _announce(self, written: Written, finished: Finished | None) -> None:
        self.webhooks.announce(written, self._payload(written), finished)

    def _payload(self, written: Written) -> Record:
        if query := self._queries.get(written.typename):
            request = Request(self.store, self.role)
            answer = self.executor.run(query, {"id": written.id}, None, request)
            return {"errors": answer["errors"]} if answer.get("errors") else answer
        if written.event_name != "destroy":
            return {"data": {"node": {"__typename": written.typename, "id": written.id}}}
        twin = self.store.read(written.id) if self._destroy_node == "twin" else None
        return {"data": {"node": twin and {"__typename": twin["__typename"], "id": twin["id"]}}}

    def _resolved(self, typename: str, fields: Record) -> Record:
        """The fields as a record holds them: ids of referred objects become those objects."""
        type_ = self.store.schema.type_map.get(typename)
        if not isinstance(type_, GraphQLObjectType):
            raise ValueError(f"the schema has no type {typename!r}")
        values: Record = {}
        for name, value in fields.items():
            if name not in type_.fields or name in OWN_FIELDS:
                raise ValueError(f"{typename}.{name} cannot be set: not a field of the type, or the sandbox's own")
            if is_composite_type(get_named_type(type_.fields[name].type)):
                value = [self._record(one) for one in value] if isinstance(value, list) else self._record(value)
            values[name] = value
        return values

    def _record(self, value: Any) -> Any:
        record = self.store.get(value) if isinstance(value, str) else value
        if record is None and value is not None:
            raise KeyError(f"the sandbox has no object {value!r}")
        return record


async def run_sandbox(*, stop: asyncio.Event, ready: Callable[[Sandbox], None] | None = None, **settings: Any) -> None:
    """A sandbox until ``stop`` is set. ``settings`` are ``Sandbox``'s; ``ready`` gets it once its port is bound."""
    async with Sandbox(**settings) as sandbox:
        if ready:
            ready(sandbox)
        await stop.wait()
