"""The root of all commands: which there are, and how an error becomes a message and an exit code."""

from __future__ import annotations

import importlib
import traceback
from typing import Final, NoReturn

import click

from marketplacer_callback.cli.exits import INTERRUPTED, failed
from marketplacer_callback.cli.given import Given
from marketplacer_callback.cli.options import reading

__all__ = ["commands", "main"]

_PROGRAM: Final = "marketplacer-callback"

_HOMES: Final = {
    "init": "init",
    "run": "serving",
    "receiver": "serving",
    "worker": "serving",
    "check": "check",
    "queries": "queries",
    "schema": "schema",
    "fetch": "fetch",
    "trigger": "trigger",
    "refresh": "refresh",
    "show": "show",
    "status": "status",
    "dead": "dead",
    "quarantine": "quarantine",
    "sandbox": "sandbox",
    "demo": "demo",
}
"""Command → the module of this room that has it under the same name, in the order of ``--help``."""


class _Commands(click.Group):
    """Imports a command when it is asked for, and turns expected errors into messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _HOMES:
            return None
        module = importlib.import_module(f"marketplacer_callback.cli.{_HOMES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            expected = failed(error)
            if expected is None:
                raise
            if ctx.ensure_object(Given).debug:
                traceback.print_exc()
            raise expected from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=_PROGRAM, prog_name=_PROGRAM)
@reading
def commands() -> None:
    """Webhook with API Callback for Marketplacer.

    Exit codes: 0 fine; 1 it ran and found something; 2 usage or configuration; 3 Redis, the API or the receiver is
    out of reach or refuses us; 130 interrupted.
    """


def main() -> NoReturn:
    """The entry point of the command ``marketplacer-callback``; ends the process."""
    commands.main(prog_name=_PROGRAM)
    raise SystemExit(0)
