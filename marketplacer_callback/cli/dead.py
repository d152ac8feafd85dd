"""``dead list``, ``dead show`` and ``dead replay``: work that was given up on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inbox, with_inboxes
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.show import tell_dead_letter
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import DeadLetter, Inbox

__all__ = ["dead"]


@click.group
@reading
def dead() -> None:
    """Dead letters: a handler's work on an object that was given up on. Kept until they are replayed, or too old."""


@dead.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@reading
@pass_given
def list_(given: Given, limit: int) -> None:
    """The newest dead letters."""

    async def read(inboxes: dict[str, Inbox]) -> list[tuple[str, DeadLetter]]:
        return [(name, one) for name, inbox in inboxes.items() for one in await inbox.dead_letters(limit=limit)]

    found = with_inboxes(given, read)
    if given.as_json:
        output.data([_record(instance, letter) for instance, letter in found])
        return
    rows = [
        (output.when(letter.at_ms), instance, letter.lane, letter.typename, letter.id, handler, reason)
        for instance, letter in found
        for handler, reason in sorted(letter.reasons.items())
    ]
    if rows:
        output.table(("SINCE", "INSTANCE", "LANE", "TYPE", "ID", "HANDLER", "REASON"), rows)
    else:
        output.note("no dead letters")


@dead.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="ID")
@reading
@pass_given
@click.pass_context
def show(context: click.Context, given: Given, typename: str, id: str) -> None:
    """The dead letters of one object, with their events; 1 if there are none."""
    letters = _letters(given, canonical(typename), id)
    if given.as_json:
        output.data([_record(given.one_instance(), letter) for letter in letters])
    else:
        for letter in letters:
            tell_dead_letter(letter)
    if not letters:
        output.note(f"no dead letter of {canonical(typename)} {output.printable(id)}")
        context.exit(FOUND)


@dead.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="ID")
@reading
@pass_given
@click.pass_context
def replay(context: click.Context, given: Given, typename: str, id: str) -> None:
    """Run the handlers that gave up on this object again; 1 if there is no dead letter of it."""

    async def again(inbox: Inbox) -> dict[str, str]:
        letters = await inbox.dead_letter(canonical(typename), id)
        return {one.lane: await inbox.replay(one.lane, one.typename, one.id) for one in letters}

    words = with_inbox(given, again)
    if given.as_json:
        output.data(words)
    else:
        for lane, word in words.items():
            output.text(f"lane {lane}: {_WORDS.get(word, word)}")
    if not any(word != "none" for word in words.values()):
        output.note(f"no dead letter of {canonical(typename)} {output.printable(id)}")
        context.exit(FOUND)


_WORDS = {
    "none": "there is no dead letter any more",
    "new": "its events are in a new mailbox",
    "merged": "its events joined those that were waiting",
}


def _letters(given: Given, typename: str, identifier: str) -> list[DeadLetter]:
    return with_inbox(given, lambda inbox: inbox.dead_letter(typename, identifier))


def _record(instance: str, letter: DeadLetter) -> dict[str, object]:
    return {"instance": instance, **output.record(letter)}
