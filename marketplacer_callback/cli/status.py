"""``status``: how the inbox of each instance stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inboxes
from marketplacer_callback.cli.options import reading
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.typenames import SWEEP_TYPENAME

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox, Status

__all__ = ["status"]


@click.command
@click.option("--repair", is_flag=True, help="First look for strays that a crash of Redis left, and mend them.")
@click.option("--check", is_flag=True, help="1 if there are dead letters or quarantined bodies.")
@reading
@pass_given
@click.pass_context
def status(context: click.Context, given: Given, repair: bool, check: bool) -> None:
    """Backlog, lanes, dead letters, quarantine, routes, durability; for each instance."""
    if not given.settings.instances:
        raise ConfigurationError("instances: there is none; add a table [instances.<name>], or set MARKETPLACER_URL")

    async def read(inboxes: dict[str, Inbox]) -> dict[str, tuple[object, Status]]:
        return {
            name: (await inbox.repair() if repair else None, await inbox.status()) for name, inbox in inboxes.items()
        }

    found = with_inboxes(given, read)
    if given.as_json:
        output.data({name: _record(mended, one, repair) for name, (mended, one) in found.items()})
    else:
        for name, (mended, one) in found.items():
            _tell(name, mended, one)
    if check and any(one.dead or one.quarantined for _, one in found.values()):
        context.exit(FOUND)


def _record(mended: object, one: Status, repaired: bool) -> dict[str, object]:
    return {**output.record(one), **({"repaired": mended} if repaired else {})}


def _tell(instance: str, mended: object, one: Status) -> None:
    output.text(f"instance {instance}")
    if mended is not None:
        output.text(f"  repaired      {_pairs(output.plain(mended))}")
    output.text(f"  mailboxes     {one.live}")
    output.text(f"  dead letters  {one.dead}")
    output.text(f"  quarantined   {one.quarantined} bodies, {one.quarantined_bytes} bytes")
    output.text(f"  counted       {_pairs(one.counts)}")
    output.text(f"  durability    {one.durability}{f' ({one.unpromised})' if one.unpromised else ''}")
    if one.paused_ms:
        output.text(f"  paused        for another {output.ago(one.paused_ms / 1000)}: the API does not answer")
    output.text()
    rows = [
        (
            name,
            lane.queued,
            lane.running,
            lane.later,
            "-" if lane.oldest_ms is None else output.ago(lane.oldest_ms / 1000),
        )
        for name, lane in one.lanes.items()
    ]
    output.table(("LANE", "QUEUED", "RUNNING", "LATER", "OLDEST"), rows)
    output.text()
    if one.routes:
        handled = [(w.typename, w.lane, w.handler) for w in one.routes if w.typename != SWEEP_TYPENAME]
        output.table(("TYPE", "LANE", "HANDLER OR ROUTE"), sorted(handled))
    else:
        output.text("no worker has registered what it handles: deliveries are answered 503 until one starts")


def _pairs(counts: object) -> str:
    if not isinstance(counts, dict) or not counts:
        return "none"
    return ", ".join(f"{count} {name}" for name, count in counts.items())
