"""The operations that the library itself asks of the platform."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError, build_client_schema, build_schema, get_introspection_query, print_schema
from sgqlc.operation import Operation

from marketplacer_callback.api.client import ApiClient
from marketplacer_callback.api.sgqlc_schema import Query
from marketplacer_callback.api.sorting import sort_graphql
from marketplacer_callback.errors import ConfigurationError, Unauthorized, Unavailable
from marketplacer_callback.typenames import canonical

__all__ = ["LEGACY_ID_TYPES", "Principal", "find_by_legacy_id", "introspect", "principal"]

_PRINCIPAL: Final = "ApiKeyPrincipal"
_FIND: Final = "FindByLegacyId"

logger = logging.getLogger("marketplacer_callback.api")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who an API key belongs to: a seller, or the operator if ``seller_id`` is ``None``. ``name`` is empty where
    there is none."""

    name: str
    seller_id: str | None = None
    seller_name: str | None = None

    @property
    def is_seller(self) -> bool:
        """Whether it is a seller's key: it sees that seller's objects only."""
        return self.seller_id is not None


async def principal(client: ApiClient) -> Principal:
    """Who the client's API key belongs to (``apiKeyPrincipal``).

    Raises ``Unauthorized`` if the platform knows nobody for the key, else ``ApiError`` as ``ApiClient.execute`` does.
    """
    operation = Operation(Query, name=_PRINCIPAL)
    who = operation.api_key_principal()
    who.__fields__("name", "username")
    who.seller().__fields__("id", "business_name")
    found = (await _answer(client, operation, _PRINCIPAL)).api_key_principal
    # sgqlc reads null as an empty, false object.
    if not found:
        raise Unauthorized(f"{client.host}: the platform knows nobody for this API key; check api_key", status=200)
    seller = found.seller or None
    return Principal(
        name=found.name or found.username or "",
        seller_id=seller.id if seller else None,
        seller_name=seller.business_name if seller else None,
    )


_LEGACY: Final[Mapping[str, tuple[str, Callable[[int], dict[str, Any]]]]] = {
    "Advert": ("adverts_where", lambda number: {"legacyIds": [number]}),
    "Invoice": ("invoices", lambda number: {"filters": {"legacyId": number}}),
    "RefundRequest": ("refund_requests", lambda number: {"filters": {"legacyId": number}}),
    "RemittanceAdvice": ("remittance_advices", lambda number: {"legacyIds": [number]}),
}

LEGACY_ID_TYPES: Final = tuple(_LEGACY)
"""The types that the API can look up by the number that people see in the portals."""


async def find_by_legacy_id(client: ApiClient, typename: str, legacy_id: int) -> str | None:
    """The id of the object with this number; ``None`` if there is none, or none that the key may see.

    Raises ``ConfigurationError`` for a type that the API has no such filter for, else ``ApiError`` as
    ``ApiClient.execute`` does.
    """
    if canonical(typename) not in _LEGACY:
        raise ConfigurationError(
            f"{typename}: the API cannot find this type by its legacy id, only {', '.join(LEGACY_ID_TYPES)}; "
            "use the id that its queries and webhooks give"
        )
    root, arguments = _LEGACY[canonical(typename)]
    operation = Operation(Query, name=_FIND)
    operation[root](first=1, **arguments(legacy_id)).nodes().__fields__("id", "legacy_id")
    found = (await _answer(client, operation, _FIND))[root]
    nodes = (found.nodes or []) if found else []
    # Compared once more: a filter that a server ignores must not find just any object.
    return next((str(node.id) for node in nodes if node and node.legacy_id == legacy_id), None)


async def introspect(client: ApiClient) -> str:
    """The platform's schema, in the schema definition language, complete enough to check documents against.

    Raises ``Unavailable`` if what the platform tells of itself is no schema, else ``ApiError`` as
    ``ApiClient.execute`` does (some servers refuse introspection).
    """
    answer = await client.execute(get_introspection_query(), {}, operation="IntrospectionQuery")
    if answer.errors:
        raise sort_graphql(answer.errors, client.host, executed=True)
    try:
        # The whole schema takes a second to build and print, and to build once more.
        return await asyncio.to_thread(_sdl, answer.data)
    except (GraphQLError, TypeError, ValueError, LookupError, RecursionError) as error:
        logger.debug("api.introspection_unreadable", exc_info=True)
        raise Unavailable(
            f"{client.host}: its introspection is no schema ({type(error).__name__})", status=200
        ) from None


def _sdl(introspection: Mapping[str, Any]) -> str:
    schema = build_client_schema(introspection)  # type: ignore[arg-type]
    text = print_schema(schema)
    if schema.subscription_type is None and "Subscription" in schema.type_map:
        # The platform has a data type of that name. Without this line, whoever reads the text takes it for the root
        # of subscriptions.
        text = f"{_roots(schema.query_type, schema.mutation_type)}\n\n{text}"
    build_schema(text)
    return f"{text}\n"


def _roots(query: object, mutation: object) -> str:
    lines = [f"  {word}: {root}" for word, root in (("query", query), ("mutation", mutation)) if root is not None]
    return "\n".join(["schema {", *lines, "}"])


async def _answer(client: ApiClient, operation: Operation, name: str) -> Any:
    """The answer, as sgqlc reads it. Half of it would do for none of these operations, so its errors are raised."""
    answer = await client.execute(str(operation), {}, operation=name)
    if answer.errors:
        raise sort_graphql(answer.errors, client.host, executed=True)
    try:
        return operation + {"data": answer.data}
    except (ValueError, AttributeError, TypeError) as error:
        raise Unavailable(f"{client.host}: an answer of another form ({type(error).__name__})", status=200) from None
