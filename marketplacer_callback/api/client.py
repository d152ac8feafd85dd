"""One HTTP request to the API of one instance."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from yarl import URL

from marketplacer_callback.api.answer import GraphqlAnswer, read_body
from marketplacer_callback.api.auth import ApiAuth
from marketplacer_callback.api.sorting import TooBig, sort_graphql, sort_status, sort_transport
from marketplacer_callback.errors import ApiError, ConfigurationError, RateLimited, Unavailable

if TYPE_CHECKING:
    from marketplacer_callback.api.limiter import Limiter

__all__ = ["MAX_ANSWER_BYTES", "ApiClient"]

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""The largest answer that is read. A batch whose answer is larger is asked for in smaller ones."""
CONNECT_S: Final = 10.0
CONNECTIONS: Final = 32

logger = logging.getLogger("marketplacer_callback.api")


class ApiClient:
    """The GraphQL endpoint of one instance: ``async with`` it, or ``start`` and ``close`` it.

    ``timeout_s`` bounds a whole request, connecting included. With a ``limiter``, each request first waits for its
    turn. Redirects are never followed: the key goes to the configured URL and to no other. ``consecutive_outages``
    counts the requests in a row that ended in a network error, a time-out, a 429, a 5xx or a body that is not
    GraphQL; any answer of the API sets it to 0.

    Raises ``ConfigurationError`` for a URL that cannot be used.
    """

    def __init__(
        self,
        url: str,
        auth: ApiAuth,
        *,
        timeout_s: float = 30.0,
        limiter: Limiter | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._url = _checked(url)
        self.host = self._url.host or ""
        self.consecutive_outages = 0
        self._auth = auth
        self._limiter = limiter
        self._max_answer_bytes = max_answer_bytes
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_S, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"ApiClient({self.host})"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Open the session; connections are made by requests. Once is enough, twice does no harm."""
        self._opened()

    async def close(self) -> None:
        """Close the session and its connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def execute(
        self, text: str, variables: Mapping[str, Any], *, operation: str, lane: str = "slow"
    ) -> GraphqlAnswer:
        """Send one operation. Errors beside data are the caller's: they are in the answer, and nothing is raised.

        ``operation`` is the operation's name in ``text``, ``lane`` whose share of the request limit it takes. Raises
        ``ApiError`` and its subclasses where there is no data at all. May wait for minutes while the platform has
        asked the fleet to.
        """
        session = self._opened()
        if self._limiter is not None:
            await self._limiter.take(lane)
        sent_at, started = datetime.now(UTC), time.monotonic()
        outcome = await self._request(
            session, {"query": text, "variables": dict(variables), "operationName": operation}, sent_at
        )
        self._note(outcome, operation, lane, started)
        if isinstance(outcome, ApiError):
            if self._limiter is not None and isinstance(outcome, RateLimited):
                await self._limiter.brake(outcome.retry_after)
            raise outcome
        return outcome

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            agent = {"User-Agent": f"marketplacer-callback/{_version()}", "Accept": "application/json"}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={**agent, **self._auth.headers()},
                timeout=self._timeout,
            )
        return self._session

    async def _request(
        self, session: aiohttp.ClientSession, payload: dict[str, Any], sent_at: datetime
    ) -> GraphqlAnswer | ApiError:
        # An error is handed back and raised elsewhere: raised here, it would carry the client library's own error as
        # its context, and the repr of some of those prints the request's headers.
        try:
            async with session.post(self._url, json=payload, allow_redirects=False) as response:
                body = await _read(response, self._max_answer_bytes)
                status, headers = response.status, response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return sort_transport(error, self.host)
        refused = sort_status(status, headers, body or b"", self.host, hide=self._auth.hide, now=sent_at)
        if refused is not None:
            return refused
        if body is None:
            return TooBig(f"{self.host}: the answer is larger than {self._max_answer_bytes} bytes", status=status)
        answer = read_body(body, self._auth.hide)
        if answer is None:
            return Unavailable(
                f"{self.host}: HTTP {status}, but the body is not GraphQL; is the URL the one that ends in /graphql?",
                status=status,
            )
        if answer.data is None:
            return sort_graphql(answer.errors, self.host, status=status)
        return GraphqlAnswer(answer.data, answer.errors, sent_at)

    def _note(self, outcome: GraphqlAnswer | ApiError, operation: str, lane: str, started: float) -> None:
        fields: dict[str, object] = {
            "host": self.host,
            "document": operation,
            "lane": lane,
            "duration_ms": round((time.monotonic() - started) * 1000, 1),
        }
        if isinstance(outcome, Unavailable | RateLimited) and not _by_the_api(outcome):
            self.consecutive_outages += 1
            logger.warning(
                "api.outage", extra={"fields": {**fields, "error": str(outcome), "in_a_row": self.consecutive_outages}}
            )
            return
        self.consecutive_outages = 0
        if isinstance(outcome, ApiError):
            logger.warning("api.refused", extra={"fields": {**fields, "error": str(outcome)}})
        else:
            logger.debug("api.answered", extra={"fields": {**fields, "errors": len(outcome.errors)}})


def _by_the_api(error: ApiError) -> bool:
    """Whether a retryable error is an answer of the API all the same: it executed the document, and says that a field
    timed out."""
    return error.status == 200 and bool(error.messages)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """The body; ``None`` if it is over the limit, and then the connection is closed rather than drained."""
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            response.close()
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _checked(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError:
        raise ConfigurationError("url: it is not a URL; expected https://<instance>/graphql") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError("url: it is not an http or https URL with a host; expected https://<instance>/graphql")
    if url.user is not None or url.password is not None:
        raise ConfigurationError("url: it has credentials in it; put them into basic_auth")
    return url


def _version() -> str:
    try:
        return version("marketplacer-callback")
    except PackageNotFoundError:
        return "0"
