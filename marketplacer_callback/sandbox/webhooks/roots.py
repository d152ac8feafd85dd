"""The query root fields about webhooks, and their objects by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLResolveInfo

from marketplacer_callback.sandbox.data.ids import parts
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.arguments import page_of
from marketplacer_callback.sandbox.querying.relations import connect
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.sorting import Sorting, as_text
from marketplacer_callback.sandbox.webhooks.model import Event, Webhook
from marketplacer_callback.sandbox.webhooks.shown import (
    event_record,
    response_place,
    response_record,
    webhook_record,
)

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.webhooks.webhooks import Webhooks

__all__ = ["WEBHOOK_ROOTS", "managed", "may_manage", "webhook_node"]


def webhooks(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    """``webhooks``: an operator's key sees all (a guess), a seller's key those of the seller."""
    request: Request = info.context
    hooks = managed(request)
    seen = [webhook for webhook in hooks.all() if may_manage(request, webhook)]
    page = connect(seen, **page_of(arguments))
    page["nodes"] = [webhook_record(webhook, request.store, hooks.records) for webhook in page["nodes"]]
    return page


def webhook_events(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> Record:
    """``webhookEvents(webhookId:)``: of one webhook, or of all that the key sees, in the order of their last change.

    That it is ascending is a guess.
    """
    request: Request = info.context
    hooks = managed(request)
    id_ = arguments.get("webhookId")
    webhook = hooks.find(id_) if id_ is not None else None
    if id_ is not None and (webhook is None or not may_manage(request, webhook)):
        raise GraphQLError(f"No object found for webhookId: {id_}")
    seen = [event for event in hooks.records.all(webhook) if may_manage(request, event.webhook)]
    page = connect(seen, sorting=LAST_CHANGE, **page_of(arguments))
    page["nodes"] = [event_record(event, request.store) for event in page["nodes"]]
    return page


def webhook_node(request: Request, id_: str) -> Record | None:
    """What ``node(id:)`` shows for the id of a webhook, an event or a response; ``None`` for any other."""
    hooks = request.webhooks
    typename, number = parts(id_) or ("", 0)
    if hooks is None or typename not in ("Webhook", "WebhookEvent", "WebhookEventResponse"):
        return None
    if typename == "Webhook":
        webhook = hooks.find(id_)
        seen = webhook is not None and may_manage(request, webhook)
        return webhook_record(webhook, request.store, hooks.records) if webhook and seen else None
    number, place = (number, 0) if typename == "WebhookEvent" else response_place(number)
    event = hooks.records.get(number)
    if event is None or not may_manage(request, event.webhook):
        return None
    return event_record(event, request.store) if typename == "WebhookEvent" else _response(event, place)


def managed(request: Request) -> Webhooks:
    """The webhooks of the instance that answers."""
    if request.webhooks is None:
        raise GraphQLError("this document was run without webhooks")
    return request.webhooks


def may_manage(request: Request, webhook: Webhook) -> bool:
    """Whether the key is the operator's or that of the webhook's seller."""
    own = request.own_seller
    return own is None or webhook.seller == own["id"]


def _response(event: Event, place: int) -> Record | None:
    answered = place < len(event.tries) and event.tries[place].status is not None
    return response_record(event, place) if answered else None


class _LastChange(Sorting):
    """The order of ``Records.all``: an event that changes while a client pages comes again at the end."""

    def place(self, record: Any) -> list[Any]:
        return [as_text(record.updated_at), record.number]


LAST_CHANGE: Final = _LastChange((("updatedAt", False),))
WEBHOOK_ROOTS: Final[dict[str, Callable[..., Any]]] = {"webhooks": webhooks, "webhookEvents": webhook_events}
