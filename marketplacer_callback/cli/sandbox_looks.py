"""``sandbox deliveries``, ``journal``, ``webhooks``, ``reset``: what the running sandbox wrote down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import ask
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.sandbox_url import sandbox_url

__all__ = ["deliveries", "journal", "reset", "webhooks"]

_LIMIT = click.option(
    "--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="The newest so many."
)


@click.command
@click.argument("typename", metavar="[TYPE]", required=False)
@click.argument("id", metavar="[ID]", required=False)
@_LIMIT
@sandbox_url
@reading
@pass_given
def deliveries(given: Given, typename: str | None, id: str | None, limit: int, url: str) -> None:
    """List each try to deliver a webhook, and what the receiver answered; of a type or an object if given."""
    found = _entries(url, kind="attempt", typename=typename, id=id, limit=limit)
    if given.as_json:
        output.data(found)
        return
    head = ("AT", "EVENT", "TYPE", "ID", "TRY", "ANSWER", "OUTCOME")
    output.table(
        head,
        [
            (
                _clock(one["sent_at"]),
                one["event_name"],
                one["typename"],
                one["id"],
                one["attempt"],
                one["status"] or "none",
                one["outcome"],
            )
            for one in found
        ],
    )


@click.command
@click.option("--kind", type=click.Choice(("call", "attempt", "webhook_call")), help="Only entries of this kind.")
@_LIMIT
@sandbox_url
@reading
@pass_given
def journal(given: Given, kind: str | None, limit: int, url: str) -> None:
    """List what was asked of the API, and what was sent."""
    found = _entries(url, kind=kind, limit=limit)
    if given.as_json:
        output.data(found)
        return
    for one in found:
        output.text(output.printable(_line(one)))


@click.command
@sandbox_url
@reading
@pass_given
def webhooks(given: Given, url: str) -> None:
    """List the webhooks: whether they are enabled, and how many deliveries they send at once."""
    found = ask(url, lambda client: client.status())["webhooks"]
    if given.as_json:
        output.data(found)
    else:
        columns = list(dict.fromkeys(name for one in found for name in one)) or ["typename"]
        output.table([name.upper() for name in columns], [[one.get(name, "") for name in columns] for one in found])


@click.command
@sandbox_url
@reading
@pass_given
def reset(given: Given, url: str) -> None:
    """Go back to the start: the seeded objects with their ids, an empty journal, no faults but those of the start."""
    state = ask(url, lambda client: client.reset())
    if given.as_json:
        output.data(state)
    else:
        output.text("as at the start")


def _entries(url: str, **filters: Any) -> list[dict[str, Any]]:
    given = {name: value for name, value in filters.items() if value is not None}
    found: list[dict[str, Any]] = ask(url, lambda client: client.journal(**given))["entries"]
    return found


def _line(entry: dict[str, Any]) -> str:
    match entry["kind"]:
        case "call":
            said = "; ".join(entry["errors"]) or "fine"
            name = entry["operation"] or "(no name)"
            return f"{_clock(entry['at'])}  asked    {name}: {entry['status']} in {entry['ms']:.0f} ms: {said}"
        case "attempt":
            what = f"{entry['event_name']} {entry['typename']} {entry['id']}"
            answer = entry["status"] or "no answer"
            return f"{_clock(entry['sent_at'])}  sent     {what}: {answer}, {entry['outcome']}"
        case _:
            return f"{_clock(entry['at'])}  webhooks {entry['field']}"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]
