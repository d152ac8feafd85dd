"""Putting the rooms together: from settings and handlers to receivers and workers that run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakSet

from marketplacer_callback.delivery import Credentials
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.routing import Table, unreachable_warning
from marketplacer_callback.settings import InstanceSettings, Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from marketplacer_callback.api import ApiClient
    from marketplacer_callback.documents import Checked, Role, Schema
    from marketplacer_callback.inbox import Inbox
    from marketplacer_callback.receiver import Receiver
    from marketplacer_callback.runtime.calling import Caller
    from marketplacer_callback.runtime.policy import LanePolicy
    from marketplacer_callback.runtime.publisher import Publisher
    from marketplacer_callback.runtime.service import WorkerService
    from marketplacer_callback.sinks import Sink

__all__ = [
    "api_client",
    "check_documents",
    "inbox_of",
    "opened_inboxes",
    "opened_receiver",
    "opened_workers",
    "problems_of_documents",
    "schema_of",
]

logger = logging.getLogger("marketplacer_callback.wiring")

_WARNED: WeakSet[Table] = WeakSet()


def inbox_of(settings: Settings, instance: str, redis: Redis) -> Inbox:
    """The inbox of one instance, as the settings want it. Opens nothing."""
    from marketplacer_callback.inbox import Inbox

    return Inbox(
        redis,
        instance=instance,
        app=settings.redis.app,
        durability=settings.redis.durability,
        max_backlog=settings.redis.max_backlog,
        cooldown_ms={name: _ms(lane.cooldown) for name, lane in settings.lanes.items()},
        keep_digests_ms=_ms(settings.keep.digests),
        keep_dead_ms=_ms(settings.keep.dead_letters),
    )


def api_client(settings: Settings, instance: str, redis: Redis | None = None) -> ApiClient:
    """The client of one instance's API; with ``redis`` it shares the budget and the brake of the whole fleet."""
    from marketplacer_callback.api import ApiAuth, ApiClient, Limiter
    from marketplacer_callback.inbox import Keys

    one = settings.instances[instance]
    if one.url is None or one.api_key is None:
        raise ConfigurationError(*settings.problems_for_worker())
    limiter = None
    if redis is not None:
        limiter = Limiter(
            redis,
            prefix=Keys.of(instance).prefix,  # the platform counts a key's requests, whatever code base sends them
            requests_per_10s=one.requests_per_10s,
            reserves={name: lane.reserve for name, lane in settings.lanes.items()},
        )
    auth = ApiAuth(one.api_key.get_secret_value(), one.basic_auth.get_secret_value() if one.basic_auth else None)
    return ApiClient(one.url, auth, limiter=limiter)


def schema_of(settings: Settings) -> Schema:
    """The integrator's own schema (``schema.graphqls`` beside ``queries``) if it is there, else the bundled subset."""
    from marketplacer_callback.documents import load_schema

    return load_schema(settings.schema_file if settings.schema_file.is_file() else None)


def check_documents(settings: Settings, schema: Schema | None = None) -> Mapping[Role, Checked]:
    """The checked documents of each role that an instance has."""
    from marketplacer_callback.documents import check

    used = schema if schema is not None else schema_of(settings)
    roles = sorted({instance.role for instance in settings.instances.values()})
    return {role: check(settings.queries, role=role, schema=used) for role in roles}


def problems_of_documents(settings: Settings, table: Table, checked: Mapping[Role, Checked]) -> list[str]:
    """What is wrong with the documents, for the handlers of ``table`` and every role that an instance has."""
    from marketplacer_callback.needs import document_problems

    found = (document_problems(settings.queries, role, table, one) for role, one in checked.items())
    return list(dict.fromkeys(problem for problems in found for problem in problems))


@contextlib.asynccontextmanager
async def opened_inboxes(settings: Settings) -> AsyncIterator[dict[str, Inbox]]:
    """The inboxes of all instances over one Redis client. Raises ``ConfigurationError`` if no Redis is configured."""
    from marketplacer_callback.inbox import connect

    if settings.redis.url is None:
        raise ConfigurationError(
            'redis.url: not set; give it in [redis] (url = "env:REDIS_URL") or as MARKETPLACER_REDIS_URL'
        )
    redis = connect(settings.redis.url.get_secret_value())
    try:
        yield {name: inbox_of(settings, name, redis) for name in settings.instances}
    finally:
        await redis.aclose()


@contextlib.asynccontextmanager
async def opened_receiver(settings: Settings, table: Table) -> AsyncIterator[Receiver]:
    """A receiver whose inboxes were probed: it does not start unless Redis gives the durability that is asked for."""
    from marketplacer_callback.receiver import Door, Receiver
    from marketplacer_callback.registering import keep_registered, register

    if problems := settings.problems_for_receiver():
        raise ConfigurationError(*problems)
    _warn(table)
    async with opened_inboxes(settings) as inboxes:
        for inbox in inboxes.values():
            await inbox.probe()
        await register(inboxes.values(), table)
        doors = [Door(name, _credentials(settings.instances[name]), inbox) for name, inbox in inboxes.items()]
        receiver = Receiver(
            doors, bad_signature=settings.receiver.bad_signature, max_body_bytes=settings.receiver.max_body
        )
        timer = asyncio.create_task(keep_registered(inboxes.values(), table))
        try:
            yield receiver
        finally:
            timer.cancel()
            await receiver.close()


@contextlib.asynccontextmanager
async def opened_workers(
    settings: Settings,
    table: Table,
    *,
    sinks: Mapping[str, Sink] | None = None,
    calling: Callable[[Publisher], Caller] | None = None,
) -> AsyncIterator[WorkerService]:
    """The workers of all instances, not yet running. Raises ``ConfigurationError`` with every problem of the
    documents.

    ``sinks`` instead of those of the settings, and ``calling`` instead of ``Caller``: for tests that look at both.
    """
    from marketplacer_callback.runtime.calling import Caller
    from marketplacer_callback.runtime.instance import InstanceWorker
    from marketplacer_callback.runtime.live import LiveDocuments
    from marketplacer_callback.runtime.publisher import Publisher
    from marketplacer_callback.runtime.service import WorkerService
    from marketplacer_callback.sinks import build_sinks

    schema = schema_of(settings)
    checked = check_documents(settings, schema)
    if problems := [*settings.problems_for_worker(), *problems_of_documents(settings, table, checked)]:
        raise ConfigurationError(*problems)
    _warn(table)
    for warning in settings.warnings():
        logger.warning("settings.unwise", extra={"fields": {"warning": warning}})
    async with contextlib.AsyncExitStack() as stack:
        inboxes = await stack.enter_async_context(opened_inboxes(settings))
        publisher = Publisher(build_sinks(settings) if sinks is None else sinks)
        await publisher.open()
        stack.push_async_callback(publisher.close)
        caller = (calling or Caller)(publisher)
        stack.callback(caller.close)
        workers = []
        for name, inbox in inboxes.items():
            role = settings.instances[name].role
            await inbox.probe()
            client = await stack.enter_async_context(api_client(settings, name, inbox.redis))
            documents = LiveDocuments(settings.queries, role, schema, checked[role])
            workers.append(InstanceWorker(inbox, client, table, documents, caller, _policies(settings)))
        yield WorkerService(workers, settings.worker.stop_within.total_seconds())


def _policies(settings: Settings) -> dict[str, LanePolicy]:
    from marketplacer_callback.runtime.policy import LanePolicy

    return {
        name: LanePolicy(
            lane=name,
            attempts=settings.lanes[name].attempts,
            handler_timeout_s=settings.worker.handler_timeout.total_seconds(),
            settle_ms=_ms(settings.worker.settle),
            second_look=settings.worker.second_look,
        )
        for name in settings.lanes
    }


def _credentials(instance: InstanceSettings) -> Credentials:
    header = instance.webhook_header
    static = (header.name, header.value.get_secret_value()) if header is not None and header.value is not None else None
    return Credentials(tuple(secret.get_secret_value().encode() for secret in instance.webhook_secrets), static)


def _warn(table: Table) -> None:
    """Once for a table: a process that receives and works opens both with the same one."""
    if table in _WARNED:
        return
    _WARNED.add(table)
    for handler in table:
        warning = unreachable_warning(handler)
        if warning is not None:
            logger.warning("handler.unreachable", extra={"fields": {"warning": warning}})


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
