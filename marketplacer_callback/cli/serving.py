"""``run``, ``receiver`` and ``worker``: the processes that run for long."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import click

from marketplacer_callback.cli.exits import INTERRUPTED
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import reach
from marketplacer_callback.cli.options import common
from marketplacer_callback.errors import ConfigurationError, QueueUnavailable

if TYPE_CHECKING:
    from marketplacer_callback.integration import Integration
    from marketplacer_callback.settings import Address

__all__ = ["receiver", "run", "worker"]

_log = logging.getLogger("marketplacer_callback.cli")

_OVERDUE_S: Final = 5.0
"""How much longer than ``worker.stop_within`` stopping may take before it is given up."""

Service = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Serves until the event is set, then ends what it has begun."""


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> Address | None:
    from marketplacer_callback.settings.units import address

    if value is None:
        return None
    try:
        return address(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None


_listen = click.option(
    "--listen", metavar="HOST:PORT", callback=_address, help="Where to take deliveries; default: `receiver.listen`."
)
_share_port = click.option(
    "--share-port",
    is_flag=True,
    help="Other processes of this user may listen on the same port; the kernel spreads the load.",
)
_processes = click.option(
    "--processes", metavar="N", type=click.IntRange(1, 256), help="How many; one that dies is started again."
)
_attached = click.option("--attached", is_flag=True, hidden=True, help="Stop when stdin is closed.")


@click.command
@_listen
@_share_port
@_processes
@_attached
@common
@pass_given
@click.pass_context
def run(
    context: click.Context,
    given: Given,
    listen: Address | None,
    share_port: bool,
    processes: int | None,
    attached: bool,
) -> None:
    """Take deliveries and work on them, both in one process.

    With --processes (default: `worker.processes`) several such processes share the port.
    """
    given.log_as_a_service()
    count = processes or given.settings.worker.processes
    if count > 1:
        context.exit(_supervise(given, "run", count, listen))
    integration = _ready(given, "run")

    async def both(stop: asyncio.Event) -> None:
        listening = asyncio.Event()

        async def work() -> None:
            await listening.wait()  # a port that is taken is found before any work is begun
            await _work(integration, stop)

        async with asyncio.TaskGroup() as group:
            group.create_task(_ending_all(_receive(integration, stop, listen, share_port, listening), stop))
            group.create_task(_ending_all(work(), stop))

    context.exit(_serve(given, both, attached))


@click.command
@_listen
@_share_port
@click.option("--processes", metavar="N", type=click.IntRange(1, 256), default=1, help="How many share the port.")
@_attached
@common
@pass_given
@click.pass_context
def receiver(
    context: click.Context, given: Given, listen: Address | None, share_port: bool, processes: int, attached: bool
) -> None:
    """Take deliveries into the inbox; also answers /live and /ready."""
    given.log_as_a_service()
    if processes > 1:
        context.exit(_supervise(given, "receiver", processes, listen))
    integration = _ready(given, "receiver")
    context.exit(_serve(given, lambda stop: _receive(integration, stop, listen, share_port), attached))


@click.command
@_processes
@_attached
@common
@pass_given
@click.pass_context
def worker(context: click.Context, given: Given, processes: int | None, attached: bool) -> None:
    """Work on the inbox: fetch what changed, call handlers and routes."""
    given.log_as_a_service()
    count = processes or given.settings.worker.processes
    if count > 1:
        context.exit(_supervise(given, "worker", count, None))
    integration = _ready(given, "worker")
    context.exit(_serve(given, lambda stop: _work(integration, stop), attached))


def _ready(given: Given, command: str) -> Integration:
    """The integration, without a problem that could be known before anything is opened."""
    integration = given.integration
    if given.instance:
        one = given.one_instance()
        instances = {one: integration.settings.instances[one]}
        integration.settings = integration.settings.model_copy(update={"instances": instances})
    needed = () if command == "worker" else integration.settings.problems_for_receiver()
    needed += () if command == "receiver" else integration.settings.problems_for_worker()
    if needed:
        raise ConfigurationError(*dict.fromkeys(needed))
    if command != "receiver":  # which fetches nothing, and must not turn events away for a broken document
        integration.check()
    return integration


async def _work(integration: Integration, stop: asyncio.Event) -> None:
    from marketplacer_callback.wiring import opened_workers

    async with opened_workers(integration.settings, integration.table) as service:
        if stop.is_set():
            return
        running = asyncio.create_task(service.run())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            service.stop()
        except asyncio.CancelledError:
            running.cancel()  # it stops in the same way
            raise
        finally:
            stopped.cancel()
            within_s = integration.settings.worker.stop_within.total_seconds() + _OVERDUE_S
            await asyncio.wait({running}, timeout=within_s)
            if not running.done():  # told to stop, this process ends, whatever still runs; its lease ends by itself
                _log.error("worker.stop_overdue", extra={"fields": {"waited_s": within_s}})
        if running.done():
            running.result()


async def _receive(
    integration: Integration,
    stop: asyncio.Event,
    listen: Address | None,
    share_port: bool,
    listening: asyncio.Event | None = None,
) -> None:
    from marketplacer_callback.receiver import serve
    from marketplacer_callback.wiring import opened_receiver

    settings = integration.settings
    at = listen or settings.receiver.listen
    await serve(
        lambda: opened_receiver(settings, integration.table),
        host=at.host or "0.0.0.0",  # noqa: S104  (an empty host means every interface)
        port=at.port,
        path=settings.receiver.path,
        stop=stop,
        reuse_port=share_port,
        listening=listening,
    )


async def _ending_all(service: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Half of it is not what was asked for: whichever ends first, ends the other."""
    try:
        await service
    finally:
        stop.set()


def _serve(given: Given, service: Service, attached: bool) -> int:
    """Run until a signal, gracefully; the exit code."""
    from marketplacer_callback.cli.running import run_until_told

    async def announced(stop: asyncio.Event) -> None:
        try:
            await reach(given.settings)
        except QueueUnavailable as error:  # it may be about to start; opening the inboxes waits for it for a while
            _log.warning("redis.awaited", extra={"fields": {"error": str(error)}})
        await service(stop)

    code = INTERRUPTED if run_until_told(announced, attached=attached) == "interrupted" else 0
    _leave_handlers_behind(code)
    return code


def _leave_handlers_behind(code: int) -> None:
    """End now if plain handlers still run in threads: their changes were handed back, Python would wait for them."""
    from marketplacer_callback.runtime.threads import THREAD_NAME

    threads = [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(0.2)
    if any(thread.is_alive() for thread in threads):
        _log.warning("threads.left_behind", extra={"fields": {"threads": len(threads)}})
        logging.shutdown()
        os._exit(code)


def _supervise(given: Given, command: str, count: int, listen: Address | None) -> int:
    from marketplacer_callback.cli.processes import supervise

    _ready(given, command)
    arguments = [command, "--processes", "1", "--attached"]
    if command != "worker":
        arguments.append("--share-port")
    if listen is not None:
        arguments += ["--listen", str(listen)]
    arguments += given.as_arguments()
    return supervise(arguments, count, stop_within_s=given.settings.worker.stop_within.total_seconds())
