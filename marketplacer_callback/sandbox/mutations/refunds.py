"""Refund requests and their lines."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["REFUNDS"]

REFUNDS: Final[dict[str, Mutation]] = {}
