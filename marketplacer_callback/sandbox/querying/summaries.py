"""Fields that sum up what a record leads to, read anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record

__all__ = ["SUMMARIES"]

FINAL: Final = frozenset({"CANCELLED", "COLLECTED", "REFUNDED", "SENT"})


def _status(order: Record) -> str | None:
    statuses = [str(invoice.get("status")) for invoice in order.get("invoices") or ()]
    if len(set(statuses)) <= 1:
        return statuses[0] if statuses else None
    partly = FINAL.intersection(statuses) or "PARTIALLY_SENT" in statuses
    return "PARTIALLY_SENT" if partly else statuses[0]


def _final(order: Record) -> bool:
    return all(invoice.get("status") in FINAL for invoice in order.get("invoices") or ())


SUMMARIES: Final[Mapping[tuple[str, str], Callable[[Record], Any]]] = MappingProxyType(
    {("Order", "aggregateInvoiceStatus"): _status, ("Order", "aggregateInvoiceStatusFinal"): _final}
)
"""By type and field. The schema says that they sum up the invoices; how mixed statuses are summed up is a guess, and
so is it that a refunded invoice is in its final state.
"""
