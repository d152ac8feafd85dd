"""``quarantine``: signed bodies that could not be understood: listed, shown, tried again, dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND, UNREACHABLE, Failed
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inbox, with_inboxes
from marketplacer_callback.cli.options import reading
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import Inbox, Quarantined

__all__ = ["quarantine"]

_digest = click.argument("digest", metavar="DIGEST")


@click.group
@reading
def quarantine() -> None:
    """Bodies that were signed but not understood. Kept raw until they are tried again with success, or dropped."""


@quarantine.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@reading
@pass_given
def list_(given: Given, limit: int) -> None:
    """The newest quarantined bodies, with the reason."""

    async def look(inboxes: dict[str, Inbox]) -> list[tuple[str, Quarantined]]:
        return [(name, one) for name, inbox in inboxes.items() for one in await inbox.quarantined(limit=limit)]

    found = with_inboxes(given, look)
    if given.as_json:
        output.data([{"instance": instance, **output.record(one)} for instance, one in found])
    elif found:
        rows = [(output.when(one.at_ms), name, one.digest, one.bytes, one.reason) for name, one in found]
        output.table(("SINCE", "INSTANCE", "DIGEST", "BYTES", "REASON"), rows)
    else:
        output.note("nothing is in quarantine")


@quarantine.command
@_digest
@reading
@pass_given
def show(given: Given, digest: str) -> None:
    """Write a body to stdout, byte for byte."""
    click.echo(_body(given, digest), nl=False)


@quarantine.command
@_digest
@click.option("--type", "typename", metavar="TYPE", help="Of which type it is, if only the webhook's URL said so.")
@reading
@pass_given
def replay(given: Given, digest: str, typename: str | None) -> None:
    """Read a body again, as this version reads it, and take it out of quarantine if that works; 1 if not."""
    from marketplacer_callback.delivery import Unreadable, parse
    from marketplacer_callback.receiver import event_of

    kept = {one.digest: one for one in with_inbox(given, lambda inbox: inbox.quarantined(limit=100_000))}.get(digest)
    body = _body(given, digest)
    said = parse(body, kept.headers if kept else {}, canonical(typename) if typename else None)
    if isinstance(said, Unreadable):
        raise Failed(FOUND, f"{digest}: still not understood: {said.reason}")

    async def accept(inbox: Inbox) -> str:
        (word,) = await inbox.accept([event_of(said)])
        if word not in ("full", "failed"):
            await inbox.drop_quarantined(digest)
        return word

    word = with_inbox(given, accept)
    if word in ("full", "failed"):
        raise Failed(UNREACHABLE, f"{digest}: the inbox did not take it: {word}")
    if given.as_json:
        output.data({"digest": digest, "word": word, "typename": said.typename, "id": said.id})
    else:
        output.text(f"{said.typename} {output.printable(said.id or 'of unknown id')}: {word}")


@quarantine.command
@_digest
@click.option("--yes", is_flag=True, help="Do not ask.")
@reading
@pass_given
def drop(given: Given, digest: str, yes: bool) -> None:
    """Throw a body away; asks unless --yes."""
    _body(given, digest)
    if not yes:
        click.confirm(f"drop {digest}?", abort=True)
    with_inbox(given, lambda inbox: inbox.drop_quarantined(digest))
    if given.as_json:
        output.data({"drop": 1})
    else:
        output.text("drop: 1")


def _body(given: Given, digest: str) -> bytes:
    body = with_inbox(given, lambda inbox: inbox.quarantined_body(digest))
    if body is None:
        raise Failed(FOUND, f"{digest}: not in quarantine; see `marketplacer-callback quarantine list`")
    return body
