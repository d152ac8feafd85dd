"""``sandbox fail``, ``disturb``, ``faults``, ``held``, ``release``: what goes wrong on the running sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import ask
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.sandbox_changes import field
from marketplacer_callback.cli.sandbox_url import sandbox_url

__all__ = ["disturb", "fail", "faults", "held", "release"]

_COUNTS: Final = ("seen", "hit", "left")


@click.command
@click.argument("parts", metavar="[PART=VALUE]...", nargs=-1)
@sandbox_url
@reading
@pass_given
def fail(given: Given, parts: tuple[str, ...], url: str) -> None:
    """Make the API misbehave; without parts it is well again.

    PART=VALUE is a part of a fault, the VALUE JSON or a text: status=503 requests=3, latency_ms=2000,
    'null=["QWR2ZXJ0LTE="]', hold=before name=here. It replaces all that goes wrong.
    """
    fault = dict(field(part) for part in parts)
    ask(url, lambda client: client.fail(**fault))
    _tell_faults(given, url)


@click.command
@click.argument("parts", metavar="[PART=VALUE]...", nargs=-1)
@sandbox_url
@reading
@pass_given
def disturb(given: Given, parts: tuple[str, ...], url: str) -> None:
    """Make the next deliveries misbehave; without parts they are well again.

    PART=VALUE is a part of a disturbance, the VALUE JSON or a text: duplicate=2, delay_ms=5000 count=3,
    wrong_signature=true 'types=["Advert"]'. It replaces all other disturbances.
    """
    disturbance = dict(field(part) for part in parts)
    ask(url, lambda client: client.disturb(**disturbance))
    _tell_faults(given, url)


@click.command
@click.option(
    "--plan",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Replace all that goes wrong by this plan, in TOML or JSON.",
)
@click.option("--clear", is_flag=True, help="Nothing goes wrong any more.")
@sandbox_url
@reading
@pass_given
def faults(given: Given, plan: Path | None, clear: bool, url: str) -> None:
    """Show what goes wrong on purpose: with requests, how many it has hit, and with deliveries."""
    if plan is not None and clear:
        raise click.UsageError("--plan and --clear exclude each other")
    if plan is not None:
        tables = _tables(plan)
        ask(url, lambda client: client.follow(tables))
    if clear:
        ask(url, lambda client: client.mend())
    _tell_faults(given, url)


@click.command
@click.argument("name", required=False)
@sandbox_url
@reading
@pass_given
def held(given: Given, name: str | None, url: str) -> None:
    """List the requests that a fault holds, of one NAME or all."""
    found = ask(url, lambda client: client.held(name))
    if given.as_json:
        output.data(found)
    else:
        columns = ("id", "name", "operation", "where", "since")
        output.table([column.upper() for column in columns], [[one[column] for column in columns] for one in found])


@click.command
@click.argument("which", metavar="[NAME|ID]", required=False)
@sandbox_url
@reading
@pass_given
def release(given: Given, which: str | None, url: str) -> None:
    """Let held requests go on: those of a NAME, the one with an ID, or all. Prints how many."""
    wanted = int(which) if which is not None and which.isdecimal() else which
    released = ask(url, lambda client: client.release(wanted))
    if given.as_json:
        output.data({"released": released})
    else:
        output.text(str(released))


def _tables(path: Path) -> dict[str, object]:
    """The plan's tables, once they are known to be a plan. ``ConfigurationError`` with the place of what is wrong."""
    import tomllib

    from marketplacer_callback.sandbox.faults.plan import Plan

    Plan.read(path)
    text = path.read_text("utf-8-sig")
    tables: dict[str, object] = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    return tables


def _tell_faults(given: Given, url: str) -> None:
    found = ask(url, lambda client: client.faults())
    deliveries = ask(url, lambda client: client.disturbances())
    if given.as_json:
        output.data({"faults": found, "deliveries": deliveries})
        return
    for one in found:
        counts = {name: one[name] for name in _COUNTS if one[name] is not None}
        output.text(f"requests    {_spelled(one['fault'])}  ({_spelled(counts)})")
    for one in deliveries:
        left = "" if one["left"] is None else f"  (left={one['left']})"
        output.text(f"deliveries  {_spelled(one['disturbance'])}{left}")
    if not found and not deliveries:
        output.text("all is well")


def _spelled(parts: dict[str, object]) -> str:
    return " ".join(f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in parts.items())
