"""Telling a story, or making one change, and waiting for what the receivers answer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import string
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.data.ids import parts
from marketplacer_callback.sandbox.data.store import Record, iso
from marketplacer_callback.sandbox.journal import Attempt
from marketplacer_callback.sandbox.stories import STORIES
from marketplacer_callback.sandbox.stories.steps import Step
from marketplacer_callback.sandbox.webhooks.model import known_event

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["WAIT_S", "play", "trigger"]

WAIT_S: Final = 5.0
"""How long a step waits for the answers to its deliveries."""
_NUMBERS: Final = itertools.count(1)


async def play(sandbox: Sandbox, name: str, *, within_s: float = WAIT_S) -> dict[str, Any]:
    """Tell a story: each step's document is run with an operator's rights, its deliveries are waited for.

    ``story``, ``title``, ``complete`` (no step was refused; the first that is ends the story) and ``steps``, each with
    ``does``, ``root`` (the document's root field), ``object`` (what the step is about, ``None`` if it was refused),
    ``status`` (the payload's), ``errors`` and ``deliveries``. A delivery has ``event_id``, ``event_name``,
    ``typename``, ``id``, ``attempts``, ``status``, ``outcome``; those that have no end within ``within_s`` show their
    latest try. ``KeyError`` for an unknown story.
    """
    if name not in STORIES:
        raise KeyError(f"no such story: {name!r}; one of {', '.join(STORIES)}")
    story = STORIES[name]
    now = datetime.now(UTC)
    number = f"{int(now.timestamp())}-{next(_NUMBERS)}"
    values = {"number": number, "today": now.date().isoformat(), "now": iso(int(now.timestamp() * 1000))}
    steps: list[dict[str, Any]] = []
    for step in story.steps:
        told = await _told(sandbox, step, values, within_s)
        steps.append(told)
        if told["errors"]:
            break
    complete = not steps[-1]["errors"]
    return {"story": name, "title": story.title, "complete": complete, "steps": steps}


async def trigger(
    sandbox: Sandbox, typename: str, event_name: str, id: str | None = None, *, within_s: float = WAIT_S
) -> dict[str, Any]:
    """Create, update or destroy an object, and wait for the answers to what this tells: ``typename``, ``id``,
    ``event_name``, ``deliveries`` as in ``play``.

    Without ``id`` the first object of the type is updated, and the last one destroyed (with role ``seller`` of those
    that are the seller's); one is made if there is none.
    ``ValueError`` for an event or a type that there is not, ``KeyError`` for an unknown object.
    """
    known_event(event_name)
    if id is not None and event_name == "create":
        raise ValueError("an object that is created gets its id from the sandbox; leave the id out")
    if id is None and event_name != "create":
        known = [one for one in sandbox.store.all(typename) if _is_own(sandbox, one)]
        id = str(known[0 if event_name == "update" else -1]["id"]) if known else sandbox.create(typename)
        await _ended(sandbox, within_s)
    before, first = time.time(), sandbox.webhooks.next_event
    if event_name == "create":
        id = sandbox.create(typename)
    elif event_name == "update":
        sandbox.change(typename, str(id))
    else:
        sandbox.destroy(typename, str(id))
    await _ended(sandbox, within_s)
    deliveries = _deliveries(sandbox, before, first)
    return {"typename": typename, "id": id, "event_name": event_name, "deliveries": deliveries}


async def _told(sandbox: Sandbox, step: Step, values: dict[str, Any], within_s: float) -> dict[str, Any]:
    before, first = time.time(), sandbox.webhooks.next_event
    answer = sandbox.executor.run(step.document, _filled(step.variables, values), None, sandbox.request())
    sandbox.tell()
    await _ended(sandbox, within_s)
    data = answer.get("data") or {}
    root = step.shows.split(".", 1)[0]
    payload = data.get(root) or {}
    errors = [str(error["message"]) for error in answer.get("errors") or ()]
    errors += [message for error in payload.get("errors") or () for message in error["messages"]]
    shown, status = _at(data, step.shows), payload.get("status")
    if not errors and shown is None:
        errors = ["the sandbox has no such object"]
    values |= {name: _at(data, path) for name, path in step.keeps.items()}
    return {
        "does": step.does,
        "root": root,
        "object": shown,
        "status": status,
        "errors": errors,
        "deliveries": _deliveries(sandbox, before, first),
    }


def _is_own(sandbox: Sandbox, record: Record) -> bool:
    own = sandbox.own_seller
    return own is None or sandbox.store.seller_id(record) in (None, own)


async def _ended(sandbox: Sandbox, within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await sandbox.drained()


def _deliveries(sandbox: Sandbox, since: float, first: int) -> list[dict[str, Any]]:
    """The latest try since then of each event from number ``first`` on, in the order in which the events were made;
    not the retries of earlier ones, which no step of this one caused.
    """
    latest: dict[int, Attempt] = {}
    for entry in reversed(sandbox.journal.entries):
        if isinstance(entry, Attempt):
            if entry.sent_at < since:
                break
            if (number := _number(entry)) >= first:
                latest.setdefault(number, entry)
    return [
        {
            "event_id": one.event_id,
            "event_name": one.event_name,
            "typename": one.typename,
            "id": one.id,
            "attempts": one.attempt,
            "status": one.status,
            "outcome": one.outcome,
        }
        for _, one in sorted(latest.items())
    ]


def _number(attempt: Attempt) -> int:
    """Of the event that it delivers: its id is made of it."""
    _, number = parts(attempt.event_id) or ("", 0)
    return number


def _filled(given: Any, values: Mapping[str, Any]) -> Any:
    """The variables with what their ``$name`` stand for."""
    if isinstance(given, Mapping):
        return {name: _filled(value, values) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [_filled(value, values) for value in given]
    if isinstance(given, str) and given.startswith("$") and given[1:] in values:
        return values[given[1:]]
    return string.Template(given).substitute(values) if isinstance(given, str) else given


def _at(data: Any, path: str) -> Any:
    """What is at a path; ``None`` where it does not lead to anything."""
    for part in path.split("."):
        if isinstance(data, list):
            data = data[int(part)] if int(part) < len(data) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data
