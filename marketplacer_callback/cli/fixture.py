"""A dead letter as a test case: the object as it is now, given to the handlers that gave up on it."""

from __future__ import annotations

import asyncio
import pprint
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marketplacer_callback.cli.fetch import documents_of, named, read
from marketplacer_callback.cli.given import Given
from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.inbox import DeadLetter

__all__ = ["written_test"]

_HEAD = '''\
"""{typename} {id}: what its handlers gave up on. The object is as it was read on {day}."""

from {module} import {name}

from marketplacer_callback.testing import answer
'''

_CASE = """

OF_{constant}: dict[str, object] = {object}


def test_{function}() -> None:
    # {reason}
    assert answer({name}, "{typename}", OF_{constant})["{handler}"] == []  # say what is right
"""


def written_test(given: Given, letters: Sequence[DeadLetter]) -> str:
    """The text of a test file with a test for each handler. Fetches the object, by each handler's own document.

    Raises ``ConfigurationError`` if the handlers are routes alone, or are not in this code any more.
    """
    module, _, name = (given.app or given.settings.app or "").partition(":")
    if not module:
        raise ConfigurationError("--as-fixture: a test needs handlers in Python; set app, or give --app MODULE:NAME")
    reasons = {handler: reason for letter in letters for handler, reason in letter.reasons.items()}
    typename, identifier = letters[0].typename, letters[0].id
    objects = asyncio.run(_objects(given, typename, identifier, reasons))
    when = next(iter(objects.values()))[1]
    head = _HEAD.format(typename=typename, id=_plain(identifier), day=when, module=module, name=name or "integration")
    cases = [
        _CASE.format(
            constant=_word(handler).upper(),
            function=f"{_word(handler)}_takes_{_word(typename)}",
            object=pprint.pformat(objects[handler][0], width=110, sort_dicts=False),
            reason=_plain(reason),
            name=name or "integration",
            typename=typename,
            handler=handler,
        )
        for handler, reason in sorted(reasons.items())
    ]
    return head + "".join(cases)


async def _objects(
    given: Given, typename: str, identifier: str, reasons: Mapping[str, str]
) -> dict[str, tuple[dict[str, Any], str]]:
    """Handler → the object that it would get, and the day on which it was read."""
    from marketplacer_callback.wiring import api_client

    instance = given.one_instance()
    handlers = {one.name: one for one in given.integration.table if one.typename == typename}
    if unknown := [name for name in reasons if name not in handlers]:
        raise ConfigurationError(f"--as-fixture: no handler of {typename} is called {', '.join(unknown)} in this code")
    documents = documents_of(given, instance)
    objects = {}
    async with api_client(given.settings, instance) as client:
        for name in reasons:
            found = await read(client, named(documents, handlers[name].document or typename, given), identifier)
            objects[name] = (found.object, found.fetched_at.date().isoformat())
    return objects


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower() or "it"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", text).split()).replace('"', "'")[:110]
