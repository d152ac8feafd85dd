"""From the options of ``sandbox`` to the arguments of ``Sandbox``, with errors for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.sandbox import Sandbox

__all__ = ["made_sandbox", "pair"]

_AS_THEY_ARE: Final = (
    "api_key",
    "vertical",
    "role",
    "adverts",
    "variants",
    "currency",
    "seed",
    "latency_ms",
    "schema",
)


def made_sandbox(options: dict[str, Any]) -> Sandbox:
    """The sandbox that the options want, not started.

    Raises ``click.UsageError`` or ``ConfigurationError`` for what is wrong with them.
    """
    from graphql import GraphQLError

    from marketplacer_callback.sandbox import Sandbox

    arguments = _arguments(options)
    try:
        return Sandbox(**arguments)
    except (GraphQLError, TypeError):
        if options["schema"] is not None:
            _explain_schema(options["schema"])
        raise
    except ValueError as error:  # keys that contradict each other or the data, a currency that there is not
        raise ConfigurationError(str(error)) from None


def pair(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` in two. ``click.UsageError`` for anything else."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{text!r}: expected NAME=VALUE")
    return name, value


def _arguments(options: dict[str, Any]) -> dict[str, Any]:
    from marketplacer_callback.sandbox.choices import Choices
    from marketplacer_callback.sandbox.faults.plan import Plan
    from marketplacer_callback.sandbox.limits import DOCUMENTED
    from marketplacer_callback.sandbox.webhooks.retries import Retries
    from marketplacer_callback.settings.units import address

    try:
        at = address(options["listen"])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
    try:
        choices = Choices.parse(dict(pair(one) for one in options["choose"]))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--choose") from None
    header = pair(options["webhook_header"]) if options["webhook_header"] else None
    return {name: options[name] for name in _AS_THEY_ARE} | {
        "host": at.host or "127.0.0.1",
        "port": at.port,
        "basic": _basic(options["basic_auth"]),
        "scopes": _scopes(options["scopes"]),
        "keys": [_seller_key(one) for one in options["seller_key"]],
        "webhook_url": _webhook_url(options["webhook_url"]),
        "secret": None if header else options["secret"],
        "webhook_header": header,
        "webhook_queries": dict(_webhook_query(one) for one in options["webhook_query"]),
        "choices": choices,
        "faults": Plan.read(options["faults"]) if options["faults"] else None,
        "rate_limits": DOCUMENTED if options["rate_limits"] else None,
        "retries": Retries(time_scale=options["time_scale"]),
        "journal_path": options["journal"],
    }


def _webhook_url(text: str) -> str | None:
    from urllib.parse import urlsplit

    if not text:
        return None
    try:
        url = urlsplit(text)
        fine = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is none
        fine = False
    if not fine:
        message = f"{text!r}: expected http://host/path, with {{typename}} where the type belongs"
        raise click.BadParameter(message, param_hint="--webhook-url")
    return text


def _basic(text: str | None) -> str | None:
    if text is not None and not all(text.partition(":")):
        raise click.BadParameter("expected user:password", param_hint="--basic-auth")
    return text


def _scopes(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    scopes = [one.strip() for one in text.split(",") if one.strip()]
    for scope in scopes:
        resource, _, level = scope.partition(":")
        if not resource or level not in ("read", "write", "manage"):
            message = f"{scope!r}: expected resource:level with read, write or manage, such as orders:read"
            raise click.BadParameter(message, param_hint="--scopes")
    return frozenset(scopes)


def _seller_key(text: str) -> Any:
    from marketplacer_callback.sandbox.keys import ApiKey

    key, equals, seller = text.partition("=")
    if not key or (equals and not seller):
        raise click.BadParameter("expected KEY or KEY=SELLER_ID", param_hint="--seller-key")
    return ApiKey(key, "seller", seller or None)


def _webhook_query(text: str) -> tuple[str, str]:
    from marketplacer_callback.typenames import WEBHOOK_TYPES

    typename, path = pair(text)
    if typename not in WEBHOOK_TYPES:
        message = f"{typename!r}: there are no webhooks of this type; `trigger --list` shows those that there are"
        raise click.BadParameter(message, param_hint="--webhook-query")
    try:
        return typename, Path(path).read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"--webhook-query {text}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--webhook-query {text}: {path} is not UTF-8 text") from None


def _explain_schema(path: Path) -> None:
    """Raises ``DocumentError`` with file, line and column if the file is no schema."""
    from marketplacer_callback.documents import load_schema

    load_schema(path)
