"""The shape of every mutation: one ``input``, and a payload with ``status``, ``errors`` and what was changed.

A rule that the platform enforces is a ``Refused``; it becomes the payload's ``errors``. The numbers in ``status`` are
undocumented: 200, 404 and 422 follow HTTP's meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.sight import visible

__all__ = ["Mutation", "NotFound", "Refused", "found", "operator_only", "resolver"]

Mutation = Callable[[Request, Record], Record]
"""From the request and the ``input`` to the payload's own fields, such as ``{"refundRequest": record}``.

Validates everything before it writes anything, so that a refusal leaves no trace.
"""


class Refused(Exception):
    """The platform refuses; ``field`` is the input's field that is at fault, ``base`` if it is none of them."""

    status = 422

    def __init__(self, message: str, *, field: str = "base") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(Refused):
    """The input names an object that there is not."""

    status = 404


def found(request: Request, typename: str, id_: str | None, argument: str) -> Record:
    """The live object of the type that an input's field names.

    Raises ``NotFound`` with the platform's text if there is none, or if a seller's key may not see it. A variant of a
    deleted advert can be read, and neither sold nor changed (a guess).
    """
    record = request.store.living(typename, id_) if id_ else None
    if record is None or not visible(request, record) or _belongs_to_deleted(request, record):
        raise NotFound(f"No object found for {argument}: {id_}", field=argument)
    return record


def _belongs_to_deleted(request: Request, record: Record) -> bool:
    advert = record.get("advert") if record["__typename"] == "Variant" else None
    return advert is not None and request.store.living("Advert", advert["id"]) is None


def operator_only(mutation: Mutation) -> Mutation:
    """Refuse a seller's key."""

    def guarded(request: Request, values: Record) -> Record:
        if request.role == "seller":
            raise GraphQLError("permission denied: only accessible to operator admin users")
        return mutation(request, values)

    guarded.__doc__ = mutation.__doc__
    return guarded


def resolver(mutation: Mutation) -> Callable[..., Any]:
    """The resolver of the mutation's root field."""

    def resolve(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
        values = arguments["input"]
        answer: Record = {"clientMutationId": values.get("clientMutationId")}
        try:
            return {**answer, "status": 200, "errors": None, **mutation(info.context, values)}
        except Refused as refused:
            if isinstance(refused, NotFound) and info.context.choices.unknown_object == "answer":
                raise GraphQLError(refused.message) from None
            nothing = dict.fromkeys(info.return_type.fields)  # type: ignore[union-attr]
            errors = [{"field": refused.field, "messages": [refused.message]}]
            return {**nothing, **answer, "status": refused.status, "errors": errors}

    return resolve
