"""What a webhook's query says of an object: the payload of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.data.store import Record, Written
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.webhooks.envelope import payload_json
from marketplacer_callback.sandbox.webhooks.model import DEFAULT_QUERY, THIN_QUERY, Webhook

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.querying.execute import Executor

__all__ = ["Payloads", "Rendered"]

SHORTCUTS: Final = {DEFAULT_QUERY: ("__typename",), THIN_QUERY: ("__typename", "id")}
"""Queries whose answer is read off the store: a thin payload is by far the most frequent one."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A payload as JSON; ``failed``: it says why the query failed."""

    payload: bytes
    failed: bool = False


class Payloads:
    """Runs the webhooks' queries."""

    def __init__(self, executor: Executor, request: Callable[..., Request]) -> None:
        self._executor = executor
        self._request = request

    def render(self, webhook: Webhook, written: Written) -> Rendered:
        """The payload for a write: ``{"data": …}``, or ``{"errors": […]}`` if the query failed.

        In the legacy format it is the node itself, null if the query failed. A seller's webhook sees what the
        seller's key sees (undocumented: a guess). For a destroy ``choices.destroy_node`` decides.
        """
        key = ApiKey("", "seller", webhook.seller) if webhook.seller else OPERATOR
        request = self._request(key=key)
        destroyed = written.event_name == "destroy"
        if destroyed and request.choices.destroy_node == "null":
            answer: Record = {"data": {"node": None}}
        else:
            if destroyed and request.choices.destroy_node == "last":
                request.undeleted = written.id
            answer = self._answer(webhook.query or DEFAULT_QUERY, written.id, request)
        failed = bool(answer.get("errors"))
        if webhook.legacy_format:
            return Rendered(payload_json(None if failed else answer["data"].get("node")), failed)
        return Rendered(payload_json({"errors": answer["errors"]} if failed else {"data": answer["data"]}), failed)

    def _answer(self, query: str, id_: str, request: Request) -> dict[str, Any]:
        fields = SHORTCUTS.get(query)
        if fields is None:
            return self._executor.run(query, {"id": id_}, None, request)
        shown = request.store.get(id_) if request.undeleted == id_ else request.store.read(id_)
        return {"data": {"node": shown and {name: shown[name] for name in fields}}}
