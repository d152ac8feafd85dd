"""What a webhook may be set to. The ranges are by the schema, the texts of the refusals are guesses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from graphql import (
    GraphQLError,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from yarl import URL

from marketplacer_callback.sandbox.webhooks.model import MOST_PARALLEL, MOST_RETRIES

__all__ = ["complaint"]

_IN_A_URL: Final = re.compile(r"[^\s\0-\x1f\x7f\ud800-\udfff]+\Z")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE: Final = re.compile(r"[^\r\n\0\ud800-\udfff]*\Z")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})


def complaint(name: str, value: Any, schema: GraphQLSchema) -> str | None:
    """Why a setting of a ``Webhook`` cannot be this; ``None`` if it can."""
    check = CHECKS.get(name)
    return check(value, schema) if check else None


def _url(value: Any, _schema: GraphQLSchema) -> str | None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(URL(value).host) and parts.port != 0
        good = good and _IN_A_URL.match(value) is not None
    except (ValueError, TypeError):
        good = False
    return None if good else "is not a valid URL"


def _within(least: int, most: int) -> Callable[[Any, GraphQLSchema], str | None]:
    def check(value: Any, _schema: GraphQLSchema) -> str | None:
        return None if least <= value <= most else f"must be from {least} to {most}"

    return check


def _headers(value: Any, _schema: GraphQLSchema) -> str | None:
    if not isinstance(value, Mapping):
        return "must be a JSON object"
    for name, text in value.items():
        if name.lower() in _FRAMING:
            return f"cannot hold {name}: it follows from the body"
        if not (_HEADER_NAME.match(name) and isinstance(text, str) and _HEADER_VALUE.match(text)):
            return "must hold names and texts of HTTP headers"
    return None


def _key(value: str | None, _schema: GraphQLSchema) -> str | None:
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return None


def _query(value: str, schema: GraphQLSchema) -> str | None:
    if not value.strip():
        return None
    try:
        document = parse(value)
    except GraphQLError as error:
        return f"is not valid: {error.message}"
    if errors := validate(schema, document):
        return f"is not valid: {errors[0].message}"
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return "must be one query"
    for variable in operations[0].variable_definitions:
        required = isinstance(variable.type, NonNullTypeNode) and variable.default_value is None
        if required and variable.variable.name.value != "id":
            return f"needs ${variable.variable.name.value}; only $id is given"
    return None


CHECKS: Final[dict[str, Callable[[Any, GraphQLSchema], str | None]]] = {
    "url": _url,
    "concurrency": _within(1, MOST_PARALLEL),
    "max_retries": _within(0, MOST_RETRIES),
    "headers": _headers,
    "hmac_key": _key,
    "query": _query,
}
