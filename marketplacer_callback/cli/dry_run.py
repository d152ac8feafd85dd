"""What a handler answers to one object, with nothing carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, cast

from marketplacer_callback.change import Change
from marketplacer_callback.models import as_model
from marketplacer_callback.outcomes import Outcome, Retry
from marketplacer_callback.runtime.answers import place_of, read_answer, read_exception
from marketplacer_callback.typenames import is_deleted_type

if TYPE_CHECKING:
    from marketplacer_callback.api import Found
    from marketplacer_callback.documents import Document
    from marketplacer_callback.refs import Ref
    from marketplacer_callback.routing import Handler

__all__ = ["answer_of"]


async def answer_of(handler: Handler, ref: Ref, document: Document, found: Found) -> list[dict[str, object]]:
    """The handler's outcomes as JSON values, its verdict last. An exception is told as the outcome it stands for."""
    deleted = is_deleted_type(found.typename)
    try:
        change: Change[Any] = Change(
            ref=ref,
            typename=found.typename,
            deleted=deleted,
            source="manual",
            lane=cast("Literal['fast', 'slow']", handler.lane),
            fetched_at=found.fetched_at,
            document=document.name,
            document_digest=document.digest,
            _object=None if deleted else as_model(handler.model, found.object, found.typename),
        )
        answered = read_answer(await _called(handler, change))
    except Exception as error:  # noqa: BLE001  whatever a handler raises is its answer
        return [_json(read_exception(error) or Retry(f"{type(error).__name__}: {error} ({place_of(error)})"))]
    return [*(_json(action) for action in answered.actions), _json(answered.verdict)]


async def _called(handler: Handler, change: Change[Any]) -> object:
    if handler.is_async:
        return await handler.function(change)
    return await asyncio.to_thread(handler.function, change)


def _json(outcome: Outcome) -> dict[str, object]:
    fields: Iterable[str] = getattr(outcome, "__dataclass_fields__", ())
    return {"kind": outcome.kind, **{name: getattr(outcome, name) for name in fields}}
