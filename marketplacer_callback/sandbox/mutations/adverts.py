"""Products: adverts, variants and their stock."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.mutations.answer import Mutation

__all__ = ["ADVERTS"]

ADVERTS: Final[dict[str, Mutation]] = {}
