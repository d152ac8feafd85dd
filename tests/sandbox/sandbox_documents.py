"""Schemas and default documents, read once: to look at, never to attach resolvers to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.documents import Document, Schema, check, load_schema
from marketplacer_callback.sandbox.keys import Role


@cache
def read_schema(path: Path | None = None) -> Schema:
    """The SDL file's schema; the bundled one without a path."""
    return load_schema(path)


@cache
def default_documents(role: Role) -> Mapping[str, Document]:
    """By name, as a worker with such a key checks them against the bundled schema."""
    checked = check(default_queries(), role=role, schema=read_schema())
    assert not checked.problems
    return checked.documents
