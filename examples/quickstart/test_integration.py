"""Handlers are tested without Redis and without HTTP."""

from integration import catalogue, integration

from marketplacer_callback import Ref, outcomes
from marketplacer_callback.testing import answer


def test_a_product_is_put_into_the_catalogue_and_taken_out_again() -> None:
    shirt = {"id": "QWR2ZXJ0LTE=", "title": "Shirt", "published": True}
    assert answer(integration, "Advert", shirt) == {"product": [outcomes.done()]}
    assert catalogue["QWR2ZXJ0LTE="].title == "Shirt"

    answer(integration, "Advert", None, ref=Ref("test", "Advert", "QWR2ZXJ0LTE="))
    assert catalogue == {}
