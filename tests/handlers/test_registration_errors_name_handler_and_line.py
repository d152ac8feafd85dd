"""A handler that could never be called is refused where it is registered, with its file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from marketplacer_callback import Answer, Change, Integration, errors, outcomes
from marketplacer_callback.registration import default_name, read_signature

if TYPE_CHECKING:

    class Phantom(BaseModel):
        id: str


class Product(BaseModel):
    id: str


class Other(BaseModel):
    id: str


def here(message: str) -> bool:
    return re.match(rf".*{re.escape('test_registration_errors_name_handler_and_line.py')}:\d+: ", message) is not None


@pytest.fixture
def integration() -> Integration:
    return Integration()


def refused(integration: Integration, function: Any, match: str, **options: Any) -> None:
    with pytest.raises(errors.RegistrationError, match=match) as caught:
        integration.on("Advert", **options)(function)
    assert here(str(caught.value)), str(caught.value)


def test_no_parameter_and_two_parameters(integration: Integration) -> None:
    refused(integration, lambda: None, "exactly one parameter", name="h")
    refused(integration, lambda a, b: None, "it takes a, b", name="h")


def test_a_missing_annotation_says_what_to_write(integration: Integration) -> None:
    refused(integration, lambda change: None, "`change: Change`", name="h")


def test_an_annotation_that_is_no_change(integration: Integration) -> None:
    def handler(change: Product) -> None: ...

    refused(integration, handler, "it receives a Change")


def test_a_model_that_exists_only_for_the_type_checker(integration: Integration) -> None:
    def handler(change: Change[Phantom]) -> None: ...

    refused(integration, handler, "TYPE_CHECKING")


def test_a_model_that_differs_from_the_annotation(integration: Integration) -> None:
    def handler(change: Change[Product]) -> None: ...

    refused(integration, handler, "registered with model=Other", model=Other)


def test_the_same_name_twice_names_both_places(integration: Integration) -> None:
    def handler(change: Change) -> None: ...

    integration.on("Advert")(handler)
    refused(integration, handler, "registered twice, first at .*:\\d+")


def test_a_name_that_cannot_be_a_key(integration: Integration) -> None:
    def handler(change: Change) -> None: ...

    refused(integration, handler, "cannot name a handler", name="two words")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"source": "payload"}, "not available yet"),
        ({"snapshots": True}, "not available yet"),
        ({"lane": "middle"}, "'fast' and 'slow'"),
    ],
)
def test_what_is_not_there_is_refused(integration: Integration, options: dict[str, Any], match: str) -> None:
    def handler(change: Change) -> None: ...

    refused(integration, handler, match, **options)


def test_a_type_that_is_no_name(integration: Integration) -> None:
    def handler(change: Change) -> None: ...

    with pytest.raises(errors.RegistrationError, match="not the name of an object type"):
        integration.on("not a type")(handler)


def test_what_is_right_is_returned_unchanged(integration: Integration) -> None:
    def plain(change: Change) -> Answer:
        return outcomes.done()

    async def typed(change: Change[Product]) -> None: ...

    assert integration.on("Advert")(plain) is plain
    assert integration.on("Advert")(typed) is typed


def test_a_model_beside_a_nested_handler_is_found() -> None:
    class Local(BaseModel):
        id: str

    integration = Integration()

    @integration.on("Advert")
    def nested(change: Change[Local]) -> None: ...

    from marketplacer_callback.testing import answer

    assert answer(integration, "Advert", {"id": "1"}) == {"nested": [outcomes.done()]}


def test_a_bound_method_and_a_callable_object_are_handlers() -> None:
    class Shop:
        def method(self, change: Change) -> None: ...

        async def __call__(self, change: Change[Product]) -> None: ...

    shop = Shop()
    bound = read_signature(shop.method, name=None, model=None, frame=None)
    called = read_signature(shop, name="shop", model=None, frame=None)
    assert (bound.name, bound.is_async, bound.model) == ("Shop.method", False, None)
    assert (called.name, called.is_async, called.model) == ("shop", True, Product)


def test_the_default_name_of_a_nested_function_is_what_follows_locals() -> None:
    def inner(change: Change) -> None: ...

    assert default_name(inner) == "inner"


def test_a_class_that_pydantic_cannot_build_is_told_before_the_first_event() -> None:
    class Plain: ...

    integration = Integration()

    @integration.on("Advert")
    def handler(change: Change[Plain]) -> None: ...

    with pytest.raises(errors.ConfigurationError, match="pydantic cannot validate as .*Plain") as caught:
        integration.table  # noqa: B018
    assert here(str(caught.value))
