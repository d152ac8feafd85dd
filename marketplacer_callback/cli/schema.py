"""``schema pull``: the instance's own schema, for documents to be checked against."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import common
from marketplacer_callback.cli.places import shown
from marketplacer_callback.errors import ConfigurationError

__all__ = ["schema"]


@click.group
@common
def schema() -> None:
    """The GraphQL schema of your instance."""


@schema.command
@common
@pass_given
def pull(given: Given) -> None:
    """Fetch the instance's schema into schema.graphqls beside the queries folder; prints where."""
    target = given.settings.schema_file
    text = asyncio.run(_fetch(given))
    try:
        _replace(target, text)
    except OSError as error:
        raise ConfigurationError(f"{target}: cannot be written: {error.strerror}") from None
    output.text(shown(target))
    output.note("documents are checked against it from now on: `marketplacer-callback queries check`")


async def _fetch(given: Given) -> str:
    from marketplacer_callback.api.operations import introspect
    from marketplacer_callback.wiring import api_client

    async with api_client(given.settings, given.one_instance()) as client:
        return await introspect(client)


def _replace(target: Path, text: str) -> None:
    """At once: a worker that starts meanwhile reads the old schema or the new one, never half."""
    part = target.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)
