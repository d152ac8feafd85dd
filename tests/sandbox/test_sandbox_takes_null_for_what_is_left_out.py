"""Clients with generated types send null for every optional input that they do not fill."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLInputObjectType, GraphQLNonNull, get_named_type

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record

HOME = {"address": "1 High Street", "city": "Melbourne", "postcode": "3000", "state": {"short": "VIC"}}


def filled_up(type_: Any, given: Record) -> Record:
    """The input, with null for each optional field that it lacks, as deep as it is nested."""
    whole: Record = {name: None for name, field in type_.fields.items() if not isinstance(field.type, GraphQLNonNull)}
    for name, value in given.items():
        inner = get_named_type(type_.fields[name].type)
        if not isinstance(inner, GraphQLInputObjectType):
            whole[name] = value
        else:
            whole[name] = (
                [filled_up(inner, one) for one in value] if isinstance(value, list) else filled_up(inner, value)
            )
    return whole


def changed(sandbox: Sandbox, mutation: str, given: Record, shown: str) -> Any:
    type_ = sandbox.executor.schema.mutation_type.fields[mutation].args["input"].type  # type: ignore[union-attr]
    text = f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ errors {{ field messages }} {shown} }} }}"
    whole = filled_up(get_named_type(type_), given)
    answer = sandbox.executor.run(text, {"input": whole}, None, sandbox.request())
    assert "errors" not in answer, answer["errors"]
    payload = answer["data"][mutation]
    assert payload.pop("errors") is None
    return payload


def test_a_product_is_made_and_changed_with_null_for_what_is_left_out() -> None:
    sandbox = Sandbox(adverts=4)
    given: Record = {"attributes": {"title": "Chair", "price": "5.00", "variants": [{"countOnHand": 3}]}}
    shown = "advert { id title variants { nodes { id countOnHand infiniteQuantity published } } }"
    made = changed(sandbox, "advertUpsert", given, shown)["advert"]
    [variant] = made["variants"]["nodes"]
    assert (made["title"], variant["countOnHand"]) == ("Chair", 3)
    assert (variant["infiniteQuantity"], variant["published"]) == (False, True)
    given = {
        "advertId": made["id"],
        "attributes": {"title": "Chair", "variants": [{"id": variant["id"], "countOnHand": 0}]},
    }
    after = changed(sandbox, "advertUpsert", given, shown)["advert"]
    assert after == {**made, "variants": {"nodes": [{**variant, "countOnHand": 0}]}}
    given = {"variantId": variant["id"], "attributes": {"infiniteQuantity": True}}
    shown = "variant { countOnHand infiniteQuantity }"
    assert changed(sandbox, "variantUpdate", given, shown) == {"variant": {"countOnHand": 0, "infiniteQuantity": True}}


def test_a_seller_joins_with_null_for_what_is_left_out() -> None:
    sandbox = Sandbox(adverts=4)
    attributes = {
        "accountType": "RETAILER",
        "businessName": "Chairs",
        "legalBusinessName": "Chairs Pty Ltd",
        "phone": "1",
        "address": HOME,
        "user": {"emailAddress": "a@example.com", "firstName": "A", "surname": "B"},
    }
    shown = "seller { businessName phone emailAddress }"
    assert changed(sandbox, "sellerCreate", {"attributes": attributes}, shown) == {
        "seller": {"businessName": "Chairs", "phone": "1", "emailAddress": "a@example.com"}
    }
