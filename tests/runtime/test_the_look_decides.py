"""What a read tells: call the handler, look once more, or leave it alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.inbox.records import Mailbox, MailboxEvent, Remembered
from marketplacer_callback.runtime.look import DELETED_DIGEST, Look, Seen, decide, digest_of

JUNE = 1_717_200_000_000


def mailbox(
    *, digest: str | None = None, settled: int = 0, updated_ms: int | None = None, name: str = "update"
) -> Mailbox:
    return Mailbox(
        id="1",
        upto=3,
        since_ms=0,
        crashes=0,
        events=(MailboxEvent(3, name, 0, "e3", None, updated_ms),),
        settled_at={"h": settled} if settled else {},
        remembered={"h": Remembered(True, digest)} if digest else {},
    )


def seen(value: dict[str, Any] | None = None, digest: str = "A", typename: str = "Advert") -> Seen:
    return Seen({"title": "x"} if value is None else value, typename, digest)


NULL = Seen(None, "", "")


def look(read: Seen | None, box: Mailbox, mode: Any = "doubtful", skip: bool = False) -> Look:
    return decide(read, box, "h", second_look=mode, skip_unchanged=skip)


def test_an_object_that_was_never_seen_is_handled_at_once() -> None:
    assert look(seen(), mailbox()) == Look("call", False, "A")


def test_an_object_that_changed_is_handled_at_once() -> None:
    assert look(seen(), mailbox(digest="B")).verb == "call"


def test_an_object_that_looks_unchanged_is_looked_at_once_more() -> None:
    assert look(seen(), mailbox(digest="A")).verb == "settle"


def test_after_the_second_look_an_unchanged_object_is_skipped_only_by_those_who_asked_for_it() -> None:
    assert look(seen(), mailbox(digest="A", settled=3), skip=True).verb == "unchanged"
    assert look(seen(), mailbox(digest="A", settled=3), skip=False).verb == "call"


def test_an_event_after_the_second_look_earns_another() -> None:
    assert look(seen(), mailbox(digest="A", settled=2)).verb == "settle"


@pytest.mark.parametrize("mode", ["doubtful", "always", "never"])
def test_a_null_is_a_deletion_only_on_the_second_look(mode: str) -> None:
    assert look(NULL, mailbox(), mode).verb == "settle"
    assert look(NULL, mailbox(settled=3), mode) == Look("call", True, DELETED_DIGEST)


def test_a_destroy_and_a_deleted_type_are_deletions_at_once() -> None:
    assert look(None, mailbox(name="destroy")) == Look("call", True, DELETED_DIGEST)
    assert look(seen(typename="DeletedAdvert"), mailbox()) == Look("call", True, DELETED_DIGEST)


def test_an_unpublished_advert_is_not_deleted() -> None:
    assert look(seen(typename="UnpublishedAdvert"), mailbox()).deleted is False


def test_a_deletion_that_was_handled_is_skipped_by_those_who_asked_for_it() -> None:
    assert look(None, mailbox(digest=DELETED_DIGEST), skip=True).verb == "unchanged"


def test_a_read_older_than_the_announced_change_is_repeated_even_if_it_differs() -> None:
    stale = seen({"updatedAt": "2024-06-01T00:00:00Z"}, digest="B")
    assert look(stale, mailbox(digest="A", updated_ms=JUNE + 1)).verb == "settle"


def test_a_read_as_new_as_the_announced_change_needs_no_second_look() -> None:
    fresh = seen({"updatedAt": "2024-06-01T00:00:00Z"}, digest="A")
    assert look(fresh, mailbox(digest="A", updated_ms=JUNE), skip=True).verb == "unchanged"
    assert look(fresh, mailbox(digest="A", updated_ms=JUNE), "always").verb == "call"


@pytest.mark.parametrize("stamp", [None, 5, "yesterday", ""])
def test_an_unreadable_updated_at_proves_nothing(stamp: object) -> None:
    assert look(seen({"updatedAt": stamp}), mailbox(digest="A", updated_ms=JUNE)).verb == "settle"


def test_always_handles_a_change_at_once_and_looks_again() -> None:
    assert look(seen(), mailbox(digest="B"), "always").verb == "call-then-settle"
    assert look(seen(), mailbox(digest="A", settled=3), "always").verb == "unchanged"
    assert look(seen(), mailbox(digest="B", settled=3), "always").verb == "call"


def test_never_takes_the_first_read() -> None:
    assert look(seen(), mailbox(digest="A"), "never", skip=True).verb == "unchanged"
    assert look(seen(), mailbox(digest="A"), "never").verb == "call"


words = st.text(max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(words, json_values, max_size=4)


@given(objects)
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert digest_of(value, "d") == digest_of(dict(reversed(value.items())), "d")


@given(objects)
def test_the_digest_changes_with_the_document(value: dict[str, Any]) -> None:
    assert digest_of(value, "d") != digest_of(value, "e")


def test_the_digest_tells_values_apart() -> None:
    assert len({digest_of({"a": value}, "d") for value in (1, "1", True, None, [1], {"b": 1})}) == 6
