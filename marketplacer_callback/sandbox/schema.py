"""The schema that is served, every field of it with its resolver."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from graphql import GraphQLSchema

from marketplacer_callback.documents import load_schema
from marketplacer_callback.sandbox.mutations import MUTATIONS
from marketplacer_callback.sandbox.querying.alike import alike
from marketplacer_callback.sandbox.querying.beyond import answer_the_rest, show_money
from marketplacer_callback.sandbox.querying.resolvers import attach, read_field
from marketplacer_callback.sandbox.querying.roots import ROOTS
from marketplacer_callback.sandbox.querying.scopes import guard
from marketplacer_callback.sandbox.webhooks.roots import WEBHOOK_ROOTS

__all__ = ["emulated_schema"]


def emulated_schema(path: Path | None = None) -> GraphQLSchema:
    """The schema of an SDL file, with resolvers; of the bundled subset without a path.

    Raises ``DocumentError`` with file, line and column if the file cannot be read, or is not a valid schema.
    """
    return _schema(path, path.stat().st_mtime_ns if path and path.is_file() else 0)


@lru_cache(maxsize=8)
def _schema(path: Path | None, _changed_ns: int) -> GraphQLSchema:
    schema = load_schema(path).graphql
    emulated = {**ROOTS, **WEBHOOK_ROOTS, **MUTATIONS}
    if path is not None:
        emulated = alike(schema, load_schema(None).graphql, emulated)
    attach(schema, emulated)
    answer_the_rest(schema, emulated)
    show_money(schema)
    guard(schema, read_field)
    return schema
