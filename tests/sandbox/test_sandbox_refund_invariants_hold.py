"""Whatever is asked in whatever order: statuses follow from lines, money adds up, refusals leave no trace."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sandbox_refunding import OF_LINE, REQUEST, WHOLE, custom, invoice_of, run, wants

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey

SELLER = ApiKey("", "seller")
STARTS = st.sampled_from(["PENDING_APPROVAL", "AWAITING_RETURN", "REFUND_ACCEPTED"])
KEYS = st.sampled_from([OPERATOR, OPERATOR, OPERATOR, SELLER])
CENTS = st.sampled_from([0, 1, 99, 100, 333, 500, 1_500, -1])
QUANTITIES = st.sampled_from([1, 1, 1, 2, 3, 0])
NUMBERS = st.integers(0, 30)
FITTING = {
    "AWAITING": ["refundRequestReturn", "refundRequestReturn", "refundRequestDeny"],
    "RETURNED": ["refundRequestRefund", "refundRequestRefund", "refundRequestDeny"],
    "PROCESSED": ["refundRequestRefund", "refundRequestApprove", "refundRequestDeny"],
    "DENIED": ["refundRequestRevertDenial"],
    "REFUNDED": [],
}
EVERY = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on RefundRequest { " + REQUEST + " } } }"
UNDECIDED = {"PENDING_APPROVAL", "AWAITING_RETURN"}


def status_of(lines: list[str], *, returned: bool) -> str:
    """The facts' table, written a second time."""
    if "REFUNDED" in lines:
        return "REFUNDED"
    if all(line == "REFUND_DENIED" for line in lines):
        return "DENIED"
    if returned:
        return "RETURNED"
    return "AWAITING" if UNDECIDED & set(lines) else "PROCESSED"


class Refunds(RuleBasedStateMachine):
    """A sent invoice of 20.00 and one that is not sent of 10.01, each with 9.95 postage and a refund request."""

    @initialize(
        revert_to=st.sampled_from(["before", "AWAITING", "RETURNED", "PROCESSED"]), starts=st.tuples(STARTS, STARTS)
    )
    def open(self, revert_to: Any, starts: Any) -> None:
        self.sandbox = Sandbox(adverts=4, choices=Choices(revert_to=revert_to))
        self.revert_to = revert_to
        self.invoices = [invoice_of(self.sandbox, (5, 2_000)), invoice_of(self.sandbox, (4, 1_001), sent=False)]
        self.returned: dict[str, bool] = {}
        self.seen: list[Any] | None = None
        for which, start in enumerate(starts):
            self.create(which, 1, 100, (start, start), None, False, OPERATOR)

    @rule(
        which=st.integers(0, 1),
        quantity=QUANTITIES,
        cents=st.none() | CENTS,
        starts=st.tuples(STARTS, STARTS),
        dispatched=st.sampled_from([None, True, False]),
        only=st.booleans(),
        key=KEYS,
    )
    def create(
        self, which: int, quantity: int, cents: int | None, starts: Any, dispatched: Any, only: bool, key: ApiKey
    ) -> None:
        invoice = self.invoices[which]
        lines = [wants(invoice, quantity=quantity, status=starts[0], dispatched=dispatched)]
        if cents is not None:
            lines.append(custom(cents, status=starts[1], onlyRemittance=True if only else None))
        made = self.send("refundRequestCreate", key, invoiceId=invoice["id"], lineItems=lines, notes=[])
        if made:
            self.returned[made["id"]], self.seen = False, None

    @rule(number=NUMBERS, mutation=st.sampled_from(WHOLE), cents=st.none() | CENTS, cash=st.none() | CENTS, key=KEYS)
    def step(self, number: int, mutation: str, cents: int | None, cash: int | None, key: ApiKey) -> None:
        self.take(list(self.returned)[number % len(self.returned)], mutation, cents, cash, key)

    @rule(number=NUMBERS, pick=NUMBERS, cents=st.none() | CENTS, cash=st.none() | CENTS)
    def step_that_fits(self, number: int, pick: int, cents: int | None, cash: int | None) -> None:
        request = self.shown()[number % len(self.returned)]
        if mutations := FITTING[request["status"]]:
            self.take(request["id"], mutations[pick % len(mutations)], cents, cash, OPERATOR)

    @rule(number=NUMBERS, line=st.integers(0, 3), mutation=st.sampled_from(OF_LINE), key=KEYS)
    def step_of_line(self, number: int, line: int, mutation: str, key: ApiKey) -> None:
        lines = self.shown()[number % len(self.returned)]["lineItems"]
        given: Record = {"refundRequestLineItemId": lines[line % len(lines)]["id"], "notes": []}
        self.send(mutation, key, **given, **({"denyRefundReason": "Worn"} if mutation.endswith("Deny") else {}))

    @invariant()
    def statuses_follow_from_lines(self) -> None:
        for request in self.shown():
            lines = [line["status"] for line in request["lineItems"]]
            assert request["status"] == status_of(lines, returned=self.returned[request["id"]])
            assert (request["refundedAt"] is not None) is (request["status"] == "REFUNDED")
            assert request["notes"][-1]["newStatus"] == request["status"]
            assert all(line["notes"][-1]["newStatus"] == line["status"] for line in request["lineItems"])

    @invariant()
    def totals_are_sums_and_never_below_zero(self) -> None:
        for request in self.shown():
            counted = [line for line in request["lineItems"] if line["status"] != "REFUND_DENIED"]
            assert request["totalCents"] == sum(line["lineItemAmountCents"] for line in counted)
            assert request["recoveredAmountCents"] == sum(line["remittanceAmountCents"] for line in counted)
            assert all(value >= 0 for name, value in request.items() if name.endswith("Cents") and value is not None)
            for line in request["lineItems"]:
                assert all(value >= 0 for name, value in line.items() if name.endswith("Cents"))
                if not line["onlyRemittance"]:
                    whole = line["commissionAmountCents"] + line["remittanceAmountCents"]
                    assert whole == line["lineItemAmountCents"]
            if request["status"] == "REFUNDED":
                assert request["cashAmountCents"] + request["giftCardAmountCents"] == request["totalCents"]

    @invariant()
    def no_more_is_refunded_than_was_paid(self) -> None:
        requests = self.shown()
        for invoice in getattr(self, "invoices", ()):
            of_invoice = [one for one in requests if one["invoice"]["id"] == invoice["id"]]
            refunded = sum(one["totalCents"] for one in of_invoice if one["status"] == "REFUNDED")
            assert sum(one["totalCents"] for one in invoice["amendments"]) == -refunded
            assert sum(one["totalCents"] for one in of_invoice) <= invoice["totalCents"]
            (line,) = invoice["lineItems"]
            wanted = [one for request in of_invoice for one in request["lineItems"] if one["lineItem"]]
            kept = [one for one in wanted if one["status"] != "REFUND_DENIED"]
            assert sum(one["quantity"] for one in kept) <= line["quantity"]
            assert sum(one["lineItemAmountCents"] for one in kept) <= line["totalCents"]
            back = sum(one["quantity"] for one in kept if one["status"] == "REFUNDED")
            left = line["quantityReturnable"] + line["quantityAwaitingDispatch"]
            assert (left, line["statusFull"] in ("REFUNDED", "CANCELLED")) == (line["quantity"] - back, left == 0)

    @invariant()
    def the_seller_s_remittances_are_what_the_amendments_say(self) -> None:
        for invoice in getattr(self, "invoices", ()):
            due = [
                one["amountCents"]
                for one in self.sandbox.store.all("Remittance")
                if one["invoiceAmendment"] and one["invoiceAmendment"]["invoice"] is invoice
            ]
            assert due == [one["remittanceCents"] for one in invoice["amendments"]]

    @invariant()
    def the_invoice_shows_what_it_waits_for(self) -> None:
        requests = self.shown()
        for invoice in getattr(self, "invoices", ()):
            statuses = {one["status"] for one in requests if one["invoice"]["id"] == invoice["id"]}
            flags = set(invoice["statusFlags"])
            assert ("AWAITING_REFUND" in flags) is bool(statuses & {"RETURNED", "PROCESSED"})
            assert ("REFUNDED" in flags) is ("REFUNDED" in statuses)

    def shown(self) -> list[Any]:
        """Every request, as the API shows it; what was read since the last mutation is read once."""
        if not getattr(self, "returned", None):
            return []
        if self.seen is None:
            self.seen = self.read()
        return self.seen

    def read(self) -> list[Any]:
        """Every request, read anew."""
        answer = self.sandbox.executor.run(EVERY, {"ids": list(self.returned)}, None, self.sandbox.request())
        assert "errors" not in answer
        nodes: list[Any] = answer["data"]["nodes"]
        return nodes

    def take(self, id_: str, mutation: str, cents: int | None, cash: int | None, key: ApiKey) -> None:
        """A step with a whole request, with a custom line of ``cents`` where the mutation takes one."""
        given: Record = {"refundRequestId": id_}
        if mutation == "refundRequestApprove":
            extra = {"custom": "Goodwill", "lineItemAmount": cents, "commissionAmount": 0, "remittanceAmount": cents}
            given |= {"newCustomLineItemPriceBreakdowns": [extra]} if cents is not None else {}
        else:
            given["notes"] = []
        if mutation in ("refundRequestReturn", "refundRequestRefund") and cents is not None:
            given["newLineItems"] = [custom(cents)]
        if mutation == "refundRequestRefund" and cash is not None:
            given["cashAmountCents"] = cash
        if self.send(mutation, key, **given):
            self.returned[id_] |= mutation == "refundRequestReturn"
            if mutation == "refundRequestRevertDenial" and self.revert_to != "before":
                self.returned[id_] = self.revert_to == "RETURNED"

    def send(self, mutation: str, key: ApiKey, **given: Any) -> Any:
        """What a mutation shows; ``None`` if it was refused, and then it left everything as it was."""
        before = self.shown()
        self.sandbox.store.drain()
        answer = run(self.sandbox, mutation, given, key)
        self.seen = None
        result = answer["data"][mutation]
        if result and result["errors"] is None:
            assert self.sandbox.store.drain() != []
            return result.get("refundRequest") or result["refundRequestLineItem"]
        assert self.sandbox.store.drain() == []
        assert self.shown() == before
        return None


TestRefunds = Refunds.TestCase
TestRefunds.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
