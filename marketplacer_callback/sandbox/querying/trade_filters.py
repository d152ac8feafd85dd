"""The filters of lists of orders, invoices, refunds, remittances and shipping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from marketplacer_callback.sandbox.data import money
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.filters import (
    Filter,
    Filters,
    Test,
    among,
    any_of,
    contains,
    either,
    id_among,
    named,
    own_sellers,
    since,
    until,
)
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import day, moment

__all__ = [
    "INVOICES",
    "INVOICE_AMENDMENTS",
    "REFUND_REQUESTS",
    "REFUND_REQUEST_NOTES",
    "REMITTANCES",
    "REMITTANCE_ADVICES",
    "SHIPPING_OPTIONS",
]

REMITTABLE: Final = {"invoice": "invoice", "invoice_amendment": "invoiceAmendment"}


def _undispatched(invoice: Record) -> bool:
    return any((line.get("quantityAwaitingDispatch") or 0) > 0 for line in invoice.get("lineItems") or ())


def _awaits_collection(invoice: Record) -> bool:
    flags = invoice.get("statusFlags") or ()
    return "READY" in flags and "COLLECTED" not in flags


def _awaits_return(invoice: Record) -> bool:
    return any(request.get("status") == "AWAITING" for request in invoice.get("refundRequests") or ())


def _buyer(invoice: Record) -> str:
    return f"{invoice.get('buyerFirstName') or ''} {invoice.get('buyerSurname') or ''}"


def _external_values(invoice: Record) -> Iterable[str]:
    return (entry["value"] for entry in (invoice.get("order") or {}).get("externalIds") or ())


def _starts(value: str, _request: Request) -> Test:
    return lambda invoice: any(text.startswith(value) for text in _external_values(invoice))


def _unresolved(value: str, _request: Request) -> Test:
    return lambda invoice: any(
        note["invoiceAnnotationType"]["id"] == value and not note.get("resolved")
        for note in invoice.get("annotations") or ()
    )


def _remitted(invoice: Record) -> bool:
    return bool(invoice.get("remittedAt")) or "REMITTED" in (invoice.get("statusFlags") or ())


def _paid_on(value: str, _request: Request) -> Test:
    wanted = day(value)
    return lambda request: bool(request["invoice"].get("paidAt")) and day(request["invoice"]["paidAt"]) == wanted


def _note_time(note: Record) -> Any:
    return note.get("timestamp") or note.get("createdAt")


def _of(name: str, key: str) -> Filter:
    """By the id or the number of what a remittance is for."""
    return among(lambda remittance: (remittance.get(name) or {}).get(key))


def _advised(name: str, key: str) -> Filter:
    """By the id or the number of what one of an advice's remittances is for."""
    return any_of(lambda advice: [(one.get(name) or {}).get(key) for one in advice.get("remittances") or ()])


def _remittable(value: str, _request: Request) -> Test:
    name = REMITTABLE.get(value.lower())
    return lambda remittance: name is not None and bool(remittance.get(name))


def _advised_remittable(value: str, request: Request) -> Test:
    test = _remittable(value, request)
    return lambda advice: any(map(test, advice.get("remittances") or ()))


def _pending(value: str, _request: Request) -> Test:
    return lambda remittance: value in (remittance.get("pendingReasons") or ())


def _actions(advice: Record) -> list[Record]:
    actions: list[Record] = advice.get("remittanceActions") or []
    return actions


def _last_run(advice: Record) -> str | None:
    runs = [run for action in _actions(advice) if (run := action.get("completedAt") or action.get("createdAt"))]
    return max(runs, key=moment, default=None)


def _amount(name: str) -> Filter:
    """By an amount in the main unit of the currency, of a field in the lowest one."""

    def filter_(value: float, request: Request) -> Test:
        wanted, currency = money.decimal(value), request.store.currency
        return lambda record: record.get(name) is not None and money.amount(record[name], currency) == wanted

    return filter_


_CREATED: Final[dict[str, Filter]] = {"createdSince": since("createdAt"), "createdUntil": until("createdAt")}
_REMITTED: Final[dict[str, Filter]] = {"remittedSince": since("remittedAt"), "remittedUntil": until("remittedAt")}
UPDATED: Final[dict[str, Filter]] = {"updatedSince": since("updatedAt"), "updatedUntil": until("updatedAt")}
INVOICES: Final[Filters] = {
    "filters": {
        **_CREATED,
        **UPDATED,
        **_REMITTED,
        "awaitingCollection": either(_awaits_collection),
        "awaitingReturn": either(_awaits_return),
        "buyerEmailAddress": named("buyerEmailAddress"),
        "buyerName": contains(_buyer),
        "externalId": any_of(_external_values),
        "legacyId": among("legacyId"),
        "notDispatched": either(_undispatched),
        "orderId": among(lambda invoice: (invoice.get("order") or {}).get("legacyId")),
        "paidSince": since("paidAt"),
        "paidUntil": until("paidAt"),
        "partialExternalId": _starts,
        "statuses": any_of(lambda invoice: [invoice.get("status"), *(invoice.get("statusFlags") or ())]),
        "withUnresolvedAnnotationsOfType": _unresolved,
    }
}
INVOICE_AMENDMENTS: Final[Filters] = {"filters": {**_CREATED, **UPDATED, **_REMITTED}}
REFUND_REQUESTS: Final[Filters] = {
    "sellerId": id_among("invoice", "seller"),
    "filters": {
        **_CREATED,
        "businessName": named(lambda request: request["invoice"]["seller"].get("businessName")),
        "buyerEmailAddress": contains(lambda request: request["invoice"].get("buyerEmailAddress")),
        "buyerName": contains(lambda request: _buyer(request["invoice"])),
        "invoiceLegacyId": among(lambda request: request["invoice"]["legacyId"]),
        "invoicePaidAt": _paid_on,
        "legacyId": among("legacyId"),
        "lineItemStatuses": any_of(lambda request: [line.get("status") for line in request.get("lineItems") or ()]),
        "refundedSince": since("refundedAt"),
        "refundedUntil": until("refundedAt"),
        "remitted": either(lambda request: _remitted(request["invoice"])),
        "statuses": among("status"),
    },
}
REFUND_REQUEST_NOTES: Final[Filters] = {
    "createdSince": since(_note_time),
    "createdUntil": until(_note_time),
    "newStatus": named("newStatus"),
    "refundRequestIds": id_among("refundRequest"),
    "refundRequestLineItemIds": id_among("refundRequestLineItem"),
    "retailerIds": own_sellers(id_among("refundRequest", "invoice", "seller")),
}
REMITTANCES: Final[Filters] = {
    **_CREATED,
    "invoiceAmendmentIds": _of("invoiceAmendment", "id"),
    "invoiceAmendmentLegacyIds": _of("invoiceAmendment", "legacyId"),
    "invoiceIds": _of("invoice", "id"),
    "invoiceLegacyIds": _of("invoice", "legacyId"),
    "pendingReasons": _pending,
    "processed": either(lambda remittance: bool(remittance.get("remittanceAdvice"))),
    "released": either(lambda remittance: bool(remittance.get("released"))),
    "remittableType": _remittable,
    "retailerBusinessNames": named(lambda remittance: remittance["seller"].get("businessName")),
    "retailerIds": id_among("seller"),
}
REMITTANCE_ADVICES: Final[Filters] = {
    **_CREATED,
    "invoiceAmendmentIds": _advised("invoiceAmendment", "id"),
    "invoiceAmendmentLegacyIds": _advised("invoiceAmendment", "legacyId"),
    "invoiceIds": _advised("invoice", "id"),
    "invoiceLegacyIds": _advised("invoice", "legacyId"),
    "legacyIds": among("legacyId"),
    "paidSince": since("paidAt"),
    "paidUntil": until("paidAt"),
    "paymentReference": among("paymentReference"),
    "remittableType": _advised_remittable,
    # Named and described the wrong way round in the schema: the names are followed.
    "remittanceActionLastRunSince": since(_last_run),
    "remittanceActionLastRunUntil": until(_last_run),
    "remittanceActions": any_of(lambda advice: [action.get("destination") for action in _actions(advice)]),
    "retailerIds": own_sellers(id_among("seller")),
    "retailerLegacyIds": own_sellers(among(lambda advice: advice["seller"]["legacyId"])),
    "retailerNames": own_sellers(named(lambda advice: advice["seller"].get("businessName"))),
    "total": _amount("totalCents"),
    "totalPaid": _amount("totalPaidCents"),
}
SHIPPING_OPTIONS: Final[Filters] = {"sellerId": id_among("seller"), "filters": UPDATED}
