"""What is read from a body, and what is handed to quarantine with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.delivery import Notice, Unreadable, parse, typename_in

ADVERT = {"__typename": "Advert", "id": "QWR2ZXJ0LTE="}


def body(name: object = "update", node: object = ADVERT, **top: object) -> bytes:
    return json.dumps({"id": "ev1", "event_name": name, "payload": {"data": {"node": node}}} | top).encode()


def read(raw: bytes, path_typename: str | None = None, **headers: str) -> Notice:
    notice = parse(raw, {name.replace("_", "-"): value for name, value in headers.items()}, path_typename)
    assert isinstance(notice, Notice), notice
    return notice


def reason(raw: bytes, path_typename: str | None = None) -> str:
    unreadable = parse(raw, {}, path_typename)
    assert isinstance(unreadable, Unreadable), unreadable
    return unreadable.reason


def test_the_modern_envelope_names_event_and_object() -> None:
    notice = read(body(), Marketplacer_Sequence="2552", Marketplacer_Vertical="bestfriendbazaar")
    assert notice == Notice("ev1", "update", "Advert", "QWR2ZXJ0LTE=", b"ev1", 2552, "bestfriendbazaar", None)


def test_keys_that_are_not_known_are_no_obstacle() -> None:
    node = ADVERT | {"title": "x", "variants": {"nodes": [{"id": 1}]}}
    assert (
        read(body(node=node, extra=[1], payload={"data": {"node": node, "more": 1}, "extensions": {}})).id
        == ADVERT["id"]
    )


def test_an_id_that_is_a_number_is_read_as_its_text() -> None:
    notice = read(body(id=17, node={"__typename": "Advert", "id": 7}))
    assert (notice.event_id, notice.id) == ("17", "7")


@pytest.mark.parametrize(("given", "kept"), [("CREATE", "create"), ("Destroy", "destroy"), ("returned", "returned")])
def test_an_event_name_is_open_and_lower_case(given: str, kept: str) -> None:
    assert read(body(given)).name == kept


@pytest.mark.parametrize(
    ("typename", "webhook"),
    [
        ("UnpublishedAdvert", "Advert"),
        ("DeletedAdvert", "Advert"),
        ("DeletedSeller", "Seller"),
        ("NewerType", "NewerType"),
    ],
)
def test_the_type_is_the_webhooks(typename: str, webhook: str) -> None:
    notice = read(body(node={"__typename": typename, "id": "X"}))
    assert (notice.typename, notice.name) == (webhook, "update")


def test_the_type_in_the_body_wins_over_the_path() -> None:
    assert read(body(), "Seller").typename == "Advert"


def test_the_path_gives_the_type_that_the_body_lacks() -> None:
    assert read(body(node={"id": "X"}), "Seller").typename == "Seller"
    assert read(body(node={"id": "X"}), "DeletedSeller").typename == "Seller"


@pytest.mark.parametrize("node", [None, {"__typename": "DeletedAdvert"}, {"__typename": "Advert", "id": None}])
def test_a_destroy_need_not_name_its_object(node: object) -> None:
    notice = read(body("destroy", node), "Advert")
    assert (notice.name, notice.typename, notice.id, notice.identity) == ("destroy", "Advert", None, b"ev1")


def test_a_destroy_with_a_null_payload_takes_its_type_from_the_path() -> None:
    assert read(body("destroy", payload=None), "Invoice").id is None


def test_a_destroy_of_an_unknown_type_is_unreadable() -> None:
    assert "type is unknown" in reason(body("destroy", None))


def test_the_legacy_format_is_accepted_under_a_path_that_says_the_type(shared: Path) -> None:
    raw = (shared / "fixtures/deliveries/invoice-create-legacy-format.json").read_bytes()
    notice = read(raw, "Invoice")
    assert (notice.event_id, notice.name, notice.typename, notice.id) == (
        "",
        "create",
        "Invoice",
        "SW52b2ljZS0xMDIyMg==",
    )
    assert "type is unknown" in reason(raw)


@pytest.mark.parametrize("payload", [ADVERT, {"node": ADVERT}, {"data": {"node": ADVERT}}])
def test_two_equal_bodies_without_an_event_id_are_two_events(payload: object) -> None:
    raw = json.dumps({"event_name": "update", "payload": payload}).encode()
    first, second = read(raw), read(raw)
    assert (first.typename, first.id) == ("Advert", ADVERT["id"])
    assert first.identity != second.identity


@pytest.mark.parametrize("event_id", [None, ""])
def test_a_null_event_id_is_none(event_id: object) -> None:
    assert read(body(id=event_id)).event_id == ""


@pytest.mark.parametrize(("file", "typename"), [("advert-create.json", "Advert"), ("seller-update.json", "Seller")])
def test_published_bodies_are_read(shared: Path, file: str, typename: str) -> None:
    raw = (shared / "fixtures/deliveries" / file).read_bytes()
    node = json.loads(raw)["payload"]["data"]["node"]
    notice = read(raw)
    assert (notice.typename, notice.id, notice.event_id) == (typename, node["id"], "V2ViaG9va0V2ZW50LTE51")


def test_the_published_error_body_is_unreadable_and_always_the_same(shared: Path) -> None:
    raw = (shared / "fixtures/deliveries/advert-update-graphql-error.json").read_bytes()
    first = parse(raw, {}, "Advert")
    assert isinstance(first, Unreadable)
    assert "query failed" in first.reason
    assert first == parse(raw, {"Marketplacer-Sequence": "7"}, "Advert")
    assert first.identity != getattr(parse(raw + b" ", {}, "Advert"), "identity", None)


def test_errors_beside_an_object_that_is_named_do_not_hide_it() -> None:
    assert read(body(payload={"data": {"node": ADVERT}, "errors": [{"message": "m"}]})).id == ADVERT["id"]
    assert "query failed" in reason(
        body("destroy", payload={"data": {"node": None}, "errors": [{"message": "m"}]}), "Advert"
    )


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "Invalid JSON"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'{"event_name":"update","payload":{"id":"\xff"}}', "Invalid JSON"),
        (rb'{"event_name":"update","payload":{"id":"\ud800","__typename":"Advert"}}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "Invalid JSON"),
        (b'{"payload":{"id":"X","__typename":"Advert"}}', "event_name"),
        (body("create now"), "event_name"),
        (body("x" * 33), "event_name"),
        (body(""), "event_name"),
        (body(7), "event_name"),
        (body(id=[7]), "id"),
        (body(id="a b"), "event's id"),
        (body(id="e" * 257), "event's id"),
        (body(id="e\n"), "event's id"),
        (body(node=None), "null"),
        (body(payload=None), "null"),
        (body(payload={"data": None}), "null"),
        (body(payload={"data": []}), "payload.data"),
        (body(payload=[]), "payload"),
        (body(payload={}), "select id"),
        (body(node={"__typename": "Advert"}), "select id"),
        (body(node={"__typename": "Advert", "id": ""}), "select id"),
        (body(node={"__typename": "Advert", "id": True}), "node.id"),
        (body(node={"__typename": "Advert", "id": "x" * 257}), "object's id"),
        (body(node={"__typename": "Advert", "id": "ü" * 129}), "object's id"),
        (body(node={"__typename": "Advert", "id": "a\x00b"}), "object's id"),
        (body("destroy", {"__typename": "Advert", "id": "a\nb"}), "object's id"),
        (body(node={"__typename": "no type", "id": "X"}), "__typename"),
        (body(node={"__typename": "_sweep", "id": "X"}), "__typename"),
    ],
)
def test_unreadable_bodies_say_why(raw: bytes, why: str) -> None:
    assert why in reason(raw, "Advert")


def test_a_reason_quotes_nothing_of_the_body() -> None:
    for raw in (
        b'{"event_name": "jane@example.com"}',
        b'{"event_name": "update", "payload": "jane@example.com"}',
        b"jane@example.com",
    ):
        assert "jane" not in reason(raw)


@pytest.mark.parametrize(
    ("updated_at", "milliseconds"),
    [
        ("1970-01-01T00:00:01.5Z", 1500),
        ("2024-05-01T13:04:05+10:00", 1714532645000),
        ("2024-05-01T03:04:05", None),
        ("soon", None),
        (12, None),
        (None, None),
    ],
)
def test_updated_at_is_read_where_it_is_exact(updated_at: object, milliseconds: int | None) -> None:
    assert read(body(node=ADVERT | {"updatedAt": updated_at})).updated_ms == milliseconds


@pytest.mark.parametrize(
    ("text", "sequence"), [("12", 12), (" 12 ", 12), ("-1", None), ("x", None), ("9" * 30, None), ("١", None)]
)
def test_the_sequence_is_a_number_or_nothing(text: str, sequence: int | None) -> None:
    assert read(body(), Marketplacer_Sequence=text).sequence == sequence


@pytest.mark.parametrize(
    ("path", "typename"),
    [
        ("", None),
        ("/", None),
        ("Advert", "Advert"),
        ("/Advert/", "Advert"),
        ("advert", "Advert"),
        ("REFUND_REQUEST", "RefundRequest"),
        ("/marketplacer/Invoice", "Invoice"),
        ("DeletedAdvert", "Advert"),
        ("NewerType", "NewerType"),
        ("x/y", None),
        ("marketplacer", None),
        ("Bad Type", None),
        ("_sweep", None),
        ("Ünter", None),
    ],
)
def test_the_last_word_of_a_path_may_be_a_type(path: str, typename: str | None) -> None:
    assert typename_in(path) == typename


@given(st.binary(), st.text())
def test_no_bytes_make_it_raise(raw: bytes, path: str) -> None:
    assert isinstance(parse(raw, {}, path), Notice | Unreadable)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["update", "destroy", "Advert"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "event_name", "payload", "data", "node", "errors", "__typename", "updatedAt"])
            | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    st.fixed_dictionaries(
        {"event_name": st.sampled_from(["update", "destroy"]) | st.text(), "payload": JSON}, optional={"id": JSON}
    )
)
def test_no_json_makes_it_raise_or_yields_more_than_the_limits(value: object) -> None:
    notice = parse(json.dumps(value).encode(), {}, None)
    if isinstance(notice, Notice):
        assert notice.id is not None or notice.name == "destroy"
        assert len((notice.id or "").encode()) <= 256
        assert len(notice.event_id.encode()) <= 256
        assert 0 < len(notice.name) <= 32
