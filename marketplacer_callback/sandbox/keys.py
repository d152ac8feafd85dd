"""Who may ask: API keys with a role and scopes, and Basic auth in front of a non-production site."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["OPERATOR", "ApiKey", "Keys", "Role"]

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
"""May do everything; for documents that are run without a request."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the API: the keys, and user:password of a site that Basic auth guards."""

    api_keys: Sequence[ApiKey]
    basic: str | None = None

    def __repr__(self) -> str:
        return f"Keys({len(self.api_keys)} keys)"

    def find(self, headers: Mapping[str, str]) -> ApiKey | str:
        """The key of a request, or the platform's text of a 401.

        Where Basic auth guards the site, ``Authorization`` is taken and the key must be in ``MARKETPLACER-API-KEY``.
        """
        authorization = headers.get("Authorization", "")
        given = headers.get("MARKETPLACER-API-KEY", "")
        if self.basic is not None:
            wanted = base64.b64encode(self.basic.encode()).decode()
            if not _same(authorization, f"Basic {wanted}"):
                return "Unauthorized"
        elif not given and authorization.startswith("Bearer "):
            given = authorization.removeprefix("Bearer ")
        return next((one for one in self.api_keys if _same(given, one.key)), "API Token has expired")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
