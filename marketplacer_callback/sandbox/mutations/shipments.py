"""Shipments to the buyer, and back."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["SHIPMENTS"]

SHIPMENTS: Final[dict[str, Mutation]] = {}
