"""A delivery is believed only with a signature of one of the instance's secrets, or with its static header."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.delivery import Credentials, sign, verify

BODY = b'{"id":"e1","event_name":"update","payload":{"data":{"node":{"__typename":"Advert","id":"QWR2ZXJ0LTE="}}}}'


def hmac_by_hand(key: bytes, message: bytes) -> str:
    """RFC 2104 with SHA-256 (block of 64 bytes), spelled out: an independent check."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    inner = bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0"))
    outer = bytes(byte ^ 0x5C for byte in key.ljust(64, b"\0"))
    return base64.b64encode(hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()).decode()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_the_signature_is_base64_of_hmac_sha256(body: bytes, secret: bytes) -> None:
    assert sign(body, secret) == hmac_by_hand(secret, body)


def test_the_signature_of_rfc_4231_case_2() -> None:
    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert sign(b"what do ya want for nothing?", "Jefe") == base64.b64encode(digest).decode()


def test_a_text_secret_counts_as_its_utf8_bytes() -> None:
    assert sign(BODY, "schlüssel") == sign(BODY, "schlüssel".encode())


def test_any_of_the_secrets_may_have_signed() -> None:
    credentials = Credentials(secrets=(b"new", b"old"))
    for secret in ("new", "old"):
        assert verify(BODY, {"Marketplacer-Hmac-256": sign(BODY, secret)}, credentials)
    assert not verify(BODY, {"Marketplacer-Hmac-256": sign(BODY, "other")}, credentials)


@pytest.mark.parametrize("name", ["Marketplacer-Hmac-256", "marketplacer-hmac-256", "Marketplacer-HMAC-256"])
def test_the_case_of_the_header_does_not_matter(name: str) -> None:
    assert verify(BODY, {name: sign(BODY, "s")}, Credentials((b"s",)))


def test_space_around_the_signature_does_not_matter() -> None:
    assert verify(BODY, {"Marketplacer-Hmac-256": f" {sign(BODY, 's')} "}, Credentials((b"s",)))


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], BODY.replace(b"update", b"Update"), b""])
def test_another_body_does_not_verify(body: bytes) -> None:
    assert not verify(body, {"Marketplacer-Hmac-256": sign(BODY, "s")}, Credentials((b"s",)))


def test_a_missing_signature_does_not_verify() -> None:
    assert not verify(BODY, {}, Credentials((b"s",)))


@given(st.text())
def test_no_text_as_signature_raises_or_verifies(text: str) -> None:
    assert not verify(BODY, {"Marketplacer-Hmac-256": text}, Credentials((b"s",), ("auth-key", "secret")))


@given(st.text())
def test_no_text_as_static_header_raises_or_verifies(text: str) -> None:
    assert verify(BODY, {"auth-key": text}, Credentials((), ("auth-key", "secret"))) is (text == "secret")


def test_undecodable_header_bytes_do_not_raise() -> None:
    assert not verify(
        BODY, {"Marketplacer-Hmac-256": "\udcff", "auth-key": "\udcff\ud800"}, Credentials((b"s",), ("auth-key", "ÿ"))
    )


def test_the_static_header_of_a_seller_verifies_without_a_signature() -> None:
    credentials = Credentials(header=("Auth-Key", "pass phrase"))
    assert verify(BODY, {"auth-key": "pass phrase"}, credentials)
    assert not verify(BODY, {"auth-key": "pass phras"}, credentials)
    assert not verify(BODY, {}, credentials)


@pytest.mark.parametrize("credentials", [Credentials(), Credentials((b"",)), Credentials((), ("auth-key", ""))])
def test_without_secret_and_header_nothing_verifies(credentials: Credentials) -> None:
    empty = base64.b64encode(hmac.new(b"", BODY, hashlib.sha256).digest()).decode()
    assert not verify(BODY, {"Marketplacer-Hmac-256": empty, "auth-key": ""}, credentials)


def test_credentials_do_not_print_their_values() -> None:
    assert "s3cret" not in repr(Credentials((b"s3cret",), ("auth-key", "s3cret")))
