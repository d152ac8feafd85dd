"""``refresh``: objects into the inbox, as if their webhooks had come."""

from __future__ import annotations

import asyncio

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import opened_at_once
from marketplacer_callback.cli.options import common
from marketplacer_callback.typenames import canonical

__all__ = ["refresh"]


@click.command
@click.argument("typename", metavar="TYPE")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@common
@pass_given
def refresh(given: Given, typename: str, ids: tuple[str, ...]) -> None:
    """Have these objects handled as if a webhook had come for each. Durable when it returns."""
    asyncio.run(_refresh(given, canonical(typename), list(dict.fromkeys(ids))))
    output.note(f"in the inbox: {len(set(ids))} of type {canonical(typename)}")


async def _refresh(given: Given, typename: str, ids: list[str]) -> None:
    from marketplacer_callback.refreshing import refresh

    instance, table = given.one_instance(), given.integration.table
    async with opened_at_once(given.settings) as inboxes:
        await refresh(inboxes[instance], table, typename, ids)
