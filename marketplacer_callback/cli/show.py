"""``show``: everything known of one object."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import with_inbox
from marketplacer_callback.cli.options import reading
from marketplacer_callback.refs import Ref
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.inbox import DeadLetter, HandlerState, MailboxState, ObjectState
    from marketplacer_callback.inbox.records import MailboxEvent

__all__ = ["show", "tell_dead_letter"]


@click.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="ID")
@reading
@pass_given
@click.pass_context
def show(context: click.Context, given: Given, typename: str, id: str) -> None:
    """Tell everything known of one object: mailboxes, events, each handler's verdict, dead letters.

    1 if nothing is known of it.
    """
    typename = canonical(typename)
    ref = Ref(given.one_instance(), typename, id)
    state = with_inbox(given, lambda inbox: inbox.look(typename, id))
    if given.as_json:
        output.data({"ref": str(ref), **output.record(state)})
    else:
        output.text(output.printable(str(ref)))
        _tell(state)
    if not state.is_known:
        output.note("nothing is known of it: no mailbox, no dead letter, and no handler has been done with it")
        context.exit(FOUND)


def _tell(state: ObjectState) -> None:
    for mailbox in state.mailboxes:
        _tell_mailbox(mailbox)
    for lane, until_ms in state.rests_until_ms.items():
        output.text(f"lane {lane}: rests until {output.when(until_ms)}")
    for handler, remembered in sorted(state.remembered.items()):
        word = "done" if remembered.done else "only skipped so far"
        output.text(f"handler {handler}: {word}, last saw digest {remembered.digest or '-'}")
    for letter in state.dead_letters:
        tell_dead_letter(letter)


def _tell_mailbox(mailbox: MailboxState) -> None:
    now_ms = time.time() * 1000
    due = f", due in {output.ago((mailbox.due_ms - now_ms) / 1000)}" if mailbox.due_ms is not None else ""
    crashes = f", {mailbox.crashes} crashes" if mailbox.crashes else ""
    batch = f", batch {mailbox.gen}" if mailbox.gen else ""
    state = mailbox.state or "half written: `status --repair` mends it"
    output.text(
        f"mailbox in lane {mailbox.lane}: {state}{due}{batch}{crashes}, since {output.when(mailbox.since_ms)}, "
        f"{mailbox.upto} events"
    )
    for event in mailbox.events:
        output.text(_event(event))
    for handler in mailbox.handlers:
        output.text(f"  handler {handler.handler}: {_stand(handler)}")


def _stand(handler: HandlerState) -> str:
    if not handler.pending:
        return f"done up to event {handler.done_upto}" if handler.done_upto else "nothing to do"
    words = ["pending"]
    if handler.failures:
        words.append(f"failed {handler.failures} times")
    if handler.last_reason:
        words.append(f"last: {handler.last_reason}")
    if handler.is_settling:
        words.append("waits for a second look")
    return ", ".join(words)


def tell_dead_letter(letter: DeadLetter) -> None:
    """A dead letter for people: each handler's reason, and the events that it was about."""
    output.text(f"dead letter in lane {letter.lane}, since {output.when(letter.at_ms)}")
    for event in letter.events:
        output.text(_event(event))
    for handler, reason in sorted(letter.reasons.items()):
        output.text(f"  handler {handler}: {output.printable(reason)}")


def _event(event: MailboxEvent) -> str:
    sequence = f", sequence {event.sequence}" if event.sequence is not None else ""
    told = output.printable(event.event_id) or "without an id"
    return f"  event {event.number} {event.name} at {output.when(event.at_ms)}: {told}{sequence}"
