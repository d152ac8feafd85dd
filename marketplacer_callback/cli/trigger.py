"""``trigger``: make an event happen, as a signed delivery of its own or on a running sandbox, or tell a whole story."""

from __future__ import annotations

from typing import Final

import click

from marketplacer_callback.cli.asking_sandbox import LISTEN
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading

__all__ = ["trigger"]

_EVENTS: Final = ("create", "update", "destroy")
_SANDBOX: Final = f"http://{LISTEN}"


@click.command
@click.argument("what", metavar="[TYPE[.EVENT]]", required=False)
@click.argument("id", metavar="[ID]", required=False)
@click.option("--list", "list_all", is_flag=True, help="List every event of every webhook type, and the stories.")
@click.option("--story", metavar="NAME", help="Tell a whole story on the sandbox, such as refund or order.")
@click.option("--sandbox", metavar="URL", help=f"Where the sandbox runs; default: {_SANDBOX}.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(0, 600),
    default=5,
    show_default=True,
    help="How long the sandbox waits for the receiver's answers to a step.",
)
@click.option("--event", help="create, update or destroy; default: update.")
@click.option(
    "--event-id", help="Of a delivery: the webhook event's id; give one twice to see a duplicate. Default: a new one."
)
@click.option("--url", help="Of a delivery: the receiver; default: this machine, by `receiver.listen` and `.path`.")
@reading
@pass_given
def trigger(
    given: Given,
    what: str | None,
    id: str | None,
    list_all: bool,
    story: str | None,
    sandbox: str | None,
    wait: float,
    event: str | None,
    event_id: str | None,
    url: str | None,
) -> None:
    """Make an event happen, and print what the receiver answers; 3 if that is not 2xx.

    TYPE ID: a signed delivery about an object is sent to the receiver; no sandbox takes part.

    TYPE or TYPE.EVENT without ID, or with --sandbox: a running sandbox creates, updates or destroys an object, and its
    webhook goes out.

    --story NAME: the sandbox tells a story, document by document; 1 if it refuses one of them.
    """
    from marketplacer_callback.cli import triggering_delivery, triggering_sandbox

    if list_all:
        triggering_sandbox.tell_all(given, _EVENTS)
    elif story is not None:
        if what is not None or event is not None:
            raise click.UsageError("--story tells the whole of it; leave TYPE, ID and --event out")
        triggering_sandbox.tell_story(given, story, sandbox or _SANDBOX, wait)
    elif what is None:
        raise click.UsageError("give a TYPE, or --story NAME; `trigger --list` shows both")
    else:
        typename, event_name = _event(what, event)
        if id is not None and sandbox is None:
            triggering_delivery.deliver(given, typename, id, event_name, event_id, url)
        elif url is not None or event_id is not None:
            raise click.UsageError("--url and --event-id are for a delivery of one object: give its ID, no --sandbox")
        else:
            triggering_sandbox.trigger(given, typename, id, event_name, sandbox or _SANDBOX, wait)


def _event(what: str, option: str | None) -> tuple[str, str]:
    """The type, as the schema or the webhooks' enum writes it, and the event. Without a sandbox any event will do."""
    from marketplacer_callback.typenames import WEBHOOK_TYPES, webhook_enum

    name, _, event = what.partition(".")
    if event and option and event.lower() != option.lower():
        raise click.UsageError(f"{what} and --event {option} are two events; give one")
    by_enum = {webhook_enum(known): known for known in WEBHOOK_TYPES}
    return by_enum.get(name, name), (event or option or "update").lower()
