"""What a request carries, where it goes, and what it never tells."""

from __future__ import annotations

import asyncio
import base64
import logging

import aiohttp
import pytest
from aiohttp import web
from aioresponses import aioresponses

from marketplacer_callback.api import ApiAuth, ApiClient
from marketplacer_callback.api.sorting import TooBig
from marketplacer_callback.errors import ApiError, ConfigurationError, RateLimited, Unauthorized, Unavailable

URL = "https://shop.example/graphql"
KEY = "k3y-0f-the-sh0p"
BASIC = "gate:p4ssw0rd"


async def ask(client: ApiClient):
    return await client.execute("query Q { total }", {}, operation="Q")


async def test_the_key_is_a_bearer_token(platform) -> None:
    async with ApiClient(platform.url, ApiAuth(KEY)) as client:
        answer = await ask(client)
    assert answer.data == {"total": 0}
    (headers,) = platform.headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert "MARKETPLACER-API-KEY" not in headers
    assert headers["User-Agent"].startswith("marketplacer-callback/")
    assert headers["Content-Type"] == "application/json"
    assert platform.requests == [{"query": "query Q { total }", "variables": {}, "operationName": "Q"}]


async def test_where_basic_guards_the_site_the_key_has_its_own_header(platform) -> None:
    async with ApiClient(platform.url, ApiAuth(KEY, BASIC)) as client:
        await ask(client)
    (headers,) = platform.headers
    assert headers["MARKETPLACER-API-KEY"] == KEY
    assert headers["Authorization"] == "Basic " + base64.b64encode(BASIC.encode()).decode()


async def test_partial_data_lives_on(platform, client: ApiClient) -> None:
    platform.instead = lambda _: {"data": {"total": None}, "errors": [{"message": "no", "path": ["total"]}]}
    answer = await ask(client)
    assert answer.data == {"total": None}
    assert [error.path for error in answer.errors] == [("total",)]


async def test_a_page_of_the_documentation_is_read(platform, client: ApiClient, shared) -> None:
    body = (shared / "fixtures/responses/docs2021-advertSearch-page1.json").read_bytes()
    platform.instead = lambda _: web.Response(body=body, content_type="application/json")
    answer = await ask(client)
    assert len(answer.data["advertSearch"]["adverts"]["edges"]) == 3


async def test_no_redirect_is_followed(platform, client: ApiClient) -> None:
    """Least of all to another host, with the key."""
    platform.instead = lambda _: web.Response(status=307, headers={"Location": "https://elsewhere.example/graphql"})
    with pytest.raises(Unavailable, match="redirect"):
        await ask(client)
    assert len(platform.requests) == 1


async def test_an_endless_answer_is_cut_off(platform) -> None:
    platform.instead = lambda _: web.Response(body=b" " * 300_000)
    async with ApiClient(platform.url, ApiAuth(KEY), max_answer_bytes=100_000) as client:
        with pytest.raises(TooBig):
            await ask(client)


@pytest.mark.parametrize(
    ("status", "body", "outage"),
    [
        (200, '{"data":{}}', False),
        (200, '{"errors":[{"message":"no"}]}', False),
        (200, '{"errors":[{"message":"Timeout on Query.total"}]}', False),
        (401, "Unauthorized", False),
        (400, '{"errors":[{"message":"no"}]}', False),
        (200, "<html>", True),
        (429, "", True),
        (500, "", True),
        (503, "", True),
    ],
)
async def test_outages_in_a_row_are_counted_until_an_answer(status: int, body: str, outage: bool) -> None:
    async with ApiClient(URL, ApiAuth(KEY)) as client:
        with aioresponses() as mocked:
            for expected in (1, 2):
                mocked.post(URL, exception=aiohttp.ClientConnectionError())
                with pytest.raises(Unavailable):
                    await ask(client)
                assert client.consecutive_outages == expected
            mocked.post(URL, status=status, body=body)
            await asyncio.gather(ask(client), return_exceptions=True)
            assert client.consecutive_outages == (3 if outage else 0)


async def test_a_request_that_takes_too_long_ends(platform) -> None:
    platform.instead = lambda _: platform.hang()
    async with ApiClient(platform.url, ApiAuth(KEY), timeout_s=0.05) as client:
        with pytest.raises(Unavailable, match="no answer in time"):
            await ask(client)
        assert client.consecutive_outages == 1


async def test_a_cancelled_request_is_no_outage(platform, client: ApiClient) -> None:
    platform.instead = lambda _: platform.hang()
    task = asyncio.create_task(ask(client))
    while not platform.requests:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.consecutive_outages == 0


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500, 503])
async def test_nothing_that_is_said_holds_a_secret_or_the_body(platform, caplog, status: int) -> None:
    """Not even if the server echoes them: not in the error, what it was raised from, nor in the log."""
    token = base64.b64encode(BASIC.encode()).decode()
    echo = f"bad {KEY} and {BASIC} and {token}"
    body = f'{{"errors":[{{"message":"{echo}"}}],"customer":"jo@example.org"}}'
    platform.instead = lambda _: web.Response(status=status, body=body, headers={"X-Echo": KEY})
    caplog.set_level(logging.DEBUG, "marketplacer_callback")
    auth = ApiAuth(KEY, BASIC)
    async with ApiClient(platform.url, auth) as client:
        with pytest.raises(ApiError) as caught:
            await ask(client)
    error = caught.value
    said = [
        repr(auth),
        repr(client),
        repr(error),
        str(error),
        *error.messages,
        *(str(vars(record)) for record in caplog.records),
    ]
    assert error.__cause__ is None
    assert error.__context__ is None
    assert caplog.records
    for text in said:
        for secret in (KEY, BASIC, "p4ssw0rd", token, "jo@example.org"):
            assert secret not in text


async def test_a_broken_answer_does_not_carry_the_clients_own_error(unused_tcp_port: int) -> None:
    """The repr of that would print the headers of the request."""
    server = await asyncio.start_server(_nonsense, "127.0.0.1", unused_tcp_port)
    async with server, ApiClient(f"http://127.0.0.1:{unused_tcp_port}/graphql", ApiAuth(KEY)) as client:
        with pytest.raises(Unavailable) as caught:
            await ask(client)
    assert caught.value.__context__ is None
    assert KEY not in repr(caught.value)


async def _nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 two hundred\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    "url", ["", "shop.example/graphql", "ftp://shop.example", "https://", "https://a:b@shop.example/graphql"]
)
def test_a_url_that_cannot_be_used_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="url: "):
        ApiClient(url, ApiAuth(KEY))


@pytest.mark.parametrize(("key", "basic"), [("", None), ("a\nb", None), ("café", None), ("key", "no-colon")])
def test_credentials_that_no_header_can_carry_are_a_configuration_error(key: str, basic: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ApiAuth(key, basic)
    assert not key or key not in str(caught.value).removeprefix("api_key")


async def test_the_session_is_made_once_and_closed(platform) -> None:
    client = ApiClient(platform.url, ApiAuth(KEY))
    await client.start()
    await client.start()
    await ask(client)
    await client.close()
    await client.close()


@pytest.mark.parametrize(("status", "wait"), [(429, None), (429, 7.0), (503, 7.0)])
async def test_a_request_to_wait_reaches_the_whole_fleet(platform, status: int, wait: float | None) -> None:
    braked, taken = [], []

    class Recorder:
        async def take(self, lane: str) -> None:
            taken.append(lane)

        async def brake(self, seconds: float | None) -> None:
            braked.append(seconds)

    headers = {} if wait is None else {"Retry-After": str(int(wait))}
    platform.instead = lambda _: web.Response(status=status, headers=headers)
    async with ApiClient(platform.url, ApiAuth(KEY), limiter=Recorder()) as client:  # type: ignore[arg-type]
        with pytest.raises(RateLimited):
            await client.execute("query Q { total }", {}, operation="Q", lane="fast")
        platform.instead = lambda _: web.Response(status=401, text="API Token has expired")
        with pytest.raises(Unauthorized):
            await ask(client)
    assert braked == [wait]
    assert taken == ["fast", "slow"]
