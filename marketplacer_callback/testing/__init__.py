"""For the tests of integrations.

``answer``, ``change`` and ``sign`` need no Redis and no HTTP::

    from marketplacer_callback.testing import answer, change, sign

The pytest fixtures ``marketplacer_sandbox`` and ``marketplacer_inbox`` (``plugin``) run the emulated Marketplacer and
the whole way of an event; the classes here are for their annotations. Importing this module loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketplacer_callback.delivery import sign
    from marketplacer_callback.testing.answering import answer, change
    from marketplacer_callback.testing.inbox import MarketplacerInbox
    from marketplacer_callback.testing.report import Pending, Report
    from marketplacer_callback.testing.sandbox import MarketplacerSandbox

__all__ = ["MarketplacerInbox", "MarketplacerSandbox", "Pending", "Report", "answer", "change", "sign"]

_HOMES = {
    "MarketplacerInbox": "testing.inbox",
    "MarketplacerSandbox": "testing.sandbox",
    "Pending": "testing.report",
    "Report": "testing.report",
    "answer": "testing.answering",
    "change": "testing.answering",
    "sign": "delivery",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"marketplacer_callback.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
