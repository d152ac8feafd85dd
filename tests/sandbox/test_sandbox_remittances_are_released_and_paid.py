"""Remittances are released all or none, and an advice knows how much of it is paid."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_refunding import created, done, invoice_of, refused, told, wants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import ApiKey

SELLER = ApiKey("", "seller")
FORBIDDEN = "permission denied: only accessible to operator admin users"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(adverts=4)


def held(sandbox: Sandbox, *reasons: str) -> Record:
    """The remittance of an amendment, which waits for its release and for the reasons."""
    invoice = invoice_of(sandbox, (1, 1_000))
    request = created(sandbox, invoice, wants(invoice, status="REFUND_ACCEPTED"))
    done(sandbox, "refundRequestRefund", refundRequestId=request["id"], notes=[])
    remittance = sandbox.store.all("Remittance")[-1]
    remittance["pendingReasons"] = [*remittance["pendingReasons"], *reasons]
    sandbox.store.drain()
    return remittance


def advice_of(sandbox: Sandbox, *remittances: Record, total: int = 5_000) -> Record:
    """An advice of which nothing is paid."""
    advice = sandbox.store.add(
        "RemittanceAdvice",
        seller=remittances[0]["seller"],
        remittances=list(remittances),
        totalCents=total,
        totalPaidCents=None,
        paidAt=None,
        paymentReference=None,
        attachments=[],
    )
    for remittance in remittances:
        remittance["remittanceAdvice"] = advice
    sandbox.store.drain()
    return advice


def of_invoice(sandbox: Sandbox) -> Record:
    """The remittance of an invoice that was sent."""
    invoice_of(sandbox, (1, 1_000))
    return sandbox.store.all("Remittance")[-1]


def test_a_release_takes_away_the_waiting_for_it_and_nothing_else(sandbox: Sandbox) -> None:
    first, second = held(sandbox), held(sandbox, "missing_xero_account")
    shown = done(sandbox, "remittancesRelease", remittanceIds=[second["id"], first["id"]])
    assert [(one["id"], one["released"], one["pendingReasons"]) for one in shown] == [
        (second["id"], True, ["missing_xero_account"]),
        (first["id"], True, []),
    ]


def test_one_unknown_remittance_refuses_them_all(sandbox: Sandbox) -> None:
    remittance = held(sandbox)
    message = refused(sandbox, "remittancesRelease", remittanceIds=[remittance["id"], "none"])
    assert message == "No object found for remittanceIds: none"
    assert (remittance["released"], remittance["pendingReasons"]) == (False, ["pending_release"])


def test_a_second_release_changes_nothing(sandbox: Sandbox) -> None:
    remittance = held(sandbox)
    advice_of(sandbox, remittance)
    first = done(sandbox, "remittancesRelease", remittanceIds=[remittance["id"], remittance["id"]])
    assert len(first) == 1
    assert told(sandbox) == [("RemittanceAdvice", "update")]
    assert done(sandbox, "remittancesRelease", remittanceIds=[remittance["id"]]) == first
    assert sandbox.store.drain() == []


def test_remittances_are_the_operator_s(sandbox: Sandbox) -> None:
    remittance = held(sandbox)
    advice = advice_of(sandbox, remittance)
    assert refused(sandbox, "remittancesRelease", SELLER, remittanceIds=[remittance["id"]]) == FORBIDDEN
    given = {"remittanceAdviceId": advice["id"], "totalPaidCents": 1}
    assert refused(sandbox, "remittanceAdviceUpdate", SELLER, **given) == FORBIDDEN


def test_what_an_advice_remits_is_remitted_once_all_of_it_is_paid(sandbox: Sandbox) -> None:
    remittances = [of_invoice(sandbox), held(sandbox)]
    given = {"remittanceAdviceId": advice_of(sandbox, *remittances)["id"]}

    def state() -> tuple[Any, ...]:
        invoice, amendment = remittances[0]["invoice"], remittances[1]["invoiceAmendment"]
        return (invoice["remittedAt"], "REMITTED" in invoice["statusFlags"], amendment["remittedAt"])

    for one in remittances:
        (one["invoice"] or {})["remittedAt"] = None
    part = done(sandbox, "remittanceAdviceUpdate", **given, totalPaidCents=4_999, paidAt="2024-05-01T10:00:00Z")
    assert (part["totalPaidCents"], part["paidAt"]) == (4_999, "2024-05-01T10:00:00.000Z")
    assert told(sandbox) == [("RemittanceAdvice", "update")]
    assert state() == (None, False, None)

    done(sandbox, "remittanceAdviceUpdate", **given, totalPaidCents=5_000, paidAt="2024-05-02T12:00:00+02:00")
    assert state() == ("2024-05-02T10:00:00.000Z", True, "2024-05-02T10:00:00.000Z")
    assert told(sandbox) == [("RemittanceAdvice", "update"), ("Invoice", "update")]

    done(sandbox, "remittanceAdviceUpdate", **given, totalPaidCents=4_000)
    assert state() == (None, False, None)


def test_the_total_is_no_increment_and_saying_it_again_changes_nothing(sandbox: Sandbox) -> None:
    advice = advice_of(sandbox, of_invoice(sandbox))
    given = {"remittanceAdviceId": advice["id"], "totalPaidCents": 5_000, "paymentReference": "BANK-1"}
    first = done(sandbox, "remittanceAdviceUpdate", **given)
    assert (first["totalPaidCents"], first["paymentReference"]) == (5_000, "BANK-1")
    assert first["paidAt"] is not None
    told(sandbox)
    assert done(sandbox, "remittanceAdviceUpdate", **given) == first
    assert sandbox.store.drain() == []


def test_what_is_not_given_stays(sandbox: Sandbox) -> None:
    advice = advice_of(sandbox, of_invoice(sandbox))
    given = {"remittanceAdviceId": advice["id"], "totalPaidCents": 10, "paidAt": "2024-05-01T10:00:00Z"}
    files = [{"filename": "statement.pdf", "dataBase64": "JVBERi0="}]
    done(sandbox, "remittanceAdviceUpdate", **given, paymentReference="BANK-1", attachments=files)
    del given["paidAt"]
    after = done(sandbox, "remittanceAdviceUpdate", **given)
    assert (after["paymentReference"], after["paidAt"]) == ("BANK-1", "2024-05-01T10:00:00.000Z")
    assert [one["filename"] for one in after["attachments"]] == ["statement.pdf"]


def test_an_advice_of_which_nothing_is_paid_has_no_date(sandbox: Sandbox) -> None:
    advice = advice_of(sandbox, of_invoice(sandbox))
    after = done(sandbox, "remittanceAdviceUpdate", remittanceAdviceId=advice["id"], totalPaidCents=0)
    assert (after["totalPaidCents"], after["paidAt"]) == (0, None)


def test_what_cannot_be_is_refused(sandbox: Sandbox) -> None:
    advice = advice_of(sandbox, of_invoice(sandbox))
    message = refused(sandbox, "remittanceAdviceUpdate", remittanceAdviceId=advice["id"], totalPaidCents=-1)
    assert message == "totalPaidCents must be greater than or equal to 0"
    message = refused(sandbox, "remittanceAdviceUpdate", remittanceAdviceId="none", totalPaidCents=1)
    assert message == "No object found for remittanceAdviceId: none"
    given = {"remittanceAdviceId": advice["id"], "totalPaidCents": 1}
    assert "soon" in refused(sandbox, "remittanceAdviceUpdate", **given, paidAt="soon")
    assert advice["totalPaidCents"] is None
    message = refused(sandbox, "remittanceAdviceUpdate", **given, attachments=[{"alt": "nothing"}])
    assert message == "Image needs one of imageId, dataBase64, sourceUrl"
