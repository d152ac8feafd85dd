"""Other processes set the webhooks of a sandbox, and read what their receivers answered."""

from __future__ import annotations

import aiohttp
import pytest
from sandbox_asking import Hook

from marketplacer_callback.sandbox import Sandbox, SandboxClient, SandboxRefused


async def test_a_webhook_is_set_by_other_processes(hook: Hook) -> None:
    async with Sandbox(adverts=3, webhook_url="http://127.0.0.1:9/") as sandbox, SandboxClient(sandbox.url) as client:
        [before] = await client.webhooks("Advert")
        assert (before["url"], before["enabled"], before["concurrency"]) == ("http://127.0.0.1:9/", True, 100)
        await client.configure(typename="Advert", url=hook.url, concurrency=3)
        [after] = await client.webhooks("Advert")
        assert after == {**before, "url": hook.url, "concurrency": 3}
        [other] = await client.webhooks("Seller")
        assert other["url"] == "http://127.0.0.1:9/"
        await client.configure(id=other["id"], enabled=False)
        assert [one["enabled"] for one in await client.webhooks("Seller")] == [False]
        advert = sandbox.store.all("Advert")[0]["id"]
        assert (await client.deliver("Advert", advert))["outcome"] == "delivered"
        [delivery] = await client.deliveries(limit=1)
        assert (delivery["typename"], delivery["id"], delivery["status"]) == ("Advert", advert, "Sent")
        assert [tried["status"] for tried in delivery["attempts"]] == [200]


async def test_the_answers_of_a_receiver_are_told(hook: Hook) -> None:
    hook.answers = [500]
    async with Sandbox(adverts=3, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        await client.deliver("Advert", sandbox.store.all("Advert")[0]["id"])
        [delivery] = await client.deliveries()
        assert [tried["status"] for tried in delivery["attempts"]] == [500, 200]


async def test_what_no_webhook_is_told_of_cannot_be_delivered(hook: Hook) -> None:
    async with Sandbox(adverts=3, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        order = sandbox.store.all("Order")[0]["id"]
        with pytest.raises(SandboxRefused, match="no webhook is told of a Order's update"):
            await client.deliver("Order", order)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"typename": "Dragon", "enabled": True}, 404, "the sandbox has no webhook for Dragon"),
        ({"id": "x", "enabled": True}, 404, "the sandbox has no webhook with the id 'x'"),
        ({"typename": "Advert"}, 400, "nothing to set; give one of url, enabled, concurrency"),
        ({"typename": "Advert", "enabled": "yes"}, 400, "'enabled': expected true or false"),
        ({"typename": "Advert", "concurrency": 0}, 400, "concurrency must be from 1 to 200"),
        ({"typename": "Advert", "url": "nowhere"}, 400, "url is not a valid URL"),
        ({"typename": "Advert", "hmac_key": "x"}, 400, "'hmac_key' is not read here; known: concurrency"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused(
    hook: Hook, body: dict[str, object], status: int, error: str
) -> None:
    async with (
        Sandbox(adverts=1, webhook_url=hook.url) as sandbox,
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/sandbox/webhooks", json=body) as answer,
    ):
        assert answer.status == status
        assert (await answer.json())["error"].startswith(error)
