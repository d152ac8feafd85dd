"""``sandbox``: an emulated Marketplacer to run against."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import LISTEN
from marketplacer_callback.cli.exits import INTERRUPTED
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.sandbox_changes import change, destroy, objects
from marketplacer_callback.cli.sandbox_faults import disturb, fail, faults, held, release
from marketplacer_callback.cli.sandbox_looks import deliveries, journal, reset, webhooks
from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.sandbox import Sandbox

__all__ = ["sandbox"]

F = TypeVar("F", bound=Callable[..., Any])

_WEBHOOK_URL: Final = "http://127.0.0.1:8080/marketplacer/{typename}"
_CHOICES: Final = (
    "destroy_node (twin, null, last), sequence (instance, webhook, type), rendered (event, send), "
    "while_disabled (lost, queued), error_has_id, unpublished_node (UnpublishedAdvert, Advert), "
    "unknown_object (payload, answer), revert_to (before, AWAITING, RETURNED, PROCESSED), seller_denies, "
    "early_dispatch (taken, refused), "
    "retry_after, follows, collapse_ms, high_volume, max_depth"
)
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)

_OPTIONS: Final = (
    click.option("--listen", metavar="HOST:PORT", default=LISTEN, show_default=True),
    click.option("--schema", metavar="FILE", type=_FILE, help="Serve this SDL instead of the bundled subset."),
    click.option(
        "--seed", metavar="N", type=int, default=1, show_default=True, help="The same seed makes the same data."
    ),
    click.option(
        "--adverts", metavar="N", type=click.IntRange(1), default=200, show_default=True, help="How large it is."
    ),
    click.option(
        "--variants", metavar="N", type=click.IntRange(1), default=3, show_default=True, help="Variants of each advert."
    ),
    click.option("--currency", metavar="CODE", default="AUD", show_default=True, help="What prices are in."),
    click.option("--api-key", default="sandbox-key", show_default=True, help="What the API asks for."),
    click.option("--role", type=click.Choice(("operator", "seller")), default="operator", show_default=True),
    click.option(
        "--scopes", metavar="SCOPE,…", help="What the key may do, such as adverts:read,orders:write; default: all."
    ),
    click.option(
        "--seller-key",
        metavar="KEY[=SELLER_ID]",
        multiple=True,
        help="One more key, of a seller (the first one unless named). Repeatable.",
    ),
    click.option(
        "--basic-auth", metavar="USER:PASSWORD", help="Basic auth in front of it, as non-production sites have."
    ),
    click.option("--vertical", default="sandbox", show_default=True, help="The instance's name."),
    click.option(
        "--webhook-url",
        metavar="URL",
        default=_WEBHOOK_URL,
        show_default=True,
        help="Where deliveries go; empty: nowhere.",
    ),
    click.option("--secret", default="sandbox-secret", show_default=True, help="The HMAC key of the webhooks."),
    click.option("--webhook-header", metavar="NAME=VALUE", help="A static header instead, as seller webhooks have."),
    click.option(
        "--webhook-query",
        metavar="TYPE=FILE",
        multiple=True,
        help="The query whose answer is the payload of a type's webhook; default: __typename and id. Repeatable.",
    ),
    click.option(
        "--time-scale",
        metavar="N",
        type=click.FloatRange(0, min_open=True),
        default=60,
        show_default=True,
        help="How much faster retries come than on the platform: 60 makes a minute a second.",
    ),
    click.option(
        "--choose",
        metavar="NAME=VALUE",
        multiple=True,
        help=f"What the platform leaves undocumented; repeatable: {_CHOICES}.",
    ),
    click.option("--faults", metavar="FILE", type=_FILE, help="A plan of what goes wrong, in TOML or JSON."),
    click.option(
        "--rate-limits/--no-rate-limits", default=True, show_default=True, help="Obey the documented rate limits."
    ),
    click.option("--latency-ms", metavar="MS", type=click.FloatRange(0), default=0, help="How long each answer takes."),
    click.option(
        "--journal", metavar="FILE", type=click.Path(path_type=Path), help="Write each call and delivery there."
    ),
)


def _options(function: F) -> F:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(invoke_without_command=True)
@_options
@reading
@pass_given
@click.pass_context
def sandbox(context: click.Context, given: Given, /, **options: Any) -> None:
    """Run an emulated Marketplacer until it is stopped; or, with a command, control one that runs.

    Prints what a worker's environment needs to talk to it. `trigger` makes things happen on it.
    """
    if context.invoked_subcommand is None:
        context.exit(_run(given, options))


for _command in (change, destroy, objects, fail, disturb, faults, held, release, deliveries, journal, webhooks, reset):
    sandbox.add_command(_command)


def _run(given: Given, options: dict[str, Any]) -> int:
    from marketplacer_callback import logs
    from marketplacer_callback.cli.running import run_until_told
    from marketplacer_callback.cli.sandbox_arguments import made_sandbox
    from marketplacer_callback.sandbox.run import serve

    logs.configure("console", "debug" if given.debug else "info")
    made = made_sandbox(options)
    gc.freeze()  # the marketplace stays as long as the process: collecting need not walk it again and again
    try:
        how = run_until_told(lambda stop: serve(made, stop, lambda running: _tell(given, running, options)))
    except OSError as error:
        raise ConfigurationError(
            f"the sandbox cannot start at {options['listen']}: {error.strerror or error}"
        ) from None
    return INTERRUPTED if how == "interrupted" else 0


def _tell(given: Given, running: Sandbox, options: dict[str, Any]) -> None:
    needed = {"MARKETPLACER_URL": running.url, "MARKETPLACER_API_KEY": options["api_key"]}
    if options["webhook_header"]:
        needed["WEBHOOK_AUTH_KEY"] = options["webhook_header"].partition("=")[2]
    elif options["secret"]:
        needed["MARKETPLACER_WEBHOOK_SECRETS"] = options["secret"]
    if options["basic_auth"]:
        needed["MARKETPLACE_BASIC_AUTH"] = options["basic_auth"]
    if given.as_json:
        output.data(needed)
    else:
        for name, value in needed.items():
            output.text(f"{name}={value}")
    to = options["webhook_url"] or "nowhere"
    output.note(f"{options['adverts']} adverts and what belongs to them; webhooks go to {to}")
    output.note(f"retries come {options['time_scale']:g} times as fast as on the platform (--time-scale)")
    output.note(f"controls: {running.base_url}/sandbox/status and `marketplacer-callback sandbox COMMAND`")
    output.note("make things happen: `marketplacer-callback trigger --list`")
