"""The option that says where the sandbox runs."""

from __future__ import annotations

from typing import Final

import click

from marketplacer_callback.cli.asking_sandbox import LISTEN

__all__ = ["sandbox_url"]

sandbox_url: Final = click.option(
    "--url", metavar="URL", default=f"http://{LISTEN}", show_default=True, help="Where the sandbox runs."
)
"""``--url``, passed as ``url``."""
