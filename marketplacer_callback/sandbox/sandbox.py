"""An emulated Marketplacer: a store behind a GraphQL endpoint, signed webhooks on every write, and a journal."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web

from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.data import seed as seeding
from marketplacer_callback.sandbox.data.fields import record_fields
from marketplacer_callback.sandbox.data.store import Store
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.faults.in_force import Faults
from marketplacer_callback.sandbox.faults.plan import Plan
from marketplacer_callback.sandbox.journal import Journal
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey, Keys, Role
from marketplacer_callback.sandbox.limits import DOCUMENTED, RateLimits, Traffic
from marketplacer_callback.sandbox.querying.execute import Executor
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.schema import emulated_schema
from marketplacer_callback.sandbox.server import build_app
from marketplacer_callback.sandbox.webhooks.burst import BurstReport, check_burst, run_burst
from marketplacer_callback.sandbox.webhooks.configured import Configured
from marketplacer_callback.sandbox.webhooks.model import Finished, Sent, known_event
from marketplacer_callback.sandbox.webhooks.retries import Retries
from marketplacer_callback.sandbox.webhooks.waiting import Waiting
from marketplacer_callback.sandbox.webhooks.webhooks import Webhooks

__all__ = ["Sandbox"]

WELL: Final = Fault()
log = logging.getLogger("marketplacer_callback.sandbox")
OWNED: Final = frozenset({"Advert", "RemittanceAdvice", "ShippingOption"})


class Sandbox:
    """An emulated Marketplacer on a real port; an async context manager.

    Every write (``change``, ``create``, ``destroy``) makes the object's version one higher, its ``updatedAt``
    strictly later, and, with ``webhook_url``, sends a signed webhook for each of the documented webhook types that it
    touched. The payload is the thin query's answer, ``__typename`` and ``id``, unless ``webhook_queries`` has a query
    for the type; ``legacy_format`` sends it as webhooks of before September 2021 do. ``retries`` says how much faster
    than the platform deliveries are tried again. Further webhooks are made by mutation, or by ``webhooks.create``.

    The API is guarded by ``api_key``, a key of ``role`` that may do what ``scopes`` say (``None``: everything), and by
    ``basic`` (``user:password``) if given; ``keys`` are further ones (``ValueError`` for a seller's key without such a
    seller). ``rate_limits`` are the documented ones, ``None``: no limits. ``faults`` is a plan of what goes wrong from
    the start. ``choices`` are for what the platform leaves undocumented.

    ``adverts`` with ``variants`` each, priced in ``currency``, are made up from ``seed``.

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
        legacy_format: bool = False,
        scopes: frozenset[str] | None = None,
        keys: Sequence[ApiKey] = (),
        rate_limits: RateLimits | None = DOCUMENTED,
        faults: Plan | None = None,
        choices: Choices | None = None,
        retries: Retries | None = None,
        adverts: int = 200,
        variants: int = 3,
        currency: str = "AUD",
        seed: int = 1,
        latency_ms: float = 0,
        schema: Path | None = None,
        journal_path: Path | None = None,
    ) -> None:
        self.role = role
        self.latency_ms = latency_ms
        self.executor = Executor(emulated_schema(schema))
        self.journal = Journal(journal_path)
        self.faults = Faults(seed=seed)
        self.choices = choices or Choices()
        self.keys = Keys([ApiKey(api_key, role, scopes=scopes), *keys], basic)
        self.traffic = Traffic(rate_limits)
        self._plan = faults or Plan()
        self._configured = Configured(webhook_url, secret, webhook_header, webhook_queries or {}, legacy_format)
        self._vertical, self._retries = vertical, retries or Retries()
        self._adverts, self._variants, self._currency, self._seed = adverts, variants, currency, seed
        self._host, self._port = host, port
        self._opened = AsyncExitStack()
        self._waiting = Waiting()
        self.store, self.webhooks = self._seeded()
        self.follow(self._plan)
        for key in self.keys.api_keys:
            if key.seller and self.store.living("Seller", key.seller) is None:
                raise ValueError(f"a key is for the seller {key.seller!r}, whom the sandbox does not have")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.journal.open()
            stack.callback(self.journal.close)
            runner = web.AppRunner(build_app(self), access_log=None, shutdown_timeout=1.0)
            stack.push_async_callback(runner.cleanup)
            await self.webhooks.open()
            stack.push_async_callback(self._close_webhooks)
            await runner.setup()
            await web.TCPSite(runner, self._host, self._port).start()
            self._port = runner.addresses[0][1]
            self._opened = stack.pop_all()
        log.info("sandbox.listening", extra={"fields": {"url": self.url}})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    @property
    def base_url(self) -> str:
        """Where the control endpoints are: ``<base_url>/sandbox/…``."""
        host = "127.0.0.1" if self._host in ("", "0.0.0.0") else self._host  # noqa: S104
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The GraphQL endpoint."""
        return f"{self.base_url}/graphql"

    @property
    def own_seller(self) -> str | None:
        """The id of the seller whose key and webhooks it has with role ``seller``: the first one."""
        return str(self.store.all("Seller", deleted=True)[0]["id"]) if self.role == "seller" else None

    def request(self, *, key: ApiKey = OPERATOR, fault: Fault | None = None) -> Request:
        """What a document needs to be executed, as if ``key`` had been sent with it."""
        return Request(self.store, key, self.choices, self.webhooks, fault or WELL)

    def change(self, typename: str, id: str | None = None, **fields: Any) -> str:
        """Write to an object, or make a new one without ``id``; returns its id.

        A field that refers to another object takes that object's id. Without fields the write changes one that is
        typical for the type. ``KeyError`` for an unknown object, ``ValueError`` for a type or a field that the schema
        does not have.
        """
        if id is None:
            return self.create(typename, **fields)
        seeding.write(self.store, typename, id, fields)
        self.tell()
        return id

    def create(self, typename: str, **fields: Any) -> str:
        """A new object, made up with everything that belongs to it; returns its id. ``Order`` also makes its
        invoices. With role ``seller`` an advert, a remittance advice or a shipping option is that seller's unless
        ``fields`` say whose.
        """
        if self.own_seller is not None and typename in OWNED:
            fields = {"seller": self.own_seller, **fields}
        record = seeding.new(self.store, typename, record_fields(self.store, typename, fields))
        self.tell()
        return str(record["id"])

    def destroy(self, typename: str, id: str) -> None:
        """Delete an object. ``KeyError`` if there is no such object."""
        self.store.destroy(typename, id)
        self.tell()

    async def deliver(self, typename: str, id: str, event_name: str = "update") -> Sent:
        """Send one signed delivery about an object, without a write, and wait until it is answered 2xx or given up
        on. ``KeyError`` for an unknown object, ``ValueError`` for an event that there is not.
        """
        written = self.store.state(typename, id, known_event(event_name))
        sent = await self._waiting.sent(lambda finished: self.webhooks.announce(written, finished))
        if sent is None:
            raise RuntimeError(f"no webhook is told of a {typename}'s {event_name}: give the sandbox a webhook_url")
        return sent

    async def burst(
        self, *, count: int, typename: str = "Advert", objects: int = 200, concurrency: int = 100
    ) -> BurstReport:
        """``count`` updates spread over ``objects`` objects, each a write and a delivery; waits until all have ended.

        Each object gets about as many as the others, in an order by the seed. At most ``concurrency`` (1 to 200, as on
        the platform) deliveries of the type are under way, and a write is not made before its delivery can soon leave.
        Objects that follow the type tell of their own change too: ``drained`` waits for those.
        """
        check_burst(count=count, objects=objects, concurrency=concurrency)
        ids = [str(record["id"]) for record in self.store.all(typename)[:objects]]
        for webhook in self.webhooks.all(typename):
            self.webhooks.update(webhook, concurrency=concurrency)

        def write(id_: str, finished: Finished) -> bool:
            seeding.write(self.store, typename, id_, {})
            return self.tell(finished)

        return await run_burst(typename, ids, count=count, concurrency=concurrency, seed=self.store.seed, write=write)

    def tell(self, finished: Finished | None = None) -> bool:
        """Tell of what was written since the last time; whether a webhook was for any of it.

        ``finished`` is for the first event alone: that of the write that was asked for, or of what follows it.
        """
        return self.webhooks.tell(self.store.drain(), finished)

    async def drained(self) -> None:
        """Wait until every delivery is answered 2xx or given up on."""
        await self.webhooks.drained()

    def follow(self, plan: Plan) -> None:
        """Replace what goes wrong by a plan, with fresh counters; by ``Plan()``: everything is well."""
        self.faults.replace(plan.faults, seed=self._seed if plan.seed is None else plan.seed)
        self.webhooks.disturb(*plan.deliveries)

    async def reset(self) -> None:
        """The start again: the seeded objects with their ids, an empty journal, the first plan, the first webhooks.
        Only the ids of events and the sequence go on: a receiver takes an event whose id it knows for one of before.

        Deliveries under way are dropped, and so are requests that are held; other requests in flight then act on the
        fresh objects. Whoever waits in ``deliver`` gets a ``ValueError``; cancel a ``burst`` before. Only for a sandbox
        that was entered.
        """
        self.faults.drop_held()
        self._waiting.give_up("the sandbox was reset before the delivery had ended")
        before = self.webhooks
        self.store, self.webhooks = self._seeded()
        self.webhooks.number_from(before.next_event)
        self.journal.clear()
        self.follow(self._plan)
        self.traffic = Traffic(self.traffic.limits)
        await self.webhooks.open()
        await before.close()

    def _seeded(self) -> tuple[Store, Webhooks]:
        store = Store(self.executor.schema, seed=self._seed, currency=self._currency, follows=self.choices.follows)
        seeding.populate(store, self._adverts, variants=self._variants)
        webhooks = Webhooks(self.executor, self.request, self.journal, self._retries, self._vertical)
        self._configured.apply(webhooks, self.executor.schema)
        if self.role == "seller":
            for webhook in webhooks.all():
                webhook.seller = str(store.all("Seller")[0]["id"])
        return store, webhooks

    async def _close_webhooks(self) -> None:
        self._waiting.give_up("the sandbox was stopped before the delivery had ended")
        await self.webhooks.close()
