"""Webhooks by mutation, and what the API shows of them."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey

FIELDS = "id type url eventName enabled allowSkip concurrentSendLimit maxRetries queryString headers legacyFormat"
CREATE = f"""mutation($attributes: WebhookCreateInput!) {{ webhookCreate(input: {{attributes: $attributes}}) {{
    status errors {{ field messages }} webhook {{ {FIELDS} seller {{ id }} }} }} }}"""
UPDATE = f"""mutation($id: ID!, $attributes: WebhookInput!) {{
  webhookUpdate(input: {{webhookId: $id, attributes: $attributes}}) {{
    status errors {{ field messages }} webhook {{ {FIELDS} seller {{ id }} }} }} }}"""
EVENTS = """query($webhookId: ID, $first: Int, $after: String) {
  webhookEvents(webhookId: $webhookId, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id eventName status skipped payload createdAt processedAt retryAfter invoice { id } shipment { id }
            refundRequest { id } responses { id status body headers } } } }"""
ALL = f"{{ webhooks {{ totalCount nodes {{ {FIELDS} }} }} }}"


def run(sandbox: Sandbox, text: str, key: ApiKey = OPERATOR, **variables: Any) -> dict[str, Any]:
    """The data of a document that has no errors of its own."""
    answer = sandbox.executor.run(text, variables, None, sandbox.request(key=key))
    assert answer.get("errors") is None
    data: dict[str, Any] = answer["data"]
    return data


def made(sandbox: Sandbox, key: ApiKey = OPERATOR, **attributes: Any) -> dict[str, Any]:
    """The webhook that ``webhookCreate`` makes."""
    payload = run(sandbox, CREATE, key, attributes=attributes)["webhookCreate"]
    assert (payload["status"], payload["errors"]) == (200, None)
    webhook: dict[str, Any] = payload["webhook"]
    return webhook


def refusal(sandbox: Sandbox, key: ApiKey = OPERATOR, **attributes: Any) -> tuple[int, str, str]:
    """How ``webhookCreate`` refuses: status, field, message."""
    payload = run(sandbox, CREATE, key, attributes=attributes)["webhookCreate"]
    [error] = payload["errors"]
    assert payload["webhook"] is None
    return payload["status"], error["field"], error["messages"][0]


def changed(sandbox: Sandbox, id_: str, key: ApiKey = OPERATOR, **attributes: Any) -> dict[str, Any]:
    """The payload of ``webhookUpdate``."""
    payload: dict[str, Any] = run(sandbox, UPDATE, key, id=id_, attributes=attributes)["webhookUpdate"]
    return payload


def events(sandbox: Sandbox, key: ApiKey = OPERATOR, **variables: Any) -> list[dict[str, Any]]:
    """The nodes of ``webhookEvents``."""
    nodes: list[dict[str, Any]] = run(sandbox, EVENTS, key, **variables)["webhookEvents"]["nodes"]
    return nodes


def advert(sandbox: Sandbox) -> str:
    """The id of the first advert."""
    return str(sandbox.store.all("Advert")[0]["id"])
