"""Requests as a sloppy client forms them, and a mutation whose effect can be counted."""

from __future__ import annotations

import io
import json
from typing import Any

import aiohttp

from marketplacer_callback.sandbox import Sandbox

NAME = "query Who { apiKeyPrincipal { name } }"
UPSERT = """mutation Upsert($owner: ID!, $key: String!, $value: String!) {
  externalIdUpsert(input: {owner: $owner, key: $key, value: $value}) {
    status errors { field messages } externalId { id key value }
  }
}"""


async def post(
    sandbox: Sandbox, body: object, *, headers: dict[str, str] | None = None, key: str = "sandbox-key"
) -> tuple[int, dict[str, Any]]:
    """The status and JSON of the answer to a body as it is (bytes), or as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(sandbox.url, data=io.BytesIO(raw), headers=sent) as answer,
    ):
        return answer.status, await answer.json()


def upsert(owner: str, value: str, key: str = "erp") -> dict[str, Any]:
    """The body of a mutation: one more external id for an advert, and so one more version of it."""
    return {"query": UPSERT, "variables": {"owner": owner, "key": key, "value": value}}


def advert(sandbox: Sandbox, place: int = 0) -> str:
    """The id of a seeded advert."""
    return str(sandbox.store.all("Advert")[place]["id"])


def values(sandbox: Sandbox, owner: str, key: str = "erp") -> list[str]:
    """The external ids of an advert under a key, as the store holds them."""
    record = sandbox.store.get(owner) or {}
    return [entry["value"] for entry in record.get("externalIds") or () if entry["key"] == key]
