"""The answers that a receiver gives, and no others.

Of any 4xx but 429, and of redirects, Marketplacer disables the whole webhook; a 5xx makes it try again later
(https://dev.marketplacer.com/docs/webhooks/webhookretries). So a delivery is answered 2xx or 503.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Reply", "accepted", "not_a_delivery", "not_found", "not_now", "unauthorized"]

RETRY_AFTER_S: Final = 60
"""The platform itself waits at least a minute between two tries."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back: the status, the headers (``Content-Type`` among them) and a small JSON body that repeats
    nothing of the request."""

    status: int
    headers: dict[str, str]
    body: bytes


def accepted(word: str) -> Reply:
    """Safe with us; ``word`` says what became of it."""
    return _reply(200, word)


def not_now(word: str) -> Reply:
    """Nothing was kept: deliver it again."""
    return _reply(503, word, {"Retry-After": str(RETRY_AFTER_S)})


def unauthorized() -> Reply:
    """Makes Marketplacer disable the webhook; only where the settings ask for it."""
    return _reply(401, "bad_signature")


def not_a_delivery() -> Reply:
    """For GET and the like: deliveries are POST."""
    return _reply(405, "post_only", {"Allow": "POST"})


def not_found() -> Reply:
    """For what is neither a delivery nor the host application's."""
    return _reply(404, "not_found")


def _reply(status: int, word: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, b'{"result":"%s"}\n' % word.encode())
