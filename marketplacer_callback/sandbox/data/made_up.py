"""Objects that the store does not keep, made up as they are asked for.

Nothing of them is kept: each value follows from the seed, the object's id and the field's name alone, so the same
question has the same answer in any order of asking and after a restart. Where they lead to a type that the store
keeps, they lead to the store's objects.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_abstract_type,
)

from marketplacer_callback.sandbox.data import leaves, money
from marketplacer_callback.sandbox.data.emulated import emulated_nodes
from marketplacer_callback.sandbox.data.ids import node_id, parts

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.data.store import Record, Store

__all__ = ["MadeUp", "World", "is_connection"]

MOST_ENTRIES: Final = 3
DRAWN: Final = 20  # of so many objects of the store one is surely shown as it is
NUMBERS: Final = range(1_000_000, 10_000_000)  # above those of the store's own objects


class MadeUp(dict[str, Any]):
    """An object that holds its type and id, and of which every other field is made up when it is read."""

    __slots__ = ("_key", "_type", "_world")

    def __init__(self, world: World, type_: GraphQLObjectType, key: str, **held: Any) -> None:
        super().__init__(held, __typename=type_.name)
        self._world, self._type, self._key = world, type_, key

    def __missing__(self, name: str) -> Any:
        if name not in self._type.fields:
            raise KeyError(name)
        return self._world.field(self, self._type, self._key, name)

    def get(self, name: str, default: Any = None) -> Any:
        """The field's value; the default for what the type does not have."""
        try:
            return self[name]
        except KeyError:
            return default


class World:
    """What there is besides the objects of a store.

    ``sees``: which of the store's objects it may lead to; to all of them without.
    """

    def __init__(self, store: Store, sees: Callable[[Record], bool] | None = None) -> None:
        self._store = store
        self._sees = sees

    def node(self, id: str) -> MadeUp | None:
        """The object of an id whose type the store does not keep; ``None`` for what is no such id."""
        typename, number = parts(id) or ("", 0)
        type_ = self._store.schema.type_map.get(typename)
        if not isinstance(type_, GraphQLObjectType) or self._keeps(typename):
            return None
        return self._numbered(type_, number) if _is_node(type_) else None

    def field(self, owner: Record, type_: GraphQLObjectType, key: str, name: str) -> Any:
        """The value of a field of an object that is made up."""
        field_type = type_.fields[name].type
        if name.endswith("Formatted"):
            cents = f"{name.removesuffix('Formatted')}Cents"
            if cents in type_.fields:
                currency = self._store.currency
                return money.formatted(money.amount(owner[cents] or 0, currency), currency)
        named = name.removesuffix("Id")
        if named != name and named in type_.fields and get_named_type(field_type).name == "ID":
            referred = owner[named]
            if isinstance(referred, dict) and "id" in referred:
                return referred["id"]
        return self.value(key, name, field_type)

    def value(self, key: str, name: str, type_: Any) -> Any:
        """The value of a field of any type, of the object with that key. A connection's are all its nodes."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        rng = random.Random(f"{self._store.seed}:{key}:{name}")  # noqa: S311
        if is_connection(type_):
            node = _node_type(type_)
            return self._living(node.name) if self._keeps(node.name) else self._several(rng, key, name, node)
        if isinstance(type_, GraphQLList):
            inner = type_.of_type.of_type if isinstance(type_.of_type, GraphQLNonNull) else type_.of_type
            return [] if name.lower().endswith("errors") else self._several(rng, key, name, inner)
        return self._one(rng, f"{key}.{name}", name, type_)

    def _several(self, rng: random.Random, key: str, name: str, type_: Any) -> list[Any]:
        count = rng.randint(0, MOST_ENTRIES)
        if isinstance(type_, GraphQLObjectType) and (records := self._store.all(type_.name)):
            drawn = rng.sample(records, min(DRAWN, len(records)))
            return [record for record in drawn if self._reached(record)][:count]
        made = (self._one(rng, f"{key}.{name}.{index}", name, type_) for index in range(count))
        return [one for one in made if one is not None]

    def _one(self, rng: random.Random, key: str, name: str, type_: Any) -> Any:
        if isinstance(type_, GraphQLScalarType):
            currency = type_.name == "String" and name.lower().endswith(("currency", "currencycode"))
            return self._store.currency if currency else leaves.scalar(rng, name, type_)
        if isinstance(type_, GraphQLEnumType):
            return leaves.enum(rng, type_)
        if isinstance(type_, GraphQLList):
            return self._several(rng, key, name, get_named_type(type_))
        if is_abstract_type(type_):
            type_ = self._concrete(rng, type_)
            if type_ is None:
                return None
        records = self._store.all(type_.name)
        drawn = rng.sample(records, min(DRAWN, len(records)))
        for record in filter(self._reached, chain(drawn, records if self._sees else ())):
            return record
        if "id" in type_.fields:
            return self._numbered(type_, rng.choice(NUMBERS))
        return MadeUp(self, type_, key)

    def _concrete(self, rng: random.Random, type_: Any) -> GraphQLObjectType | None:
        """One of the types that an abstract one may be, of those with objects if possible; ``None`` without any."""
        possible = sorted(self._store.schema.get_possible_types(type_), key=lambda one: one.name)
        counts = self._store.typenames()
        return rng.choice([one for one in possible if counts.get(one.name)] or possible) if possible else None

    def _numbered(self, type_: GraphQLObjectType, number: int) -> MadeUp:
        id_ = node_id(type_.name, number)
        return MadeUp(self, type_, id_, id=id_, legacyId=number)

    def _living(self, typename: str) -> list[Record]:
        return [record for record in self._store.all(typename) if self._reached(record)]

    def _reached(self, record: Record) -> bool:
        """Whether something made up may lead to it."""
        return self._shown(record) and (self._sees is None or self._sees(record))

    def _shown(self, record: Record) -> bool:
        """Whether it is shown as it is: a deleted or an unpublished object is not."""
        return self._store.shown(record) is record

    def _keeps(self, typename: str) -> bool:
        return typename in emulated_nodes() or bool(self._store.all(typename, deleted=True))


def is_connection(type_: object) -> TypeGuard[GraphQLObjectType]:
    """Whether it is a type of Relay's connections."""
    return isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection") and "pageInfo" in type_.fields


def _node_type(connection: GraphQLObjectType) -> Any:
    """What it connects to; some schemas have ``edges`` alone."""
    if "nodes" in connection.fields:
        return get_named_type(connection.fields["nodes"].type)
    return get_named_type(get_named_type(connection.fields["edges"].type).fields["node"].type)


def _is_node(type_: GraphQLObjectType) -> bool:
    return any(interface.name == "Node" for interface in type_.interfaces)
