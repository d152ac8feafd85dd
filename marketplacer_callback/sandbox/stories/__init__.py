"""Whole stories, told with GraphQL documents: a refund from order to money, a product from its listing to its end."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marketplacer_callback.sandbox.stories.catalogue import INVENTORY, PRODUCT, SELLER
from marketplacer_callback.sandbox.stories.steps import Step, Story
from marketplacer_callback.sandbox.stories.trade import ORDER, REFUND, REFUND_DENIED, REMITTANCE

__all__ = ["STORIES", "Step", "Story"]

_STORIES: Final = (PRODUCT, INVENTORY, ORDER, REFUND, REFUND_DENIED, REMITTANCE, SELLER)
STORIES: Final[Mapping[str, Story]] = MappingProxyType({story.name: story for story in _STORIES})
"""Every story by its name."""
