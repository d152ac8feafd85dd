"""``sandbox deliveries``, ``journal``, ``webhooks``, ``reset``: what the running sandbox wrote down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import ask
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.sandbox_url import sandbox_url

__all__ = ["deliveries", "journal", "reset", "webhooks"]

_MOST: Final = 1_000_000
_LONGEST_BODY: Final = 60

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
    """List the webhook events, and what the receiver answered to each try; of a TYPE or an object if given."""
    every = ask(url, lambda client: client.deliveries(_MOST if typename else limit))
    found = [one for one in every if typename in (None, one["typename"]) and id in (None, one["id"])][:limit]
    if given.as_json:
        output.data(found)
    else:
        head = ("EVENT", "TYPE", "ID", "STATUS", "ANSWERS", "LAST BODY")
        output.table(head, [_row(one) for one in found])


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
@click.argument("typename", metavar="[TYPE]", required=False)
@click.option("--enable/--disable", "enabled", default=None, help="Switch them on, or off as a 4xx does.")
@sandbox_url
@reading
@pass_given
def webhooks(given: Given, typename: str | None, enabled: bool | None, url: str) -> None:
    """List the webhooks, all or those of a TYPE: whether they are enabled, and how many events wait."""
    if enabled is not None:
        ask(url, lambda client: client.configure(typename=typename, enabled=enabled))
    found = ask(url, lambda client: client.webhooks(typename))
    if given.as_json:
        output.data(found)
    else:
        columns = ("typename", "enabled", "concurrency", "waiting", "url")
        output.table([name.upper() for name in columns], [[one[name] for name in columns] for one in found])


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


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    tries = event["attempts"]
    answers = " ".join(str(one["status"] or "none") for one in tries) or "none yet"
    body = tries[-1]["body"] if tries else ""
    return event["event_name"], event["typename"], event["id"], event["status"], answers, body[:_LONGEST_BODY].strip()


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
