"""Webhook with API Callback for Marketplacer.

    from marketplacer_callback import Answer, Change, Integration, outcomes

Importing the package loads none of aiohttp, arq, redis or graphql: each comes with the room that needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketplacer_callback import errors, outcomes
    from marketplacer_callback.change import Change
    from marketplacer_callback.integration import Integration
    from marketplacer_callback.outcomes import Answer
    from marketplacer_callback.refs import Event, Ref
    from marketplacer_callback.settings import Settings

__all__ = ["Answer", "Change", "Event", "Integration", "Ref", "Settings", "errors", "outcomes"]

_HOMES = {
    "Answer": "outcomes",
    "Change": "change",
    "Event": "refs",
    "Integration": "integration",
    "Ref": "refs",
    "Settings": "settings",
}


def __getattr__(name: str) -> object:
    if name in ("errors", "outcomes"):
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
