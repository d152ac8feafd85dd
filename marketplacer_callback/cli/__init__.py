"""The command line: ``marketplacer-callback``, one module a command group."""

from marketplacer_callback.cli.commands import commands, main

__all__ = ["commands", "main"]
