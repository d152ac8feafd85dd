"""Orders."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["ORDERS"]

ORDERS: Final[dict[str, Mutation]] = {}
