"""Remittances and their advices."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["REMITTANCES"]

REMITTANCES: Final[dict[str, Mutation]] = {}
