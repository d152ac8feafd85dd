"""How a request proves who it is from."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

from marketplacer_callback.errors import ConfigurationError

__all__ = ["ApiAuth"]

_HIDDEN: Final = "[hidden]"


@dataclass(frozen=True, slots=True)
class ApiAuth:
    """The API key of one instance, and ``basic``, ``user:password``, where HTTP Basic authentication guards a
    non-production site.

    ``repr`` shows neither. Raises ``ConfigurationError`` for what a header cannot carry.
    """

    api_key: str = field(repr=False)
    basic: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _fits_a_header(self.api_key):
            raise ConfigurationError(
                "api_key: it is empty or not plain printable ASCII; give it as the portal showed it"
            )
        if self.basic is not None and ":" not in self.basic:
            raise ConfigurationError("basic_auth: there is no colon in it; write user:password")

    def headers(self) -> dict[str, str]:
        """The headers of a request.

        Marketplacer takes the key as a Bearer token, or in ``MARKETPLACER-API-KEY`` where ``Authorization`` is taken
        by Basic.
        """
        if self.basic is None:
            return {"Authorization": f"Bearer {self.api_key}"}
        token = base64.b64encode(self.basic.encode()).decode("ascii")
        return {"Authorization": f"Basic {token}", "MARKETPLACER-API-KEY": self.api_key}

    def hide(self, text: str) -> str:
        """``text`` without the key and the Basic credentials, should a server have echoed them."""
        text = text.replace(self.api_key, _HIDDEN)
        if self.basic is not None:
            password = self.basic.partition(":")[2]
            for secret in (self.headers()["Authorization"].removeprefix("Basic "), self.basic, password):
                text = text.replace(secret, _HIDDEN) if secret else text
        return text


def _fits_a_header(text: str) -> bool:
    return bool(text) and all("!" <= character <= "~" for character in text)
