"""Loading the schema in use: the integrator's pulled one, or the bundled subset."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Source,
    build_ast_schema,
    parse,
    validate_schema,
)

from marketplacer_callback.documents.model import Schema
from marketplacer_callback.errors import DocumentError

__all__ = ["BUNDLED_SCHEMA", "load_schema"]

BUNDLED_SCHEMA: Final = Path(__file__).resolve().parent.parent / "api" / "schema.graphqls"
"""The subset of Marketplacer's schema that comes with the package."""


def load_schema(path: Path | None) -> Schema:
    """The schema of an SDL file, or the bundled subset for ``None``.

    Raises ``DocumentError`` with file, line and column if the file cannot be read, or is not a valid schema.
    """
    source = read(BUNDLED_SCHEMA if path is None else path)
    try:
        # Without locations an instance's whole schema is 3 MB smaller; they only serve to say where it is wrong.
        schema = build(parse(source, no_location=True), trusted=path is None)
    except (GraphQLError, TypeError, RecursionError):
        schema = build_or_explain(source)
    return Schema(schema, path)


def read(path: Path) -> Source:
    try:
        return Source(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as error:
        raise DocumentError(f"the schema cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise DocumentError("the schema is not UTF-8 text", path=path) from error


def build(document: DocumentNode, *, trusted: bool = False) -> GraphQLSchema:
    schema = build_ast_schema(document, assume_valid_sdl=trusted)
    # Marketplacer has no subscriptions but a data type of that name: a root, in an SDL without a `schema` block.
    schema.subscription_type = None
    errors = validate_schema(schema)
    if errors:
        raise errors[0]
    return schema


def build_or_explain(source: Source) -> GraphQLSchema:
    path = Path(source.name)
    try:
        return build(parse(source))
    except GraphQLSyntaxError as error:
        raise at(path, error, f"the schema is not valid SDL: {error.message}") from error
    except GraphQLError as error:
        raise at(path, error, f"the schema is not valid: {error.message}") from error
    except TypeError as error:
        # build_ast_schema gathers what its own rules say into one TypeError without positions.
        raise DocumentError(f"the schema is not valid: {error}", path=path) from error
    except RecursionError as error:
        raise DocumentError("the schema is nested too deeply to be read", path=path) from error


def at(path: Path, error: GraphQLError, message: str) -> DocumentError:
    where = error.locations[0] if error.locations else None
    return DocumentError(message, path=path, line=where.line if where else None, column=where.column if where else None)
