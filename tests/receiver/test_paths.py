"""A delivery is taken at the mount path and everywhere below it, and nothing else of the host is touched."""

from __future__ import annotations

import pytest
from reached import HOSTS, MOUNT, SERVERS, Host, Reached, delivery, in_aiohttp, in_fastapi, make_opening, signed

from marketplacer_callback.inbox import Inbox

PATHS = ["", "/", "/Advert", "/Advert/", "/x/y", "/x/y/", "//", "/Advert?a=b", "/%C3%BC%20/%2e%2e", "/" + "long" * 500]


async def test_every_path_below_takes_a_post(server: Reached, inbox: Inbox) -> None:
    async with server(make_opening(inbox)) as post:
        for number, path in enumerate(PATHS):
            body = delivery(event_id=f"ev{number}")
            answer = await post(MOUNT + path, body, signed(body))
            assert (path, answer.status, answer.word) == (path, 200, "coalesced" if number else "new")


async def test_even_a_delivery_that_is_not_ours_gets_no_3xx_or_4xx(server: Reached, inbox: Inbox) -> None:
    async with server(make_opening(inbox)) as post:
        for path in PATHS:
            answer = await post(MOUNT + path, b"x", {"Content-Type": "text/plain"})
            assert (path, answer.status) == (path, 503)


async def test_other_methods_are_answered_405(server: Reached, inbox: Inbox) -> None:
    async with server(make_opening(inbox)) as post:
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"):
            for path in ("", "/", "/Advert"):
                answer = await post(MOUNT + path, method=method)
                assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("host", list(HOSTS))
async def test_the_hosts_own_routes_are_untouched(inbox: Inbox, host: str) -> None:
    async with HOSTS[host](make_opening(inbox)) as post:
        answer = await post("/hello", method="GET")
        assert (answer.status, answer.body) == (200, b"the host's own")
        for path in ("/marketplacers", "/", "/hello/marketplacer"):
            assert (await post(path)).status == 404


async def test_without_a_host_the_rest_is_not_found(inbox: Inbox) -> None:
    for name in ("asgi", "serve"):
        async with SERVERS[name](make_opening(inbox)) as post:
            assert (await post("/elsewhere", method="GET")).status == 404


@pytest.mark.parametrize("inside", [in_aiohttp, in_fastapi])
async def test_the_hosts_lifespan_runs(inbox: Inbox, inside: object) -> None:
    host = Host()
    async with inside(make_opening(inbox), host) as post:
        assert host.said == ["started"]
        assert (await post(MOUNT, delivery(), signed(delivery()))).status == 200
    assert host.said == ["started", "stopped"]
