"""Arguments of fields: those that choose a page, and those of another schema, which have no effect here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLResolveInfo

__all__ = ["page_of", "warn_of_unknown"]

PAGE_ARGUMENTS: Final = ("after", "before", "first", "last")

log = logging.getLogger("marketplacer_callback.sandbox")
_told: set[str] = set()


def page_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that choose a page of a connection."""
    return {name: arguments[name] for name in PAGE_ARGUMENTS if name in arguments}


def warn_of_unknown(info: GraphQLResolveInfo, arguments: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Warn of each given argument, or field of an input object, that is not ``known``: once a process, then never.

    It has no effect on the answer, so that any document can be executed. ``known``: what has an effect by name; an
    input object's fields as a mapping, any other value for an argument that is looked at no further.
    """
    field = f"{info.parent_type.name}.{info.field_name}"
    defined = info.parent_type.fields[info.field_name].args
    given = {name: value for name, value in arguments.items() if value != defined[name].default_value}
    _warn(field, given, known)


def _warn(place: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name in PAGE_ARGUMENTS or value in (None, [], {}):
            continue
        where = f"{place}({name}:)"
        if name not in known:
            if where not in _told:
                _told.add(where)
                log.warning("sandbox.argument_ignored", extra={"fields": {"argument": where}})
        elif isinstance(known[name], Mapping) and isinstance(value, Mapping):
            _warn(where, value, known[name])
