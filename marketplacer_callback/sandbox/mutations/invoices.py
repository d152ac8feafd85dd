"""Invoices: annotations, amendments, click and collect."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["INVOICES"]

INVOICES: Final[dict[str, Mutation]] = {}
