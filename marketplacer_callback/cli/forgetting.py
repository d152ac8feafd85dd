"""``dead forget``: everything that the inbox holds of one object, erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inbox
from marketplacer_callback.cli.options import reading
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.refs import Ref
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Forgotten

__all__ = ["forget"]


@click.command
@click.argument("ref", metavar="REF")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reading
@pass_given
@click.pass_context
def forget(context: click.Context, given: Given, ref: str, yes: bool) -> None:
    """Erase everything that the inbox holds of one object (INSTANCE/TYPE/ID, or TYPE/ID); asks unless --yes.

    Mailboxes with their events, dead letters, digests, and quarantined bodies that name its id. What handlers and
    sinks have written elsewhere is theirs. 1 if nothing was held.
    """
    instance, typename, identifier = _parsed(given, ref)
    given.instance = instance
    if not yes:
        click.confirm(f"Erase all that is held of {instance}/{typename}/{output.printable(identifier)}?", abort=True)
    gone: Forgotten = with_inbox(given, lambda inbox: inbox.forget(typename, identifier))
    if given.as_json:
        output.data({"ref": f"{instance}/{typename}/{identifier}", **output.record(gone)})
    else:
        output.text(
            f"erased: mailboxes {gone.mailboxes}, dead letters {gone.dead_letters}, "
            f"digests {'yes' if gone.remembered else 'none'}, quarantined bodies {gone.quarantined}"
        )
    if gone.running:
        output.note("a handler was running for it: what it does now is not undone, but the inbox keeps nothing of it")
    if not gone:
        output.note("nothing was held of it")
        context.exit(FOUND)


def _parsed(given: Given, text: str) -> tuple[str, str, str]:
    """A ref as it is written in logs; without its instance where there is only one."""
    parts = text.split("/", 2)
    if len(parts) >= 2 and parts[0] not in given.settings.instances:
        parts = [given.one_instance(), *text.split("/", 1)]
    try:
        instance, typename, identifier = Ref.parse("/".join(parts))
    except ValueError as error:
        raise ConfigurationError(f"{text!r}: expected INSTANCE/TYPE/ID or TYPE/ID: {error}") from None
    return instance, canonical(typename), identifier
