"""Which root fields of another schema are those that the sandbox emulates, and not merely called like them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLField, GraphQLSchema, get_named_type, is_leaf_type, is_list_type, is_required_argument
from graphql.type import get_nullable_type

from marketplacer_callback.sandbox.data.made_up import is_connection

__all__ = ["alike"]

Resolver = Callable[..., Any]


def alike(schema: GraphQLSchema, bundled: GraphQLSchema, emulated: Mapping[str, Resolver]) -> dict[str, Resolver]:
    """Those of the ``emulated`` root fields that the schema means as the bundled one does.

    Such a field answers something of the same form (a connection, a list, an object, a plain value), demands the
    arguments that the bundled one demands, and takes an object for an argument where that takes one. A newer
    schema of the platform may have more arguments, and other names for its types.
    """
    found = {}
    for root, its in ((schema.query_type, bundled.query_type), (schema.mutation_type, bundled.mutation_type)):
        for name, field in (root.fields if root else {}).items():
            known = its.fields.get(name) if its else None
            if name in emulated and (known is None or _same(field, known)):
                found[name] = emulated[name]
    return found


def _same(field: GraphQLField, known: GraphQLField) -> bool:
    if _form(field.type) != _form(known.type):
        return False
    demanded = {name for name, one in field.args.items() if is_required_argument(one)}
    if any(name not in demanded for name, one in known.args.items() if is_required_argument(one)):
        return False
    return all(
        is_leaf_type(get_named_type(one.type)) == is_leaf_type(get_named_type(known.args[name].type))
        for name, one in field.args.items()
        if name in known.args
    )


def _form(type_: Any) -> tuple[bool, ...]:
    named = get_named_type(type_)
    return is_list_type(get_nullable_type(type_)), is_connection(named), is_leaf_type(named)
