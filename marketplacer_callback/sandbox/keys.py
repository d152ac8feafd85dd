"""Who may ask: API keys with a role and scopes, and Basic auth in front of a non-production site."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["EXPIRED", "OPERATOR", "UNAUTHORIZED", "ApiKey", "Keys", "Role"]

UNAUTHORIZED: Final = "Unauthorized"
"""The platform's text where Basic credentials are missing (documented)."""
EXPIRED: Final = "API Token has expired"
"""The platform's text for a key that is missing, wrong or expired (documented)."""
Role = Literal["operator", "seller"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. ``seller``: the id of the seller whose key it is (``None`` with role ``seller``: the first one).

    ``scopes`` is what it may do, as ``resource:level``; ``None``: everything.
    """

    key: str
    role: Role = "operator"
    seller: str | None = None
    scopes: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"ApiKey(role={self.role!r}, seller={self.seller!r}, scopes={self.scopes!r})"


OPERATOR = ApiKey("")
"""May do everything; for documents that are run without a request. An empty key opens nothing over HTTP."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the API: the keys, and user:password of a site that Basic auth guards.

    ``ValueError`` for a key that is there twice, and for an operator's key with a seller.
    """

    api_keys: Sequence[ApiKey]
    basic: str | None = None

    def __post_init__(self) -> None:
        if len({one.key for one in self.api_keys}) < len(self.api_keys):
            raise ValueError("two of the sandbox's API keys are the same; give each a text of its own")
        if any(one.seller and one.role == "operator" for one in self.api_keys):
            raise ValueError("an operator's key has no seller; give it role='seller', or leave the seller out")

    def __repr__(self) -> str:
        return f"Keys({len(self.api_keys)} keys)"

    def find(self, headers: Mapping[str, str]) -> ApiKey | str:
        """The key of a request, or the platform's text of a 401.

        A key comes as ``Authorization: Bearer`` or in ``MARKETPLACER-API-KEY`` (documented); the latter wins where
        both are there (a guess), so that a client which always sends Basic is let in by its key. Where Basic guards
        the site, ``Authorization`` is taken and the key must be in ``MARKETPLACER-API-KEY`` (documented). The scheme's
        case does not matter (HTTP).
        """
        scheme, _, credentials = headers.get("Authorization", "").strip().partition(" ")
        scheme, credentials = scheme.lower(), credentials.strip()
        given = headers.get("MARKETPLACER-API-KEY", "")
        if self.basic is not None:
            wanted = base64.b64encode(self.basic.encode()).decode()
            if scheme != "basic" or not _same(credentials, wanted):
                return UNAUTHORIZED
        elif not given and scheme == "bearer":
            given = credentials
        return next((one for one in self.api_keys if one.key and _same(given, one.key)), EXPIRED)

    def label(self, key: ApiKey) -> str:
        """What stands for a key where it can be read: its place (0 is the main one) and its role."""
        return f"{self.api_keys.index(key)} {key.role}"


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
