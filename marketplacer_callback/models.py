"""Fetched objects as the integrator's models. The platform's enums are open: what a model lets pass is up to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache
from pydantic import TypeAdapter, ValidationError

from marketplacer_callback.errors import ObjectMismatch

__all__ = ["adapter_of", "as_model"]

_ADAPTERS: LRUCache[type[Any], TypeAdapter[Any]] = LRUCache(maxsize=512)


def adapter_of(model: type[Any]) -> TypeAdapter[Any]:
    """pydantic's adapter of a model. Raises pydantic's own errors for a class that it cannot build."""
    adapter = _ADAPTERS.get(model)
    if adapter is None:
        adapter = _ADAPTERS[model] = TypeAdapter(model)
    return adapter


def as_model(model: type[Any] | None, value: Mapping[str, Any], typename: str = "") -> Any:
    """The object as ``model``, or as it is for ``None``.

    An ``UnpublishedAdvert`` has the advert itself under ``details``; that is what has to fit a model, so that one model
    serves both.

    Raises ``ObjectMismatch`` with the JSON pointer of the first misfit; the message names no value, since that may be a
    customer's.
    """
    if model is None:
        return value
    details = value.get("details") if typename == "UnpublishedAdvert" else None
    try:
        return adapter_of(model).validate_python(details if isinstance(details, Mapping) else value)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in problems[0]["loc"])
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ObjectMismatch(
            f"the object does not fit {model.__qualname__} at {pointer or '/'}: {problems[0]['type']}{more}; "
            "mend the model or the document",
            path=pointer,
        ) from None
