"""The option values of products and variants: a value of a list, by its id, or text of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Refused, found
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["chosen_values", "option_values"]


def option_values(
    request: Request, typename: str, given: Sequence[Record], known: Sequence[Record], *, field: str
) -> Callable[[], list[Record]]:
    """The ``…OptionValueInput`` list, checked; call what is returned to write them and to get the records.

    By the schema the list that is given replaces the one that is there; a value that was there keeps its record.
    Raises ``NotFound`` for an unknown option value or type, ``Refused`` for one that names neither, and for text of a
    type that has a list of values with no such value in it (a guess: the schema has text for free-text types only).
    """
    wanted = [_wanted(request, one, field) for one in given]

    def write() -> list[Record]:
        before = {_identity(record): record for record in known}
        return [
            before.get(_identity(fields)) or request.store.add_silently(typename, externalIds=[], **fields)
            for fields in wanted
        ]

    return write


def chosen_values(records: Sequence[Record]) -> list[Record]:
    """The values out of a list, without the texts."""
    return [record["optionValue"] for record in records if record["optionValue"] is not None]


def _wanted(request: Request, given: Record, field: str) -> Record:
    if given.get("optionValueId"):
        value = found(request, "OptionValue", given["optionValueId"], f"{field}.optionValueId")
        return {"optionType": value["optionType"], "optionValue": value, "textValue": None}
    if not given.get("optionTypeId"):
        raise Refused("Option value can't be blank", field=f"{field}.optionValueId")
    option = found(request, "OptionType", given["optionTypeId"], f"{field}.optionTypeId")
    text = (given.get("textValue") or "").strip()
    if not text:
        raise Refused("Text value can't be blank", field=f"{field}.textValue")
    values = option.get("optionValues") or ()
    listed = next((one for one in values if one["name"] == text), None)
    if values and listed is None:
        raise Refused(f"{text} is not a value of {option['name']}", field=f"{field}.textValue")
    return {"optionType": option, "optionValue": listed, "textValue": None if listed else text}


def _identity(fields: Record) -> tuple[str, str | None, str | None]:
    value = fields["optionValue"]
    return fields["optionType"]["id"], value["id"] if value else None, fields.get("textValue")
