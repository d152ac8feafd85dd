"""Webhooks, as an operator or a seller configures them."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["WEBHOOKS"]

WEBHOOKS: Final[dict[str, Mutation]] = {}
