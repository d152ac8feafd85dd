"""Everything this library raises.

Branch by what you can do about it::

    MarketplacerCallbackError
    ├── ConfigurationError          fix the settings (file:key); all problems at once
    │   ├── RegistrationError       fix the handler (file:line)
    │   └── DocumentError           fix the query (file:line:column)
    ├── ApiError                    the platform refused a request for good
    │   ├── Unauthorized            fix the API key or the Basic credentials
    │   ├── MissingScope            give the API key another scope
    │   ├── RateLimited             wait ``retry_after`` seconds
    │   └── Unavailable             network, time-out, 5xx: try again later
    ├── ObjectDeleted               ``change.object`` of a deleted object
    ├── ObjectMismatch              the object does not fit the handler's model
    ├── ActionRejected              the platform said no to an action
    ├── KeyConflict                 one key for two different actions
    ├── QueueUnavailable            Redis is away or refuses writes
    │   └── QueueFull               the backlog is at its limit
    ├── RetryLater                  raised by you: try this change again
    └── GiveUp                      raised by you: make this change a dead letter

No message holds a secret or a customer's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marketplacer_callback.delay import checked_delay

__all__ = [
    "ActionRejected",
    "ApiError",
    "ConfigurationError",
    "DocumentError",
    "GiveUp",
    "KeyConflict",
    "MarketplacerCallbackError",
    "MissingScope",
    "ObjectDeleted",
    "ObjectMismatch",
    "QueueFull",
    "QueueUnavailable",
    "RateLimited",
    "RegistrationError",
    "RetryLater",
    "Unauthorized",
    "Unavailable",
]


class MarketplacerCallbackError(Exception):
    """The base of all. The message says what happened, where, and what to do."""


class ConfigurationError(MarketplacerCallbackError):
    """Settings, handlers or documents that cannot work. ``problems`` has each as a line ``where: what; what to do``."""

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))


class RegistrationError(ConfigurationError):
    """A handler that cannot be registered; the problem starts with its file and line."""


class DocumentError(ConfigurationError):
    """A ``.graphql`` document that cannot be used; the problem starts with file:line:column."""

    def __init__(
        self, message: str, *, path: Path | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        self.path, self.line, self.column = path, line, column
        where = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)


class ApiError(MarketplacerCallbackError):
    """The platform answered with an error that a repeat would not mend.

    ``status`` is the HTTP status (``None`` if there was no answer), ``messages`` the texts of the answer's ``errors``.
    """

    retryable = False

    def __init__(self, message: str, *, status: int | None = None, messages: Sequence[str] = ()) -> None:
        self.status = status
        self.messages = tuple(messages)
        super().__init__(message)


class Unauthorized(ApiError):
    """HTTP 401 or 403: the key or the Basic credentials of a non-production site are missing, wrong or expired."""


class MissingScope(ApiError):
    """The API key lacks a scope. ``scope`` names it where the platform does, else ``None``."""

    def __init__(
        self, message: str, *, scope: str | None = None, status: int | None = None, messages: Sequence[str] = ()
    ) -> None:
        self.scope = scope
        super().__init__(message, status=status, messages=messages)


class RateLimited(ApiError):
    """HTTP 429, or a 503 with Retry-After. ``retry_after`` is in seconds, ``None`` if the platform gave none."""

    retryable = True

    def __init__(
        self, message: str, *, retry_after: float | None = None, status: int | None = None, messages: Sequence[str] = ()
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, status=status, messages=messages)


class Unavailable(ApiError):
    """No usable answer: network error, time-out, 5xx, or a body that is not GraphQL."""

    retryable = True


class ObjectDeleted(MarketplacerCallbackError):
    """``change.object`` was read although ``change.deleted`` is true."""


class ObjectMismatch(MarketplacerCallbackError):
    """The fetched object does not fit the handler's model. ``path`` is the JSON pointer of the first misfit."""

    def __init__(self, message: str, *, path: str) -> None:
        self.path = path
        super().__init__(message)


class ActionRejected(MarketplacerCallbackError):
    """The platform said no. ``messages`` are its own words."""

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__("; ".join(messages))


class KeyConflict(MarketplacerCallbackError):
    """``key`` was used before (``recorded``) for something other than what is asked now (``asked``)."""

    def __init__(self, key: str, recorded: str, asked: str) -> None:
        self.key, self.recorded, self.asked = key, recorded, asked
        super().__init__(f"key {key!r} was recorded for {recorded}, and is asked for {asked}; use another key")


class QueueUnavailable(MarketplacerCallbackError):
    """Redis or Valkey is out of reach, refuses writes, or cannot give the durability that the settings ask for."""


class QueueFull(QueueUnavailable):
    """The backlog is at ``max_backlog``."""


class RetryLater(MarketplacerCallbackError):
    """Raise it from anywhere inside a handler: this change again, in ``after`` seconds (``None``: by the lane's
    policy).
    """

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        self.reason, self.after = str(reason), checked_delay(after)
        super().__init__(self.reason)


class GiveUp(MarketplacerCallbackError):
    """Raise it from anywhere inside a handler: this change becomes a dead letter with this reason."""

    def __init__(self, reason: str) -> None:
        self.reason = str(reason)
        super().__init__(self.reason)
