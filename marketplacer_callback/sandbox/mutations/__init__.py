"""The mutations that are emulated, by their root field: an area a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplacer_callback.sandbox.mutations.answer import resolver
from marketplacer_callback.sandbox.mutations.catalogue.adverts import ADVERTS
from marketplacer_callback.sandbox.mutations.catalogue.sellers import SELLERS
from marketplacer_callback.sandbox.mutations.external_ids import EXTERNAL_IDS
from marketplacer_callback.sandbox.mutations.orders.amendments import AMENDMENTS
from marketplacer_callback.sandbox.mutations.orders.invoices import INVOICES
from marketplacer_callback.sandbox.mutations.orders.orders import ORDERS
from marketplacer_callback.sandbox.mutations.orders.return_shipments import RETURN_SHIPMENTS
from marketplacer_callback.sandbox.mutations.orders.shipments import SHIPMENTS
from marketplacer_callback.sandbox.mutations.refunds.remittances import REMITTANCES
from marketplacer_callback.sandbox.mutations.refunds.requests import REFUNDS
from marketplacer_callback.sandbox.mutations.webhooks import WEBHOOKS

__all__ = ["MUTATIONS"]

MUTATIONS: Final[dict[str, Callable[..., Any]]] = {
    name: resolver(mutation)
    for area in (
        ADVERTS,
        AMENDMENTS,
        EXTERNAL_IDS,
        INVOICES,
        ORDERS,
        REFUNDS,
        REMITTANCES,
        RETURN_SHIPMENTS,
        SELLERS,
        SHIPMENTS,
        WEBHOOKS,
    )
    for name, mutation in area.items()
}
