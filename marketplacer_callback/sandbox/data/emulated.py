"""What of a schema is emulated: the types and fields of the bundled subset. Its text is read, not parsed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

__all__ = ["bundled_sdl", "emulated_fields", "emulated_nodes"]

OBJECT: Final = re.compile(r"^type (\w+)([^{]*)\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD: Final = re.compile(r"^  (\w+)[(:]", re.MULTILINE)


def bundled_sdl() -> str:
    """The bundled schema's text."""
    return (files("marketplacer_callback.api") / "schema.graphqls").read_text("utf-8")


@lru_cache(maxsize=1)
def emulated_fields() -> Mapping[str, frozenset[str]]:
    """The bundled schema's object types with their fields."""
    return {name: frozenset(FIELD.findall(fields)) for name, _, fields in OBJECT.findall(bundled_sdl())}


@lru_cache(maxsize=1)
def emulated_nodes() -> frozenset[str]:
    """The node types of the bundled schema: the store has all there is of them, be it nothing."""
    return frozenset(
        name for name, interfaces, _ in OBJECT.findall(bundled_sdl()) if re.search(r"\bNode\b", interfaces)
    )
