"""What the platform leaves open is a choice, and each choice has its effect."""

from __future__ import annotations

import pytest

from marketplacer_callback.sandbox import Choices, Sandbox


def told(sandbox: Sandbox) -> set[tuple[str, str]]:
    return {(written.typename, written.event_name) for written in sandbox.store.drain()}


@pytest.mark.parametrize("follows", [True, False])
def test_a_part_is_an_update_of_its_whole_where_that_is_chosen_and_always_where_it_is_documented(follows: bool) -> None:
    sandbox = Sandbox(adverts=20, choices=Choices(follows=follows))
    store = sandbox.store
    store.change("Shipment", store.first("Shipment")["id"], note="left at the door")
    assert told(sandbox) == {("Shipment", "update"), *([("Invoice", "update")] if follows else [])}
    store.change_together([(store.first("RefundRequestLineItem"), {"description": "x"})])
    more = [("RefundRequest", "update"), ("Invoice", "update")] if follows else []
    assert told(sandbox) == {("RefundRequestLineItem", "update"), *more}
    store.change("Variant", store.first("Variant")["id"], countOnHand=3)
    assert told(sandbox) == {("Variant", "update"), ("Advert", "update")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"follow": "true"}, "'follow' is not a choice of the sandbox; one of destroy_node, "),
        ({"follows": "yes"}, "follows=yes: expected true or false"),
        ({"collapse_ms": "-1"}, "collapse_ms=-1: expected a whole number from 0"),
        ({"revert_to": "DENIED"}, "revert_to=DENIED: expected one of before, AWAITING, RETURNED, PROCESSED"),
    ],
)
def test_a_choice_that_there_is_not_is_named_with_those_that_there_are(text: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        Choices.parse(text)


def test_choices_are_read_from_texts() -> None:
    texts = {"destroy_node": "last", "follows": "False", "max_depth": "0"}
    assert Choices.parse(texts) == Choices(destroy_node="last", follows=False, max_depth=0)
