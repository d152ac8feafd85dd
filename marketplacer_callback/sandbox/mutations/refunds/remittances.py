"""Remittances and their advices: what the operator pays to sellers, and that it may be paid."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data.store import Record, iso
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.due import PENDING_RELEASE
from marketplacer_callback.sandbox.mutations.inputs import images
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.scalars import moment

__all__ = ["REMITTANCES"]


def remittance_advice_update(request: Request, values: Record) -> Record:
    """How much of an advice is paid in all (by the schema ``totalPaidCents`` is no increment), when, and the proof.

    Without ``paidAt`` it is the moment at which the total changed; fields that are not given stay, attachments replace
    those that were there, and what says nothing new is no write (guesses). What the advice remits is marked as remitted
    once the whole of it is paid, and no longer when the total is corrected to less.
    """
    advice = found(request, "RemittanceAdvice", values["remittanceAdviceId"], "remittanceAdviceId")
    total = values["totalPaidCents"]
    if total < 0:
        raise Refused("totalPaidCents must be greater than or equal to 0", field="totalPaidCents")
    given_at = iso(round(moment(values["paidAt"]).timestamp() * 1000)) if values.get("paidAt") else None
    attachments = values.get("attachments")
    attach = images(request, attachments, field="attachments")
    fields: Record = {"totalPaidCents": total}
    if given_at or total != advice.get("totalPaidCents"):
        fields["paidAt"] = given_at or (request.store.now() if total else None)
    if values.get("paymentReference") is not None:
        fields["paymentReference"] = values["paymentReference"]
    if attachments is not None:
        fields["attachments"] = attach()
    _write(request, advice, fields)
    return {"remittanceAdvice": advice}


def remittances_release(request: Request, values: Record) -> Record:
    """Held remittances may be paid out: ``pending_release`` is no reason to wait any more, other reasons stay.

    An unknown id refuses all of them. One that is released already is left alone (a guess).
    """
    records = {id_: found(request, "Remittance", id_, "remittanceIds") for id_ in values["remittanceIds"]}
    request.store.change_together(
        (
            remittance,
            {
                "released": True,
                "pendingReasons": [reason for reason in remittance["pendingReasons"] if reason != PENDING_RELEASE],
            },
        )
        for remittance in records.values()
        if not remittance["released"]
    )
    return {"remittances": list(records.values())}


def _write(request: Request, advice: Record, fields: Record) -> None:
    """The advice, and what it remits: the invoices and their amendments."""
    after = {**advice, **fields}
    fully = after["totalPaidCents"] and after["totalPaidCents"] >= after["totalCents"]
    paid = after.get("paidAt") if fully else None
    changes = [(advice, {name: value for name, value in fields.items() if advice.get(name) != value})]
    for remittance in advice["remittances"]:
        remitted = (remittance.get("invoice"), remittance.get("invoiceAmendment"))
        changes += [(one, _remitted(one, paid)) for one in remitted if one]
    request.store.change_together(changes)


def _remitted(record: Record, paid_at: str | None) -> Record:
    fields: Record = {} if record.get("remittedAt") == paid_at else {"remittedAt": paid_at}
    if "statusFlags" in record:
        flags = [flag for flag in record["statusFlags"] if flag != "REMITTED"] + (["REMITTED"] if paid_at else [])
        fields |= {} if flags == record["statusFlags"] else {"statusFlags": flags}
    return fields


REMITTANCES: Final[dict[str, Mutation]] = {
    "remittanceAdviceUpdate": operator_only(remittance_advice_update),
    "remittancesRelease": operator_only(remittances_release),
}
