"""``dead``: work that was given up on: listed, shown, replayed, dropped, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.forgetting import forget
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inbox, with_inboxes
from marketplacer_callback.cli.letters import by_cause, chosen, where_option
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.show import tell_dead_letter
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import DeadLetter, Inbox

__all__ = ["dead"]

_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group
@reading
def dead() -> None:
    """Dead letters: a handler's work on an object that was given up on. Kept until they are replayed, or too old."""


@dead.command("list")
@click.option("--by", type=click.Choice(["cause"]), help="Count them by handler and cause instead.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@where_option
@reading
@pass_given
def list_(given: Given, by: str | None, limit: int, where: dict[str, str]) -> None:
    """The newest dead letters; with --by cause what went wrong, the most frequent first."""
    if by == "cause":
        _list_causes(given, where)
        return

    async def read(inboxes: dict[str, Inbox]) -> list[tuple[str, DeadLetter]]:
        if where:
            found = [(name, one) for name, inbox in inboxes.items() for one in await _chosen(inbox, where)]
            return sorted(found, key=lambda pair: -pair[1].at_ms)[:limit]
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
@click.option("--as-fixture", is_flag=True, help="A test of the handlers with the object as it is now, to keep.")
@reading
@pass_given
@click.pass_context
def show(context: click.Context, given: Given, typename: str, id: str, as_fixture: bool) -> None:
    """The dead letters of one object, with their events; 1 if there are none.

    With --as-fixture the object is fetched and a test case is printed that gives it to its handlers.
    """
    letters = with_inbox(given, lambda inbox: inbox.dead_letter(canonical(typename), id))
    if letters and as_fixture:
        from marketplacer_callback.cli.fixture import written_test

        output.text(written_test(given, letters))
    elif given.as_json:
        output.data([_record(given.one_instance(), letter) for letter in letters])
    else:
        for letter in letters:
            tell_dead_letter(letter)
    if not letters:
        _no_letter(context, typename, id)


@dead.command
@click.argument("typename", metavar="[TYPE", required=False)
@click.argument("id", metavar="ID]", required=False)
@where_option
@click.option(
    "--rate", metavar="N", type=click.FloatRange(0, min_open=True), help="At most so many a second; default: at once."
)
@_yes
@reading
@pass_given
@click.pass_context
def replay(
    context: click.Context,
    given: Given,
    typename: str | None,
    id: str | None,
    where: dict[str, str],
    rate: float | None,
    yes: bool,
) -> None:
    """Run the handlers that gave up on this object again, or those of all that fit --where; 1 if there is none.

    What they did before they gave up is not undone: they see the object as it is by then.
    """
    if typename is None:
        _replay_many(context, given, where, rate, yes)
        return
    if id is None or where:
        raise click.UsageError("give TYPE and ID, or --where")
    one = (canonical(typename), id)

    async def again(inbox: Inbox) -> dict[str, str]:
        return {x.lane: await inbox.replay(x.lane, x.typename, x.id) for x in await inbox.dead_letter(*one)}

    words = with_inbox(given, again)
    if given.as_json:
        output.data(words)
    else:
        for lane, word in words.items():
            output.text(f"lane {lane}: {_WORDS.get(word, word)}")
    if not any(word != "none" for word in words.values()):
        _no_letter(context, typename, id)


@dead.command
@click.argument("typename", metavar="[TYPE", required=False)
@click.argument("id", metavar="ID]", required=False)
@where_option
@_yes
@reading
@pass_given
@click.pass_context
def drop(
    context: click.Context, given: Given, typename: str | None, id: str | None, where: dict[str, str], yes: bool
) -> None:
    """Throw the dead letters of this object away, or all that fit --where; asks unless --yes. 1 if there is none."""
    if (typename is None or id is None) == (not where):
        raise click.UsageError("give TYPE and ID, or --where")
    wanted = where or {"type": canonical(typename or ""), "id": id or ""}

    async def throw(inbox: Inbox, letter: DeadLetter) -> bool:
        return await inbox.drop_dead_letter(letter.lane, letter.typename, letter.id)

    _each(context, given, wanted, "drop", throw, rate=None, yes=yes)


dead.add_command(forget)

_WORDS: Final = {
    "none": "there is no dead letter any more",
    "new": "its events are in a new mailbox",
    "merged": "its events joined those that were waiting",
}


def _list_causes(given: Given, where: Mapping[str, str]) -> None:
    async def read(inboxes: dict[str, Inbox]) -> list[DeadLetter]:
        return [one for inbox in inboxes.values() for one in await _chosen(inbox, where)]

    causes = by_cause(with_inboxes(given, read))
    if given.as_json:
        output.data(causes)
    elif causes:
        rows = [(one.letters, one.handler, output.when(one.newest_ms), one.cause, one.example) for one in causes]
        output.table(("LETTERS", "HANDLER", "NEWEST", "CAUSE", "EXAMPLE"), rows)
    else:
        output.note("no dead letters")


def _replay_many(context: click.Context, given: Given, where: Mapping[str, str], rate: float | None, yes: bool) -> None:
    if not where:
        raise click.UsageError("give TYPE and ID, or --where")

    async def again(inbox: Inbox, letter: DeadLetter) -> bool:
        return await inbox.replay(letter.lane, letter.typename, letter.id) != "none"

    _each(context, given, where, "replay", again, rate=rate, yes=yes)


def _each(
    context: click.Context,
    given: Given,
    where: Mapping[str, str],
    verb: str,
    do: Callable[[Inbox, DeadLetter], Awaitable[bool]],
    *,
    rate: float | None,
    yes: bool,
) -> None:
    """Do it to every letter that fits, after asking."""
    letters = with_inbox(given, lambda inbox: _chosen(inbox, where))
    if letters and not yes:
        click.confirm(f"{verb} {len(letters)} dead letters?", abort=True)

    async def all_of_them(inbox: Inbox) -> int:
        did = 0
        for number, letter in enumerate(letters):
            if rate and number:
                await asyncio.sleep(1 / rate)
            did += await do(inbox, letter)
        return did

    count = with_inbox(given, all_of_them) if letters else 0
    if given.as_json:
        output.data({verb: count})
    else:
        output.text(f"{verb}: {count}")
    if not count:
        output.note("no dead letter fits")
        context.exit(FOUND)


async def _chosen(inbox: Inbox, where: Mapping[str, str]) -> list[DeadLetter]:
    if "type" in where and "id" in where:  # of one object, which need not be looked for among all
        return [letter for letter in await inbox.dead_letter(where["type"], where["id"]) if chosen(letter, where)]
    return [letter async for letter in inbox.every_dead_letter() if chosen(letter, where)]


def _no_letter(context: click.Context, typename: str, identifier: str) -> None:
    output.note(f"no dead letter of {canonical(typename)} {output.printable(identifier)}")
    context.exit(FOUND)


def _record(instance: str, letter: DeadLetter) -> dict[str, object]:
    return {"instance": instance, **output.record(letter)}
