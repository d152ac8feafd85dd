"""Fields that sum up what a record leads to, read anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record

__all__ = ["SUMMARIES"]

FINAL: Final = frozenset({"CANCELLED", "COLLECTED", "SENT"})
FROM_LAST: Final = (
    "REFUNDED",
    "CANCELLED",
    "COLLECTED",
    "READY",
    "SENT",
    "PARTIALLY_SENT",
    "PAID",
    "PAYMENT_UNDER_REVIEW",
    "AWAITING_PAYMENT",
)


def _status(order: Record) -> str | None:
    statuses = [invoice.get("status") for invoice in order.get("invoices") or ()]
    return max((status for status in statuses if status in FROM_LAST), key=FROM_LAST.index, default=None)


def _final(order: Record) -> bool:
    return all(invoice.get("status") in FINAL for invoice in order.get("invoices") or ())


SUMMARIES: Final[Mapping[tuple[str, str], Callable[[Record], Any]]] = MappingProxyType(
    {("Order", "aggregateInvoiceStatus"): _status, ("Order", "aggregateInvoiceStatusFinal"): _final}
)
"""By type and field. The schema says that they sum up the invoices, and that sent, collected and cancelled are final;
that the least advanced invoice gives the status is a guess.
"""
