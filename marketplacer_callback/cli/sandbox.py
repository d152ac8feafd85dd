"""``sandbox``: an emulated Marketplacer to run against, and its controls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import INTERRUPTED, UNREACHABLE, USAGE, Failed
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.sandbox import Sandbox, SandboxClient

__all__ = ["sandbox"]

R = TypeVar("R")

_LISTEN: Final = "127.0.0.1:8300"
_WEBHOOK_URL: Final = "http://127.0.0.1:8080/marketplacer/{typename}"


@click.group(invoke_without_command=True)
@click.option("--listen", metavar="HOST:PORT", default=_LISTEN, show_default=True)
@click.option(
    "--webhook-url", metavar="URL", default=_WEBHOOK_URL, show_default=True, help="Where deliveries go; empty: nowhere."
)
@click.option("--api-key", default="sandbox-key", show_default=True, help="What the API asks for.")
@click.option("--secret", default="sandbox-secret", show_default=True, help="The HMAC key of the webhooks.")
@click.option("--webhook-header", metavar="NAME=VALUE", help="A static header instead, as seller webhooks have.")
@click.option("--vertical", default="sandbox", show_default=True, help="The instance's name.")
@click.option("--role", type=click.Choice(("operator", "seller")), default="operator", show_default=True)
@click.option("--adverts", metavar="N", type=click.IntRange(1), default=200, show_default=True, help="How large it is.")
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="The same seed makes the same data.")
@click.option("--latency-ms", metavar="MS", type=click.FloatRange(0), default=0, help="How long each answer takes.")
@click.option("--journal", metavar="FILE", type=click.Path(path_type=Path), help="Write each call and delivery there.")
@reading
@pass_given
@click.pass_context
def sandbox(context: click.Context, given: Given, /, **options: Any) -> None:
    """Run an emulated Marketplacer until it is stopped; or, with a command, control one that runs.

    Prints what a worker's environment needs to talk to it.
    """
    if context.invoked_subcommand is None:
        context.exit(_run(given, options))


def _run(given: Given, options: dict[str, Any]) -> int:
    from marketplacer_callback import logs
    from marketplacer_callback.cli.running import run_until_told
    from marketplacer_callback.sandbox import run_sandbox
    from marketplacer_callback.settings.units import address

    logs.configure("console", "debug" if given.debug else "info")
    try:
        at = address(options["listen"])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
    header = _pair(options["webhook_header"]) if options["webhook_header"] else None
    settings = {name: options[name] for name in ("api_key", "vertical", "role", "adverts", "seed", "latency_ms")}
    settings |= {
        "host": at.host or "127.0.0.1",
        "port": at.port,
        "webhook_url": options["webhook_url"] or None,
        "secret": None if header else options["secret"],
        "webhook_header": header,
        "journal_path": options["journal"],
    }
    try:
        how = run_until_told(
            lambda stop: run_sandbox(stop=stop, ready=lambda one: _tell(given, one, settings), **settings)
        )
    except OSError as error:
        raise ConfigurationError(f"the sandbox cannot start at {at}: {error.strerror or error}") from None
    return INTERRUPTED if how == "interrupted" else 0


def _tell(given: Given, running: Sandbox, settings: dict[str, Any]) -> None:
    needed = {"MARKETPLACER_URL": running.url, "MARKETPLACER_API_KEY": settings["api_key"]}
    if settings["secret"]:
        needed["MARKETPLACER_WEBHOOK_SECRETS"] = settings["secret"]
    elif settings["webhook_header"]:
        needed["WEBHOOK_AUTH_KEY"] = settings["webhook_header"][1]
    if given.as_json:
        output.data(needed)
    else:
        for name, value in needed.items():
            output.text(f"{name}={value}")
    to = settings["webhook_url"] or "nowhere"
    output.note(f"{settings['adverts']} adverts and what belongs to them; webhooks go to {to}")


_url = click.option(
    "--url", metavar="URL", default=f"http://{_LISTEN}", show_default=True, help="Where the sandbox runs."
)


@sandbox.command
@click.argument("typename", metavar="TYPE")
@click.argument("parts", metavar="[ID] [FIELD=VALUE]...", nargs=-1)
@_url
@reading
@pass_given
def change(given: Given, typename: str, parts: tuple[str, ...], url: str) -> None:
    """Write to an object, and so send its webhook; without ID make a new one. Prints its id.

    A VALUE is JSON, or a text. Without fields one that is typical for the type changes.
    """
    has_id = bool(parts) and "=" not in parts[0].rstrip("=")  # base64 may end in "="
    identifier = parts[0] if has_id else None
    fields = dict(_field(part) for part in parts[has_id:])
    changed = _ask(url, lambda client: client.change(typename, identifier, **fields))
    _tell_id(given, changed)


@sandbox.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="ID")
@_url
@reading
@pass_given
def destroy(given: Given, typename: str, id: str, url: str) -> None:
    """Delete an object, and so send its webhook."""
    _ask(url, lambda client: client.destroy(typename, id))
    _tell_id(given, id)


@sandbox.command("objects")
@click.argument("typename", metavar="TYPE")
@_url
@reading
@pass_given
def objects(given: Given, typename: str, url: str) -> None:
    """List the objects of a type, with their versions."""
    found = _ask(url, lambda client: client.objects(typename))
    if given.as_json:
        output.data(found)
    else:
        output.table(("ID", "VERSION", "UPDATED"), [(one["id"], one["version"], one["updated_at"]) for one in found])


def _tell_id(given: Given, identifier: str) -> None:
    if given.as_json:
        output.data({"id": identifier})
    else:
        output.text(identifier)


def _ask(url: str, do: Callable[[SandboxClient], Awaitable[R]]) -> R:
    import aiohttp

    from marketplacer_callback.sandbox import SandboxClient, SandboxRefused

    async def run() -> R:
        async with SandboxClient(url) as client:
            return await do(client)

    try:
        return asyncio.run(run())
    except aiohttp.InvalidURL:
        raise ConfigurationError(f"--url {url}: not a URL") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Failed(UNREACHABLE, f"{url}: out of reach: {error}; does the sandbox run?") from None
    except SandboxRefused as error:  # a type, an id or a field that it does not have
        raise Failed(USAGE, f"{url}: {error}") from None


def _field(part: str) -> tuple[str, Any]:
    name, value = _pair(part)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{text!r}: expected NAME=VALUE")
    return name, value
