"""The peers: what one would write without this library, with care. Each runs on uvloop.

``receive`` is an aiohttp handler that reads the body and checks the signature; it stores nothing, or with ``--redis``
enqueues one arq job an event. ``work`` is arq's worker; its job reads the object with one query, then handles it.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import logging
import os
import socket
import struct
import time
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import uvloop
from aiohttp import web
from arq import create_pool, func
from arq.connections import RedisSettings
from arq.worker import Worker
from rig import SECRET
from tally import Tally

if TYPE_CHECKING:
    from arq.typing import StartupShutdown, WorkerCoroutine

QUERY = "query Advert($id: ID!) { node(id: $id) { __typename id ... on Advert { title updatedAt } } }"


def receiver(redis_url: str | None) -> web.Application:
    secret = SECRET.encode()
    app = web.Application()

    async def deliver(request: web.Request) -> web.Response:
        body = await request.read()
        signature = base64.b64encode(hmac.digest(secret, body, "sha256")).decode()
        if not hmac.compare_digest(signature, request.headers.get("Marketplacer-Hmac-256", "")):
            return web.Response(status=401)
        if redis_url:
            event = json.loads(body)
            await app["arq"].enqueue_job("handle", event["payload"]["data"]["node"]["id"], _job_id=event["id"])
        return web.Response(text='{"result":"new"}\n', content_type="application/json")

    async def opened(app: web.Application) -> Any:
        if redis_url:
            app["arq"] = await create_pool(RedisSettings.from_dsn(redis_url))
        yield

    app.cleanup_ctx.append(opened)
    app.router.add_post("/marketplacer/{typename}", deliver)
    return app


def worker(redis_url: str, api: str, options: dict[str, Any]) -> Worker:
    tally = Tally(os.environ["BENCH_TALLY"])
    told, bench = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", int(os.environ["BENCH_TOLD"]))
    tells = options.pop("tells")

    async def handle(context: dict[str, Any], id: str) -> None:
        asked = {"query": QUERY, "variables": {"id": id}}
        async with context["session"].post(api, json=asked) as response:
            node = (await response.json())["data"]["node"]
        node["title"]
        tally.handled(id)
        if tells:
            told.sendto(struct.pack("d", time.monotonic()) + id.encode(), bench)

    async def start(context: dict[str, Any]) -> None:
        context["session"] = aiohttp.ClientSession(headers={"Authorization": "Bearer bench-key"})

    async def stop(context: dict[str, Any]) -> None:
        await context["session"].close()

    return Worker(
        [func(cast("WorkerCoroutine", handle), name="handle", keep_result=0)],
        redis_settings=RedisSettings.from_dsn(redis_url),
        on_startup=cast("StartupShutdown", start),
        on_shutdown=cast("StartupShutdown", stop),
        log_results=False,
        **options,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("receive", "work"))
    parser.add_argument("--port", type=int)
    parser.add_argument("--redis")
    parser.add_argument("--api")
    parser.add_argument("--max-jobs", type=int)
    parser.add_argument("--poll-delay", type=float)
    parser.add_argument("--tells", action="store_true")
    options = parser.parse_args()
    uvloop.install()
    if options.what == "receive":
        web.run_app(receiver(options.redis), host="127.0.0.1", port=options.port, access_log=None, print=None)
        return
    logging.basicConfig(level=logging.INFO)
    tuned = {"max_jobs": options.max_jobs, "poll_delay": options.poll_delay}
    given = {name: value for name, value in tuned.items() if value is not None}
    made = worker(options.redis, options.api, {**given, "tells": options.tells})
    logging.getLogger("arq").setLevel(logging.WARNING)
    logging.getLogger("bench").info("Starting worker")
    made.run()


if __name__ == "__main__":
    main()
