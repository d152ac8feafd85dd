"""One step of a refund request, written as a whole: its lines, totals and log, and what the invoice shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.amounts import LARGEST
from marketplacer_callback.sandbox.mutations.answer import Refused
from marketplacer_callback.sandbox.mutations.orders.fulfilment import update_invoice
from marketplacer_callback.sandbox.mutations.refunds.lines import NewLine
from marketplacer_callback.sandbox.mutations.refunds.money import breakdown_fields, totals, with_breakdown
from marketplacer_callback.sandbox.mutations.refunds.notes import Notes, log
from marketplacer_callback.sandbox.mutations.refunds.refundable import amount_left
from marketplacer_callback.sandbox.mutations.refunds.settlement import amend, flags, lines_after
from marketplacer_callback.sandbox.mutations.refunds.states import derived
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["BEFORE_DENIAL", "Step"]

BEFORE_DENIAL: Final = "deniedFrom"  # no field of the schema: what reverting the denial gives back


@dataclass(slots=True)
class Step:
    """What is about to become of a refund request; nothing is written before ``write``.

    ``added``: lines that it gets. ``returned``: it was or will be marked as returned. ``fields``: what is written on
    it besides the status, the lines, the totals and the notes.
    """

    record: Record
    added: list[NewLine] = field(default_factory=list)
    returned: bool = False
    fields: Record = field(default_factory=dict)
    _lines: dict[str, Record] = field(default_factory=dict)

    def move(self, statuses: Mapping[str, str]) -> None:
        """Every line whose status is named gets the other one."""
        for line in self.record["lineItems"]:
            if line["status"] in statuses:
                self.change(line, status=statuses[line["status"]])
        self.added = [
            replace(new, fields={**new.fields, "status": statuses.get(new.fields["status"], new.fields["status"])})
            for new in self.added
        ]

    def change(self, line: Record, **fields: object) -> None:
        """Fields of one of the request's lines."""
        self._lines[line["id"]] = {**self._lines.get(line["id"], {}), **fields}

    @property
    def lines(self) -> list[Record]:
        """Copies of all its lines as they will be, with their breakdown, the added ones last."""
        kept = ({**line, **self._lines.get(line["id"], {})} for line in self.record["lineItems"])
        return [with_breakdown(line, self.record["invoice"]) for line in (*kept, *(new.fields for new in self.added))]

    @property
    def status(self) -> str:
        """The status that it will have."""
        return derived((line["status"] for line in self.lines), returned=self.returned)

    def check_amount(self) -> None:
        """Raises ``Refused`` if the buyer would get back more than was paid for the invoice, or if a total is more
        than the schema's ``Int`` can show.
        """
        left, sums = max(0, amount_left(self.record["invoice"], but=self.record)), totals(self.lines)
        if max(sums.values()) > LARGEST:
            raise Refused(f"the total must be less than or equal to {LARGEST}")
        if sums["totalCents"] > left:
            raise Refused(
                f"the total to refund must be less than or equal to {left} cents, what is left of the invoice"
            )

    def write(self, request: Request, notes: Notes, *, about: Record | None = None, new: bool = False) -> None:
        """Write it all as one change.

        ``notes`` are about the line ``about``, else about the request. ``new``: the request was made just now, so its
        own fields are no further change of it.
        """
        lines, status, moved = self.lines, self.status, self._moved()
        already = {line["id"] for line in self.record["lineItems"] if line["status"] == "REFUNDED"}
        settled = [line for line in lines if line["status"] == "REFUNDED" and line.get("id") not in already]
        changes = [(line, self._of_line(request, line, moved, notes, about)) for line in self.record["lineItems"]]
        of_request = {**self.fields, **totals(lines), "status": status}
        if status == "DENIED" and self.record["status"] != status:
            of_request[BEFORE_DENIAL] = {"status": self.record["status"], "lines": moved}
        if self.added:
            of_request["lineItems"] = [*self.record["lineItems"], *(self._add(request, one) for one in self.added)]
        if about is None:
            of_request["notes"] = [*self.record["notes"], *notes(self.record, None, status)]
        elif status != self.record["status"]:
            of_request["notes"] = [*self.record["notes"], log(request, self.record, None, status)]
        changes += lines_after(settled)
        if new:
            self.record.update(of_request)
        else:
            changes.append(
                (self.record, {name: value for name, value in of_request.items() if self.record.get(name) != value})
            )
        self._write_all(request, changes, {"status": status, "lineItems": lines}, settled)

    def _moved(self) -> dict[str, str]:
        """The status that each line has which is about to get another."""
        return {
            line["id"]: line["status"]
            for line in self.record["lineItems"]
            if self._lines.get(line["id"], {}).get("status", line["status"]) != line["status"]
        }

    def _add(self, request: Request, new: NewLine) -> Record:
        line = new.write(request, self.record)
        line["notes"] = new.notes(self.record, line, line["status"])
        return line

    def _of_line(
        self, request: Request, line: Record, moved: Mapping[str, str], notes: Notes, about: Record | None
    ) -> Record:
        fields = self._lines.get(line["id"], {})
        if fields and line.get("lineItemAmountCents") is None:
            fields = {**breakdown_fields(line, self.record["invoice"]), **fields}
        if line is about:
            return {**fields, "notes": [*line["notes"], *notes(self.record, line, fields["status"])]}
        if line["id"] in moved:
            return {**fields, "notes": [*line["notes"], log(request, self.record, line, fields["status"])]}
        return fields

    def _write_all(
        self, request: Request, changes: Sequence[tuple[Record, Record]], after: Record, settled: Sequence[Record]
    ) -> None:
        """The changes, and the invoice if something of it is another: its requests, its amendments, its flags."""
        invoice: Record = self.record["invoice"]
        others = [one for one in invoice["refundRequests"] if one is not self.record]
        shown = flags([*others, after])
        off = {"AWAITING_RETURN", "AWAITING_REFUND"} - shown
        fields: Record = {}
        if len(others) == len(invoice["refundRequests"]):
            fields["refundRequests"] = [*others, self.record]
        if settled:
            fields["amendments"] = [*invoice["amendments"], amend(request.store, invoice, settled)]
        if fields or shown - {*invoice["statusFlags"]} or off & {*invoice["statusFlags"]}:
            update_invoice(request.store, invoice, lines=changes, on=shown, off=off, **fields)
        else:
            request.store.change_together(changes)
