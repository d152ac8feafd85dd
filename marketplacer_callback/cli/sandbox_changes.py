"""``sandbox change``, ``destroy``, ``objects``: what the running sandbox holds."""

from __future__ import annotations

import json
from typing import Any

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import ask
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.sandbox_arguments import pair
from marketplacer_callback.cli.sandbox_url import sandbox_url

__all__ = ["change", "destroy", "field", "objects"]


@click.command
@click.argument("typename", metavar="TYPE")
@click.argument("parts", metavar="[ID] [FIELD=VALUE]...", nargs=-1)
@sandbox_url
@reading
@pass_given
def change(given: Given, typename: str, parts: tuple[str, ...], url: str) -> None:
    """Write to an object, and so send its webhook; without ID make a new one. Prints its id.

    A VALUE is JSON, or a text. Without fields one that is typical for the type changes.
    """
    has_id = bool(parts) and "=" not in parts[0].rstrip("=")  # base64 may end in "="
    identifier = parts[0] if has_id else None
    fields = dict(field(part) for part in parts[has_id:])
    changed = ask(url, lambda client: client.change(typename, identifier, **fields))
    _tell_id(given, changed)


@click.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="ID")
@sandbox_url
@reading
@pass_given
def destroy(given: Given, typename: str, id: str, url: str) -> None:
    """Delete an object, and so send its webhook."""
    ask(url, lambda client: client.destroy(typename, id))
    _tell_id(given, id)


@click.command
@click.argument("typename", metavar="TYPE")
@sandbox_url
@reading
@pass_given
def objects(given: Given, typename: str, url: str) -> None:
    """List the objects of a type, with their versions."""
    found = ask(url, lambda client: client.objects(typename))
    if given.as_json:
        output.data(found)
    else:
        output.table(("ID", "VERSION", "UPDATED"), [(one["id"], one["version"], one["updated_at"]) for one in found])


def field(part: str) -> tuple[str, Any]:
    """``NAME=VALUE``; the value is JSON, or else a text."""
    name, value = pair(part)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _tell_id(given: Given, identifier: str) -> None:
    if given.as_json:
        output.data({"id": identifier})
    else:
        output.text(identifier)
