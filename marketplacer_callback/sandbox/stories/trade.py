"""Stories of orders, of refunds, and of what a seller is paid."""

from __future__ import annotations

from typing import Any, Final

from marketplacer_callback.sandbox.stories.sale import SOLD
from marketplacer_callback.sandbox.stories.steps import Step, Story, mutation

__all__ = ["ORDER", "REFUND", "REFUND_DENIED", "REMITTANCE"]

_NOTE: Final = ({"note": "From a story of the sandbox"},)


def _of_request(does: str, root: str, **more: Any) -> Step:
    given = {"refundRequestId": "$request", "notes": _NOTE, **more}
    return mutation(does, root, "refundRequest", "status refundedAt", given)


_ASK_REFUND: Final = mutation(
    "the shopper sends it back",
    "refundRequestCreate",
    "refundRequest",
    "status lineItems { id status }",
    {
        "invoiceId": "$invoice",
        "initiatedBy": "BUYER",
        "lineItems": [{"lineItemId": "$line", "quantity": 1, "reason": "Changed my mind", "dispatched": True}],
        "notes": _NOTE,
    },
    keeps={"request": "id", "requestLine": "lineItems.0.id"},
)


ORDER: Final = Story(
    "order",
    "A shopper orders; the seller is told something, sends the goods, and they arrive.",
    (
        *SOLD[:3],
        Step(
            "look for a kind of annotation",
            "query FindAnnotationType { invoiceAnnotationType(first: 1) { nodes { __typename id name } } }",
            keeps={"kind": "invoiceAnnotationType.nodes.0.id"},
            shows="invoiceAnnotationType.nodes.0",
        ),
        mutation(
            "leave a note for the seller",
            "invoiceAnnotationCreate",
            "invoiceAnnotation",
            "content",
            {
                "invoiceId": "$invoice",
                "invoiceAnnotationTypeId": "$kind",
                "attributes": {"content": "It is a present", "resolved": False},
            },
        ),
        *SOLD[3:],
        mutation(
            "it arrives",
            "shipmentStatusCreate",
            "shipmentStatus",
            "status",
            {"shipmentId": "$shipment", "status": "Delivered"},
        ),
    ),
)
REFUND: Final = Story(
    "refund",
    "An order is sent back; the seller gets the goods, and the operator pays the shopper back.",
    (
        *SOLD,
        _ASK_REFUND,
        _of_request("the goods are back", "refundRequestReturn"),
        _of_request("pay the shopper back", "refundRequestRefund", cashAmountCents=4990),
    ),
)
REFUND_DENIED: Final = Story(
    "refund-denied",
    "A refund is asked for and denied; the denial is taken back.",
    (
        *SOLD,
        _ASK_REFUND,
        _of_request("deny it", "refundRequestDeny"),
        _of_request("take the denial back", "refundRequestRevertDenial"),
    ),
)
REMITTANCE: Final = Story(
    "remittance",
    "What an order brings its seller is released, and the seller is paid for an advice.",
    (
        *SOLD,
        Step(
            "look for what the seller is owed for it",
            "query FindRemittance($ids: [ID!]!) { remittances(first: 1, invoiceIds: $ids) "
            "{ nodes { __typename id released pendingReasons } } }",
            {"ids": ["$invoice"]},
            keeps={"remittance": "remittances.nodes.0.id"},
            shows="remittances.nodes.0",
        ),
        Step(
            "release it",
            "mutation RemittancesRelease($input: RemittancesReleaseMutationInput!) "
            "{ remittancesRelease(input: $input) "
            "{ status errors { field messages } remittances { __typename id released } } }",
            {"input": {"remittanceIds": ["$remittance"]}},
            shows="remittancesRelease.remittances.0",
        ),
        Step(
            "look for an advice, which the platform makes by night",
            "query FindAdvice { remittanceAdvices(first: 1) { nodes { __typename id totalCents paidAt } } }",
            keeps={"advice": "remittanceAdvices.nodes.0.id", "total": "remittanceAdvices.nodes.0.totalCents"},
            shows="remittanceAdvices.nodes.0",
        ),
        mutation(
            "pay the seller",
            "remittanceAdviceUpdate",
            "remittanceAdvice",
            "paidAt paymentReference totalPaidCents",
            {
                "remittanceAdviceId": "$advice",
                "totalPaidCents": "$total",
                "paidAt": "$now",
                "paymentReference": "STORY-$number",
            },
        ),
    ),
)
