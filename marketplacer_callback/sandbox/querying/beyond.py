"""Fields and root fields of a schema that is larger than what the sandbox emulates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
)

from marketplacer_callback.sandbox.data import money
from marketplacer_callback.sandbox.data.emulated import emulated_fields
from marketplacer_callback.sandbox.data.ids import parts
from marketplacer_callback.sandbox.data.made_up import MadeUp, is_connection
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.querying.arguments import page_of
from marketplacer_callback.sandbox.querying.relations import connect
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.sight import denied, reached, visible_ones, world_of

__all__ = ["answer_the_rest", "show_money"]

Resolver = Callable[..., Any]


def answer_the_rest(schema: GraphQLSchema, emulated: Mapping[str, Resolver]) -> None:
    """Give made-up answers to what is emulated nowhere: root fields, and relations that the bundled schema lacks.

    ``emulated``: the root fields that have an answer of their own. A mutation changes nothing and reports success.
    """
    for root, made_up in ((schema.query_type, _root), (schema.mutation_type, _payload)):
        for name, field in (root.fields if root else {}).items():
            if name not in emulated:
                field.resolve = made_up
    roots = {schema.query_type, schema.mutation_type}
    known = emulated_fields()
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in roots and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                connection = get_named_type(field.type)
                if is_connection(connection) and name not in known.get(type_.name, ()):
                    field.resolve = _relation


def show_money(schema: GraphQLSchema) -> None:
    """Make each ``…Formatted(currency:)``, and ``Money.formatted``, show its amount in the currency that is asked for.

    That there are other currencies to ask for is by the schema; the rates, and that the asked one has to be one of
    the sandbox's, are made up.
    """
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if name.endswith("Formatted") and f"{name.removesuffix('Formatted')}Cents" in type_.fields:
                    field.resolve = _formatted
    shown = schema.type_map.get("Money")
    if isinstance(shown, GraphQLObjectType) and {"amount", "formatted"} <= shown.fields.keys():
        shown.fields["formatted"].resolve = _money


def _root(_source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    world = world_of(info.context)
    page = page_of(arguments)
    asked = {name: value for name, value in arguments.items() if name not in page}
    type_ = get_named_type(info.return_type)
    if is_connection(type_):
        listed = world.value(_key(asked), info.field_name, type_)
        return connect(visible_ones(info.context, listed), **page)
    if type_.name == "Order" and info.context.role == "seller":
        raise denied("Order")
    referred = next(_referred(info.context, type_.name, asked), None)
    return referred or world.value(_key(asked), info.field_name, info.return_type)


def _payload(_source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Success, with the object that the input names where it names one."""
    world = world_of(info.context)
    type_ = get_named_type(info.return_type)
    if not isinstance(type_, GraphQLObjectType):
        return world.value(_key(arguments), info.field_name, info.return_type)
    values = arguments.get("input") or {}
    held = {"status": 200, "errors": None, "clientMutationId": values.get("clientMutationId")}
    for name, field in type_.fields.items():
        referred = next(_referred(info.context, get_named_type(field.type).name, values), None)
        if referred is not None and isinstance(field.type, GraphQLObjectType):
            held[name] = referred
    return MadeUp(world, type_, f"{info.field_name}{_key(arguments)}", **held)


def _relation(source: Record, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    held = source.get(info.field_name)
    if held is None:
        key = str(source.get("id") or source.get("__typename"))
        held = world_of(info.context).value(key, info.field_name, info.return_type)
    return connect(visible_ones(info.context, held), **page_of(arguments))


def _referred(request: Request, typename: str, values: Any) -> Iterator[Record]:
    """The objects of the type that the key sees and whose ids are among the values."""
    if isinstance(values, str) and (named := parts(values)) and named[0] == typename:
        found = request.store.living(typename, values) or world_of(request).node(values)
        if found is not None and reached(request, found):
            yield found
    elif isinstance(values, dict | list):
        for value in values.values() if isinstance(values, dict) else values:
            yield from _referred(request, typename, value)


def _key(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, default=str)


def _formatted(source: Record, info: GraphQLResolveInfo, currency: str | None = None) -> str | None:
    home: str = info.context.store.currency
    cents = source.get(f"{info.field_name.removesuffix('Formatted')}Cents")
    if not isinstance(cents, int):
        if not str(info.return_type).endswith("!"):
            return None
        cents = 0
    try:
        return money.formatted(money.amount(cents, home), home, currency)
    except ValueError as error:
        raise GraphQLError(str(error)) from None


def _money(
    source: Record, info: GraphQLResolveInfo, currency: str | None = None, disambiguate: bool | None = False
) -> str:
    home = str(source.get("currencyCode") or info.context.store.currency)
    try:
        return money.formatted(money.decimal(source["amount"]), home, currency, disambiguate=bool(disambiguate))
    except ValueError as error:
        raise GraphQLError(str(error)) from None
