"""The webhooks that a sandbox starts with: those of its ``webhook_url``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLEnumType, GraphQLSchema

from marketplacer_callback.sandbox.webhooks.model import THIN_QUERY
from marketplacer_callback.sandbox.webhooks.webhooks import Webhooks
from marketplacer_callback.typenames import WEBHOOK_TYPES, webhook_enum

__all__ = ["Configured", "webhook_types"]


@dataclass(frozen=True, slots=True)
class Configured:
    """Where deliveries go (``None``: nowhere) and how they prove themselves. ``{typename}`` in the URL becomes the
    webhook's type; ``queries`` are by type, the thin query for any other.

    A query is not checked, so that one which fails can be tried: its deliveries hold the errors.
    """

    url: str | None
    secret: str | None = field(repr=False)
    header: tuple[str, str] | None = field(repr=False)
    queries: Mapping[str, str] = field(default_factory=dict)
    legacy_format: bool = False

    def apply(self, webhooks: Webhooks, schema: GraphQLSchema) -> None:
        """Make one webhook for each type that the schema has webhooks for."""
        for typename in webhook_types(schema).values() if self.url else ():
            webhook = webhooks.create(
                typename,
                (self.url or "").replace("{typename}", typename),
                hmac_key=self.secret,
                headers=dict([self.header]) if self.header else {},
                legacy_format=self.legacy_format,
            )
            webhook.query = self.queries.get(typename, THIN_QUERY)


def webhook_types(schema: GraphQLSchema) -> dict[str, str]:
    """The type's name by the value of the schema's enum of webhook types; empty for a schema without that enum."""
    enum = schema.type_map.get("WebhookKlassEnum")
    names = enum.values if isinstance(enum, GraphQLEnumType) else {}
    return {webhook_enum(typename): typename for typename in WEBHOOK_TYPES if webhook_enum(typename) in names}
