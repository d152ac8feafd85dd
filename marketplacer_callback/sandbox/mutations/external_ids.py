"""External ids and metadata of any object."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["EXTERNAL_IDS"]

EXTERNAL_IDS: Final[dict[str, Mutation]] = {}
