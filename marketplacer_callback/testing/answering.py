"""What an integration answers to an object, without a queue or an API."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from marketplacer_callback.change import Change
from marketplacer_callback.integration import Integration
from marketplacer_callback.models import as_model
from marketplacer_callback.outcomes import Outcome
from marketplacer_callback.refs import Ref
from marketplacer_callback.routing import Handler
from marketplacer_callback.runtime.answers import read_answer, read_exception
from marketplacer_callback.typenames import canonical, is_deleted_type

__all__ = ["answer", "change"]


def change(typename: str, object: Any = None, **fields: Any) -> Change[Any]:  # noqa: A002
    """A change as a handler receives it: of ``object``, or of a deletion if that is ``None``.

    ``fields`` are those of ``Change`` (``first=False``, ``lane="fast"``, …); ``ref`` is ``test/<typename>/<object's
    id, or 1>`` unless given.
    """
    identifier = object.get("id", "1") if isinstance(object, Mapping) else "1"
    values: dict[str, Any] = {
        "ref": Ref("test", canonical(typename), str(identifier)),
        "typename": typename,
        "deleted": object is None or is_deleted_type(typename),
        **fields,
    }
    return Change(_object=object, **values)


def answer(
    integration: Integration,
    typename: str,
    object: Mapping[str, Any] | None = None,  # noqa: A002
    **fields: Any,
) -> dict[str, list[Outcome]]:
    """What each handler of ``typename`` answers to ``object`` (``None``: it was deleted), by the handler's name.

    Handlers run in registration order, with the model of their annotation, as in the worker; ``None`` counts as
    ``done()``, and a raised ``RetryLater`` or ``GiveUp`` as its outcome; any other exception is raised. Reads no
    settings: routes take part only if the integration was given its settings. ``fields`` are those of ``Change``.
    Raises ``LookupError`` if nothing handles the type.
    """
    wanted = canonical(typename)
    handlers = [handler for handler in integration._handlers_at_hand() if handler.typename == wanted]
    if not handlers:
        raise LookupError(f"nothing handles {wanted!r} in this integration")
    with ThreadPoolExecutor(1) as thread:  # the caller's thread may have an event loop that runs
        return {
            handler.name: thread.submit(_answer_of, handler, change(typename, object, **fields)).result()
            for handler in handlers
        }


def _answer_of(handler: Handler, plain: Change[Any]) -> list[Outcome]:
    try:
        found = None if plain.deleted else as_model(handler.model, plain.object, plain.typename)
        given = dataclasses.replace(plain, _object=found)
        answered = read_answer(_called(handler, given))
    except Exception as error:
        verdict = read_exception(error)
        if verdict is None:
            raise
        return [verdict]
    verdict_is_told = answered.verdict.kind != "done" or not answered.actions
    return [*answered.actions, *([answered.verdict] if verdict_is_told else [])]


def _called(handler: Handler, given: Change[Any]) -> object:
    if not handler.is_async:
        return handler.function(given)

    async def run() -> object:
        result: object = await handler.function(given)
        return result

    return asyncio.run(run())
