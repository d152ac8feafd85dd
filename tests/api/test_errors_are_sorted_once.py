"""Whatever can go wrong with a request is one of a few errors, each of which says what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.api import GraphqlError
from marketplacer_callback.api.answer import read_body
from marketplacer_callback.api.sorting import (
    TRANSPORT,
    BadDocument,
    Blame,
    TimedOut,
    TooBig,
    Unreachable,
    blame,
    retry_after,
    sort_graphql,
    sort_status,
    sort_transport,
)
from marketplacer_callback.errors import ApiError, MissingScope, RateLimited, Unauthorized, Unavailable

NOW = datetime(2024, 5, 1, 3, 4, 5, tzinfo=UTC)


def descendants(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from descendants(child)


OF_AIOHTTP = sorted(
    {
        aiohttp.ClientError,
        *(error for error in descendants(aiohttp.ClientError) if error.__module__.startswith("aiohttp.")),
    },
    key=lambda error: error.__name__,
)


def test_every_exception_of_the_http_client_is_sorted_by_name() -> None:
    """Not by its parent: a new one has to be thought about."""
    assert len(OF_AIOHTTP) > 20
    assert [error for error in (*OF_AIOHTTP, asyncio.TimeoutError, OSError) if error not in TRANSPORT] == []


@pytest.mark.parametrize("error", OF_AIOHTTP, ids=lambda error: error.__name__)
def test_only_a_url_that_cannot_be_used_is_for_good(error: type[Exception]) -> None:
    """Everything else on the way to the platform may be mended without us."""
    sorted_error = sort_transport(error.__new__(error), "shop.example")
    assert sorted_error.retryable is not ("url" in error.__name__.lower() or error.__name__[:8] == "Redirect")
    assert error.__name__ in str(sorted_error)
    assert "shop.example" in str(sorted_error)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), TimedOut),
        (ConnectionResetError(), Unreachable),
        (aiohttp.ConnectionTimeoutError(), Unreachable),
        (aiohttp.SocketTimeoutError(), TimedOut),
        (aiohttp.ServerDisconnectedError(), Unavailable),
        (aiohttp.ClientPayloadError(), Unavailable),
        (aiohttp.InvalidURL("x"), ApiError),
    ],
)
def test_an_answer_that_did_not_come(error: Exception, expected: type[ApiError]) -> None:
    assert type(sort_transport(error, "shop.example")) is expected


def test_the_two_texts_of_a_401_name_what_to_mend(shared) -> None:
    published = json.loads((shared / "fixtures/responses/error-messages.json").read_text())
    messages = [entry["message"] for entry in published if entry["http_status"] == 401]
    basic, key = (sort_status(401, {}, message.encode(), "shop.example") for message in messages)
    assert isinstance(basic, Unauthorized)
    assert isinstance(key, Unauthorized)
    assert "basic_auth" in str(basic)
    assert "api_key" not in str(basic)
    assert "api_key" in str(key)
    assert "basic_auth" not in str(key)


def test_a_401_in_other_words_names_both() -> None:
    error = sort_status(401, {}, b"<html>who are you</html>", "shop.example")
    assert "api_key" in str(error)
    assert "basic_auth" in str(error)
    assert "html" not in str(error)


def test_a_challenge_for_basic_is_one_whatever_the_body() -> None:
    error = sort_status(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"", "shop.example")
    assert "wants Basic" in str(error)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {}, None),
        (429, {"Retry-After": "17"}, 17.0),
        (429, {"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        (429, {"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, None),
        (429, {"Retry-After": "0"}, None),
        (429, {"Retry-After": "999999999"}, 3600.0),
        (429, {"Retry-After": format_datetime(NOW + timedelta(days=900), usegmt=True)}, 3600.0),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, None),
        (503, {"Retry-After": "17"}, 17.0),
    ],
)
def test_the_platform_asks_to_wait(status: int, headers: dict[str, str], wait: float | None) -> None:
    error = sort_status(status, headers, b"", "shop.example", now=NOW)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait
    assert error.retryable


def test_a_date_to_wait_for_counts_by_the_platforms_own_clock() -> None:
    """The host's clock is an hour off; the answer's Date tells what the platform means."""
    behind = NOW - timedelta(hours=1)
    headers = {
        "Retry-After": format_datetime(behind + timedelta(seconds=30), usegmt=True),
        "Date": format_datetime(behind, usegmt=True),
    }
    error = sort_status(429, headers, b"", "shop.example")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 30


@given(st.text(max_size=40))
def test_any_retry_after_is_read_or_ignored(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or 0 < wait <= 3600


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, b"", Unavailable),
        (502, b"<html>", Unavailable),
        (503, b"", Unavailable),
        (504, b"", TimedOut),
        (408, b"", TimedOut),
        (302, b"", Unreachable),
        (404, b"<html>", Unreachable),
        (413, b"", TooBig),
        (403, b"", Unauthorized),
        (403, b'{"errors":[{"message":"x","extensions":{"code":"MISSING_SCOPE"}}]}', MissingScope),
        (400, b'{"errors":[{"message":"x"}]}', ApiError),
        (400, b'{"errors":[{"message":"x","locations":[{"line":1,"column":1}]}]}', BadDocument),
        (500, b'{"errors":[{"message":"x"}]}', Unavailable),
    ],
)
def test_an_answer_by_its_status(status: int, body: bytes, expected: type[ApiError]) -> None:
    error = sort_status(status, {}, body, "shop.example")
    assert type(error) is expected
    assert error.status == status


def test_a_2xx_is_no_error() -> None:
    assert sort_status(200, {}, b"", "shop.example") is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GraphqlError("x"), ApiError),
        (GraphqlError("x", code="MISSING_SCOPE"), MissingScope),
        (GraphqlError("Query has complexity of 9, which exceeds max complexity of 5"), TooBig),
        (GraphqlError("Timeout on Advert.title", path=("node", 1, "title")), TimedOut),
        (GraphqlError("request timed out"), TimedOut),
        (GraphqlError("no such field", path=("query", "node", "... on Advert", "x"), located=True), BadDocument),
        (GraphqlError("no such field", path=("query Advert", "node", "x"), located=True), BadDocument),
        (GraphqlError("no such field", located=True), BadDocument),
        (GraphqlError("boom", path=("node",), located=True), ApiError),
    ],
)
def test_a_graphql_error_of_a_request_without_data(error: GraphqlError, expected: type[ApiError]) -> None:
    assert type(sort_graphql([error], "shop.example")) is expected


def test_the_scope_is_read_from_the_message_where_it_is_there() -> None:
    named = sort_graphql([GraphqlError("You need refunds:manage for this", code="MISSING_SCOPE")], "h")
    unnamed = sort_graphql([GraphqlError("You may not: sorry", code="MISSING_SCOPE")], "h")
    assert isinstance(named, MissingScope)
    assert isinstance(unnamed, MissingScope)
    assert (named.scope, unnamed.scope) == ("refunds:manage", None)


def test_messages_are_kept_short() -> None:
    body = read_body(json.dumps({"errors": [{"message": f"{n} " + "x" * 10_000} for n in range(1000)]}).encode())
    assert body is not None
    error = sort_graphql(body.errors, "shop.example")
    assert len(error.messages) == 10
    assert len(str(error)) < 1200


def test_smaller_batches_are_tried_only_where_they_may_help() -> None:
    assert blame(Unreachable("x")) is Blame.NONE
    assert blame(RateLimited("x")) is Blame.NONE
    assert blame(Unauthorized("x")) is Blame.NONE
    assert blame(MissingScope("x")) is Blame.NONE
    assert blame(BadDocument("x")) is Blame.NONE
    assert blame(TimedOut("x")) is Blame.SIZE
    assert blame(TooBig("x")) is Blame.SIZE
    assert blame(Unavailable("x")) is Blame.OBJECT
    assert blame(ApiError("x")) is Blame.OBJECT


WORDS = st.sampled_from(["data", "errors", "message", "path", "extensions", "code", "locations"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(json_values)
def test_any_json_is_read_as_graphql_or_as_not(value: object) -> None:
    body = read_body(json.dumps(value).encode())
    if body is not None:
        assert body.data is not None or body.errors
        for error in body.errors:
            assert isinstance(error.message, str)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"data":null}', b'{"data":[]}', b'{"errors":[]}', b"\xff", b"[" * 100_000]
)
def test_what_is_not_graphql_is_told_apart(body: bytes) -> None:
    assert read_body(body) is None
