"""What a webhook's query says of an object: the payload of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

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
        query = webhook.query or DEFAULT_QUERY
        destroyed = written.event_name == "destroy"
        if destroyed and request.choices.destroy_node == "last":
            request.undeleted = written.id
        if destroyed and request.choices.destroy_node == "null":
            answer: Record = {"data": {"node": None}}
        elif query in SHORTCUTS:
            shown = request.store.get(written.id) if request.undeleted else request.store.read(written.id)
            values = tuple(shown[name] for name in SHORTCUTS[query]) if shown else None
            return _thin(values, webhook.legacy_format)
        else:
            answer = self._executor.run(query, {"id": written.id}, None, request)
        failed = bool(answer.get("errors"))
        if webhook.legacy_format:
            return Rendered(payload_json(None if failed else answer["data"].get("node")), failed)
        return Rendered(payload_json({"errors": answer["errors"]} if failed else {"data": answer["data"]}), failed)


@lru_cache(maxsize=65_536)
def _thin(values: tuple[str, ...] | None, legacy_format: bool) -> Rendered:
    """The answer to one of ``SHORTCUTS``, from the node's type and, if it is asked for, its id."""
    node = None if values is None else dict(zip(("__typename", "id"), values, strict=False))
    return Rendered(payload_json(node if legacy_format else {"data": {"node": node}}))
