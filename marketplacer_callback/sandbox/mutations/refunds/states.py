"""The life cycle of a refund request and of its lines, as data: what may be done when, and what comes of it.

Nothing in here reads or writes an object. The statuses are the schema's. That the request's status follows from its
lines is the schema's too, and that a request which was marked as returned stays so is the vendor documentation's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = ["TRANSITIONS", "Transition", "derived", "reverted"]

PENDING, AWAITING_RETURN, ACCEPTED = "PENDING_APPROVAL", "AWAITING_RETURN", "REFUND_ACCEPTED"
DENIED_LINE, REFUNDED = "REFUND_DENIED", "REFUNDED"
AWAITING, RETURNED, PROCESSED, DENIED = "AWAITING", "RETURNED", "PROCESSED", "DENIED"

Lines = Mapping[str, str]
UNDECIDED: Final = frozenset({PENDING, AWAITING_RETURN})
OPEN: Final = frozenset({AWAITING, RETURNED, PROCESSED})


@dataclass(frozen=True, slots=True)
class Transition:
    """What one mutation does.

    ``requests``: the statuses that the request may be in; for any other the answer is ``refusal``. ``lines``: the
    status of a line → the one that it gets. A line whose status is not named stays as it is when the mutation is about
    the whole request; when it is about that line, the answer is ``line_refusal``. ``returned``: the request is marked
    as returned by it.
    """

    requests: frozenset[str]
    refusal: str
    lines: Lines = field(default_factory=lambda: MappingProxyType({}))
    line_refusal: str = ""
    returned: bool = False


def _to(result: str, *statuses: str) -> Lines:
    return MappingProxyType(dict.fromkeys(statuses, result))


LINE_OF_A_CLOSED_REQUEST: Final = (
    "Can only change a RefundRequestLineItem of an awaiting, returned or processed RefundRequest"
)
TRANSITIONS: Final[Mapping[str, Transition]] = MappingProxyType(
    {
        "refundRequestReturn": Transition(
            frozenset({AWAITING}),
            "Can only mark an awaiting RefundRequest as returned",
            _to(ACCEPTED, PENDING, AWAITING_RETURN),
            returned=True,
        ),
        "refundRequestRefund": Transition(
            frozenset({RETURNED, PROCESSED}),
            "Can only mark a returned or processed RefundRequest as refunded",
            _to(REFUNDED, PENDING, AWAITING_RETURN, ACCEPTED),
        ),
        "refundRequestApprove": Transition(
            frozenset({PROCESSED}), "Can only approve a processed RefundRequest", _to(REFUNDED, ACCEPTED)
        ),
        "refundRequestDeny": Transition(
            OPEN,
            "Can only deny an awaiting, returned or processed RefundRequest",
            _to(DENIED_LINE, PENDING, AWAITING_RETURN, ACCEPTED),
        ),
        "refundRequestRevertDenial": Transition(
            frozenset({DENIED}), "Can only revert the denial of a denied RefundRequest"
        ),
        "refundRequestLineItemAccept": Transition(
            OPEN,
            LINE_OF_A_CLOSED_REQUEST,
            _to(ACCEPTED, PENDING, AWAITING_RETURN),
            "Can only accept a pending approval or awaiting return RefundRequestLineItem",
        ),
        "refundRequestLineItemReturn": Transition(
            OPEN,
            LINE_OF_A_CLOSED_REQUEST,
            _to(ACCEPTED, AWAITING_RETURN),
            "Can only mark an awaiting return RefundRequestLineItem as returned",
        ),
        "refundRequestLineItemDeny": Transition(
            OPEN,
            LINE_OF_A_CLOSED_REQUEST,
            _to(DENIED_LINE, PENDING, AWAITING_RETURN, ACCEPTED),
            "Can only deny a pending approval, awaiting return or refund accepted RefundRequestLineItem",
        ),
    }
)
"""Mutation → what it does. The refusals of ``refundRequestReturn`` and ``refundRequestRefund`` are the platform's own
texts; the others are guesses in the same style. The request's statuses for return, refund and approve are documented,
the others are guesses; so is that a returned line is an accepted one, since the schema has no returned line.
"""


def derived(lines: Iterable[str], *, returned: bool) -> str:
    """The status of a request with lines of these statuses; ``returned``: it was marked as returned.

    By the schema: any refunded line makes it ``REFUNDED``, all denied ``DENIED``, all accepted ``PROCESSED``. That
    denied lines next to accepted ones do not hold a request back is a guess.
    """
    statuses = set(lines)
    if REFUNDED in statuses:
        return REFUNDED
    if statuses == {DENIED_LINE}:
        return DENIED
    if returned:
        return RETURNED
    return PROCESSED if statuses and not statuses & UNDECIDED else AWAITING


def reverted(line: str, target: str) -> str:
    """The status of a line whose denial is reverted, from the one that it had before.

    ``target``: the status that the request shall get, or ``before``, which gives the line back what it had. A request
    that awaits action has lines that do, one that is returned or processed has accepted ones.
    """
    if target == "before":
        return line
    if target == AWAITING:
        return line if line in UNDECIDED else AWAITING_RETURN
    return ACCEPTED
