"""Errors are sorted here, once: what a repeat may mend, what it cannot, and whose fault it may be.

Three layers can fail: HTTP (``sort_status``, and ``sort_transport`` where there was no answer at all), GraphQL
(``sort_graphql``), and the ``errors`` within a mutation's payload, which are the business of whoever reads that
payload.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

import aiohttp
from aiohttp import client_exceptions as exceptions

from marketplacer_callback.api.answer import GraphqlError, read_body
from marketplacer_callback.errors import ApiError, MissingScope, RateLimited, Unauthorized, Unavailable

__all__ = [
    "TRANSPORT",
    "BadDocument",
    "Blame",
    "TimedOut",
    "TooBig",
    "Unreachable",
    "blame",
    "retry_after",
    "sort_graphql",
    "sort_status",
    "sort_transport",
]

MESSAGES_SHOWN: Final = 3
MESSAGES_KEPT: Final = 10
LONGEST_RETRY_AFTER_S: Final = 3600.0

MISSING_SCOPE: Final = "MISSING_SCOPE"
"""``extensions.code`` of what the API key may not see."""

_SCOPE: Final = re.compile(r"\b[a-z][a-z_]*:(?:read|write|manage)\b")
_TIMED_OUT: Final = re.compile(r"\btime(?:d\s*)?-?\s*out\b", re.IGNORECASE)
_TOO_COMPLEX: Final = re.compile(r"\bcomplexity\b|\bmax(?:imum)? depth\b|\bquery has depth\b", re.IGNORECASE)


class TimedOut(Unavailable):
    """The answer did not come in time; a smaller request may get one."""


class Unreachable(Unavailable):
    """No connection could be made."""


class TooBig(ApiError):
    """The request or its answer is over a limit; a smaller request may be within it."""


class BadDocument(ApiError):
    """The platform does not accept the document, whatever its variables."""


class Blame(Enum):
    """Whose fault a failed request for several objects may be, and so whether asking for fewer can help."""

    OBJECT = "one of the objects"
    SIZE = "the number of objects"
    NONE = "none of them"


class _Kind(Enum):
    UNREACHABLE = "no connection"
    BROKEN_OFF = "the connection broke"
    TIMED_OUT = "no answer in time"
    NOT_HTTP = "the answer is not proper HTTP"
    BAD_URL = "the URL cannot be used"


TRANSPORT: Final[Mapping[type[BaseException], _Kind]] = {
    aiohttp.ClientError: _Kind.BROKEN_OFF,
    aiohttp.ClientConnectionError: _Kind.BROKEN_OFF,
    exceptions.ClientConnectionResetError: _Kind.BROKEN_OFF,
    aiohttp.ClientOSError: _Kind.BROKEN_OFF,
    aiohttp.ClientPayloadError: _Kind.BROKEN_OFF,
    aiohttp.ServerConnectionError: _Kind.BROKEN_OFF,
    aiohttp.ServerDisconnectedError: _Kind.BROKEN_OFF,
    exceptions.UploadAbortedError: _Kind.BROKEN_OFF,
    aiohttp.ClientConnectorError: _Kind.UNREACHABLE,
    exceptions.ClientConnectorDNSError: _Kind.UNREACHABLE,
    aiohttp.ClientProxyConnectionError: _Kind.UNREACHABLE,
    exceptions.ClientHttpProxyError: _Kind.UNREACHABLE,
    exceptions.UnixClientConnectorError: _Kind.UNREACHABLE,
    aiohttp.ConnectionTimeoutError: _Kind.UNREACHABLE,
    # An expired certificate is renewed sooner or later; until then no object may be given up on.
    aiohttp.ClientSSLError: _Kind.UNREACHABLE,
    aiohttp.ClientConnectorSSLError: _Kind.UNREACHABLE,
    aiohttp.ClientConnectorCertificateError: _Kind.UNREACHABLE,
    aiohttp.ServerFingerprintMismatch: _Kind.UNREACHABLE,
    OSError: _Kind.UNREACHABLE,
    TimeoutError: _Kind.TIMED_OUT,
    aiohttp.ServerTimeoutError: _Kind.TIMED_OUT,
    aiohttp.SocketTimeoutError: _Kind.TIMED_OUT,
    aiohttp.ClientResponseError: _Kind.NOT_HTTP,
    aiohttp.ContentTypeError: _Kind.NOT_HTTP,
    aiohttp.WSServerHandshakeError: _Kind.NOT_HTTP,
    aiohttp.TooManyRedirects: _Kind.NOT_HTTP,
    aiohttp.InvalidURL: _Kind.BAD_URL,
    aiohttp.InvalidUrlClientError: _Kind.BAD_URL,
    aiohttp.InvalidUrlRedirectClientError: _Kind.BAD_URL,
    aiohttp.NonHttpUrlClientError: _Kind.BAD_URL,
    aiohttp.NonHttpUrlRedirectClientError: _Kind.BAD_URL,
    aiohttp.RedirectClientError: _Kind.BAD_URL,
}
"""Every exception of the HTTP client → what it means. A test fails if aiohttp gets one that is not named here."""


def sort_transport(error: BaseException, host: str) -> ApiError:
    """The error for a request that got no answer. It does not chain ``error``, whose repr can hold the request's
    headers."""
    kind = next((TRANSPORT[parent] for parent in type(error).__mro__ if parent in TRANSPORT), _Kind.BROKEN_OFF)
    what = f"{host}: {kind.value} ({type(error).__name__})"
    match kind:
        case _Kind.BAD_URL:
            return ApiError(f"{what}; correct url in the settings")
        case _Kind.UNREACHABLE:
            return Unreachable(f"{what}; is the host right, and is there a way to it?")
        case _Kind.TIMED_OUT:
            return TimedOut(what)
        case _:
            return Unavailable(what)


def sort_status(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    host: str,
    *,
    hide: Callable[[str], str] = str,
    now: datetime | None = None,
) -> ApiError | None:
    """The error for an answer by its HTTP status; ``None`` for 2xx. ``body`` may be cut off: it is only looked at for
    known words. A Retry-After that is a date counts from the answer's own ``Date``, so that the clocks need not agree.

    401 and 403 are ``Unauthorized`` (or ``MissingScope``), 429 and a 503 with Retry-After ``RateLimited``. Any other
    answer that is not GraphQL comes from something between us and the API (a proxy, a maintenance page, a redirect),
    and so is ``Unavailable``.
    """
    if 200 <= status < 300:
        return None
    wait = retry_after(headers.get("Retry-After"), now or _date(headers.get("Date")) or datetime.now(UTC))
    if status == 429 or (status == 503 and wait is not None):
        return RateLimited(_limited(host, status, wait), retry_after=wait, status=status)
    answer = read_body(body, hide)
    errors = answer.errors if answer else ()
    if status in (401, 403):
        return _refused(status, headers, body, errors, host)
    if status in (408, 504):
        return TimedOut(f"{host}: HTTP {status}, the platform gave up waiting", status=status)
    if status in (413, 414):
        return TooBig(f"{host}: HTTP {status}, the request is too big", status=status)
    if 300 <= status < 400:
        return Unreachable(
            f"{host}: HTTP {status}, a redirect; requests with a key follow none: put the final URL into the settings",
            status=status,
        )
    if errors and status < 500:
        return sort_graphql(errors, host, status=status)
    if status == 404:
        return Unreachable(f"{host}: HTTP 404; is the path of the URL right?", status=status)
    return Unavailable(f"{host}: HTTP {status}", status=status, messages=_messages(errors))


def sort_graphql(
    errors: Sequence[GraphqlError], host: str, *, status: int | None = 200, executed: bool = False
) -> ApiError:
    """The error for what a GraphQL answer lists under ``errors``; ``errors`` is not empty.

    ``executed`` tells whether there was data beside them. Where there was none, errors that name a place in the
    document, but none in a response, came before the execution (GraphQL specification, section 7.1.2): the document
    is at fault.
    """
    messages = _messages(errors)
    text = f"{host}: {'; '.join(messages[:MESSAGES_SHOWN])}"
    denied = next((error for error in errors if error.code == MISSING_SCOPE), None)
    if denied is not None:
        scope = _SCOPE.search(denied.message)
        return MissingScope(
            f"{text}; give the API key the scope that it lacks",
            scope=scope[0] if scope else None,
            status=status,
            messages=messages,
        )
    if any(_TOO_COMPLEX.search(error.message) for error in errors):
        return TooBig(text, status=status, messages=messages)
    if any(_TIMED_OUT.search(error.message) for error in errors):
        return TimedOut(text, status=status, messages=messages)
    if not executed and all(error.located and not _through_response(error) for error in errors):
        return BadDocument(
            f"{text}; check the document against the platform's schema", status=status, messages=messages
        )
    return ApiError(text, status=status, messages=messages)


def blame(error: ApiError) -> Blame:
    """Whose fault it may be that a request for several objects failed.

    Nobody's where the network is down, the platform asks us to wait, or key and document are refused: asking for
    fewer objects would only be more requests. A 5xx or a connection that breaks may come from one object that the
    platform stumbles over.
    """
    if isinstance(error, TooBig | TimedOut):
        return Blame.SIZE
    if isinstance(error, Unreachable | RateLimited | Unauthorized | MissingScope | BadDocument):
        return Blame.NONE
    return Blame.OBJECT


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which is a number of seconds or a date (RFC 9110, section 10.2.3).

    ``None`` where the header names no time to wait: it is missing, unreadable, zero or past. At most
    ``LONGEST_RETRY_AFTER_S``: what is beyond that is taken for a mistake.
    """
    seconds = _seconds(value.strip(), now) if value is not None else None
    return min(seconds, LONGEST_RETRY_AFTER_S) if seconds is not None and seconds > 0 else None


def _seconds(value: str, now: datetime) -> float | None:
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    at = _date(value)
    return None if at is None else (at - now).total_seconds()


def _date(value: str | None) -> datetime | None:
    """A date as HTTP writes it."""
    try:
        at = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def _limited(host: str, status: int, wait: float | None) -> str:
    return f"{host}: HTTP {status}, too many requests" + ("" if wait is None else f"; wait {wait:.0f} s")


def _refused(
    status: int, headers: Mapping[str, str], body: bytes, errors: Sequence[GraphqlError], host: str
) -> ApiError:
    """401 and 403. Marketplacer documents two texts: ``Unauthorized`` for Basic, ``API Token has expired`` for the
    key."""
    if any(error.code == MISSING_SCOPE for error in errors):
        return sort_graphql(errors, host, status=status)
    text = body[:4096].lower()
    if b"api token has expired" in text:
        why = "the API key was not accepted: it is wrong, expired or missing; set api_key to a new one"
    elif status == 401 and (b"unauthorized" in text or headers.get("WWW-Authenticate", "").lower().startswith("basic")):
        why = "the site wants Basic credentials, and those it got are missing or wrong; set basic_auth to user:password"
    else:
        why = "access was refused; check api_key, and basic_auth if this is a non-production site"
    return Unauthorized(f"{host}: HTTP {status}, {why}", status=status)


def _through_response(error: GraphqlError) -> bool:
    """Whether the path leads through a response. The platform's validator gives one through the document: ``query``,
    ``node``, …"""
    step = error.path[0] if error.path else None
    return step is not None and str(step).partition(" ")[0] not in ("query", "mutation", "fragment")


def _messages(errors: Sequence[GraphqlError]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(error.message for error in errors))[:MESSAGES_KEPT]
