"""What is made up for a seller's key leads to the seller's own objects, whatever the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.ids import node_id
from marketplacer_callback.sandbox.keys import ApiKey

SDL = """
interface Node { id: ID! }
type Seller implements Node { id: ID!, parcel: Parcel! }
type Advert implements Node { id: ID!, seller: Seller! }
type Order implements Node { id: ID! }
union Thing = Advert | Seller
type Parcel implements Node { id: ID!, sellerId: ID!, seller: Seller!, adverts: [Advert!]!, thing: Thing! }
type MovePayload { seller: Seller, parcel: Parcel, advert: Advert }
input MoveInput { sellerId: ID! }
type Query { node(id: ID!): Node, parcel(name: String!): Parcel!, whose(sellerId: ID!): Seller!, last: Order! }
type Mutation { move(input: MoveInput!): MovePayload }
"""
PARCEL = "sellerId seller { id parcel { seller { id } } } adverts { seller { id } } thing { ... on Node { id } }"


@pytest.fixture
def parcels(tmp_path: Path) -> Sandbox:
    path = tmp_path / "parcels.graphqls"
    path.write_text(SDL)
    return Sandbox(adverts=40, schema=path)


def asked(market: Sandbox, document: str, own: str, **variables: Any) -> dict[str, Any]:
    return market.executor.run(document, variables, None, market.request(key=ApiKey("", "seller", own)))


def strangers(market: Sandbox, own: str, value: Any) -> Iterator[str]:
    """The ids of other sellers' objects, and of orders, in an answer."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strangers(market, own, one)
    elif isinstance(value, str) and (record := market.store.get(value)):
        yield from (
            [value] if record["__typename"] == "Order" or market.store.seller_id(record) not in (own, None) else ()
        )


def test_what_is_made_up_leads_a_seller_to_its_own_objects_alone(parcels: Sandbox) -> None:
    own, other, *_ = (seller["id"] for seller in parcels.store.all("Seller"))
    adverts = 0
    for number in range(30):
        parcel = asked(parcels, f'{{ parcel(name: "{number}") {{ {PARCEL} }} }}', own)["data"]["parcel"]
        assert parcel["sellerId"] == parcel["seller"]["id"] == parcel["seller"]["parcel"]["seller"]["id"] == own
        assert list(strangers(parcels, own, parcel)) == []
        adverts += len(parcel["adverts"])
    assert adverts > 0
    by_id = asked(parcels, f'{{ node(id: "UGFyY2VsLTE=") {{ ... on Parcel {{ {PARCEL} }} }} }}', other)["data"]["node"]
    assert by_id["seller"]["id"] == other


def test_an_object_that_a_made_up_root_field_is_asked_about_is_shown_to_its_seller_alone(parcels: Sandbox) -> None:
    own, other, *_ = (seller["id"] for seller in parcels.store.all("Seller"))
    document = """query($id: ID!) { whose(sellerId: $id) { id } }"""
    assert asked(parcels, document, own, id=own)["data"] == {"whose": {"id": own}}
    assert asked(parcels, document, own, id=other)["data"] == {"whose": {"id": own}}
    document = f"mutation($id: ID!) {{ move(input: {{sellerId: $id}}) {{ seller {{ id }} parcel {{ {PARCEL} }} }} }}"
    assert list(strangers(parcels, own, asked(parcels, document, own, id=other)["data"])) == []


def test_an_order_that_a_root_field_would_make_up_is_an_error_for_a_seller(parcels: Sandbox) -> None:
    answer = asked(parcels, "{ last { id } }", parcels.store.all("Seller")[0]["id"])
    assert answer["data"] is None
    assert "Order is not visible with a seller's API key" in answer["errors"][0]["message"]


def test_no_made_up_node_of_the_published_schema_leads_to_a_stranger(shared: Path) -> None:
    market = Sandbox(adverts=40, schema=shared / "marketplacer" / "schema-2023.graphqls")
    own = market.store.all("Seller")[1]["id"]
    kept = market.store.typenames()
    seen = 0
    for name, type_ in market.executor.schema.type_map.items():
        if not isinstance(type_, GraphQLObjectType) or name in kept or "Node" not in map(str, type_.interfaces):
            continue
        fields = [
            f"{field}: {field} {{ __typename ... on Node {{ id }} }}"
            for field, one in type_.fields.items()
            if not is_leaf_type(named := get_named_type(one.type))
            and "Node" in map(str, getattr(named, "interfaces", ()))
            and not any(map(is_required_argument, one.args.values()))
        ]
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ id {' '.join(fields)} }} }} }}"
        for number in range(1, 4):
            node = market.store.world.node(node_id(name, number))
            answer = asked(market, document, own, id=node_id(name, number))
            assert list(strangers(market, own, answer["data"])) == [], json.dumps(answer)
            seen += node is not None and bool(fields)
    assert seen > 30
