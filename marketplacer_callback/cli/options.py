"""The options that every command takes, before its name or after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from marketplacer_callback.cli.given import Given

__all__ = ["common", "reading"]

F = TypeVar("F", bound=Callable[..., Any])


def common(function: F) -> F:
    """``--config``, ``--app``, ``--instance``, ``--debug``: kept in ``Given``, not passed to the function."""
    for option in (_CONFIG, _APP, _INSTANCE, _DEBUG):
        function = option(function)
    return function


def reading(function: F) -> F:
    """``common`` and ``--json``, for commands that answer with data."""
    return _JSON(common(function))


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    given = context.ensure_object(Given)
    if value is not None and value is not False:
        setattr(given, str(parameter.name), value)


_CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    expose_value=False,
    callback=_keep,
    help="The settings; default: marketplacer-callback.toml here, if there is one.",
)
_APP = click.option(
    "--app",
    metavar="MODULE:NAME",
    expose_value=False,
    callback=_keep,
    help="Your Integration; default: `app` in the settings, or routes alone.",
)
_INSTANCE = click.option(
    "--instance",
    metavar="NAME",
    expose_value=False,
    callback=_keep,
    help="Which instance; needed where the settings have several.",
)
_DEBUG = click.option(
    "--debug", is_flag=True, expose_value=False, callback=_keep, help="Log everything, and show tracebacks of errors."
)
_JSON = click.option(
    "--json", "as_json", is_flag=True, expose_value=False, callback=_keep, help="Answer in JSON on stdout."
)
