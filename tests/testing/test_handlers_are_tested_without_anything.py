"""``testing``: a handler's answers without Redis, HTTP or settings."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from pydantic import BaseModel

from marketplacer_callback import Answer, Change, Integration, Ref, errors, outcomes
from marketplacer_callback.testing import answer, change, sign


def test_each_handler_answers_under_its_name_in_order() -> None:
    integration = Integration()

    @integration.on("RefundRequest")
    def small(change: Change) -> Answer:
        return outcomes.skip("not ours") if change.object["status"] != "AWAITING" else None

    @integration.on("RefundRequest", name="pay-back")
    async def pay_back(change: Change) -> Answer:
        raise errors.RetryLater("gateway timed out", after=60)

    assert answer(integration, "RefundRequest", {"status": "DENIED"}) == {
        "small": [outcomes.skip("not ours")],
        "pay-back": [outcomes.retry("gateway timed out", after=60)],
    }


def test_models_deletions_and_twins_are_as_in_the_worker() -> None:
    class Product(BaseModel):
        title: str

    seen: list[Change[Product]] = []
    integration = Integration()

    @integration.on("Advert")
    def product(change: Change[Product]) -> Answer:
        seen.append(change)
        return outcomes.publish("archive", None if change.deleted else change.object.title)

    assert answer(integration, "Advert", {"title": "x"}) == {"product": [outcomes.publish("archive", "x")]}
    assert answer(integration, "UnpublishedAdvert", {"details": {"title": "y"}}) == {
        "product": [outcomes.publish("archive", "y")]
    }
    for gone in (answer(integration, "Advert", None), answer(integration, "DeletedAdvert", {"id": "1"})):
        assert gone == {"product": [outcomes.publish("archive", None)]}
    (misfit,) = answer(integration, "Advert", {})["product"]
    assert isinstance(misfit, outcomes.DeadLetter)
    assert "/title" in misfit.reason


def test_an_unexpected_error_is_raised_as_it_is() -> None:
    integration = Integration()

    @integration.on("Advert")
    def product(change: Change) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(integration, "Advert", {})
    with pytest.raises(LookupError, match="nothing handles 'Seller'"):
        answer(integration, "Seller", {})


async def test_it_works_inside_a_running_loop() -> None:
    integration = Integration()

    @integration.on("Advert")
    async def product(change: Change) -> None: ...

    assert answer(integration, "Advert", {}) == {"product": [outcomes.done()]}


def test_a_change_is_made_with_what_is_told_and_sensible_rest() -> None:
    made = change("UnpublishedAdvert", {"id": "A1"}, first=False, attempt=3)
    assert (made.ref, made.typename, made.first, made.attempt) == (
        Ref("test", "Advert", "A1"),
        "UnpublishedAdvert",
        False,
        3,
    )
    assert made.object == {"id": "A1"}
    with pytest.raises(errors.ObjectDeleted, match="test/Advert/1 is deleted"):
        change("Advert").object  # noqa: B018


def test_a_signature_is_what_the_platform_would_send() -> None:
    expected = base64.b64encode(hmac.new(b"secret", b"{}", hashlib.sha256).digest()).decode()
    assert sign(b"{}", "secret") == expected
