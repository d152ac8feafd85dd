"""Controls that look at objects and write to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplacer_callback.sandbox.controls.given import Json, known_text, only, text

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["ObjectControls"]

NO_FIELDS: Final = frozenset({"self", "typename", "id"})
"""Names of what ``Sandbox.change`` is given besides fields; none of them can be written."""


class ObjectControls:
    """``change``, ``create``, ``destroy``, ``objects``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def change(self, body: Json) -> Json:
        only(body, "typename", "id", "fields")
        typename = text(body, "typename")
        return self._state(typename, self.sandbox.change(typename, known_text(body, "id"), **_fields(body)))

    async def create(self, body: Json) -> Json:
        only(body, "typename", "fields")
        typename = text(body, "typename")
        return self._state(typename, self.sandbox.create(typename, **_fields(body)))

    async def destroy(self, body: Json) -> Json:
        only(body, "typename", "id")
        typename, id_ = text(body, "typename"), text(body, "id")
        self.sandbox.destroy(typename, id_)
        return self._state(typename, id_)

    async def objects(self, query: Json) -> Json:
        only(query, "typename")
        store = self.sandbox.store
        if "typename" not in query:
            return {"types": store.typenames()}
        typename = query["typename"]
        if typename not in store.schema.type_map:
            raise LookupError(f"the schema has no type {typename!r}")
        return {"objects": [self._state(typename, record["id"]) for record in store.all(typename)]}

    def _state(self, typename: str, id_: str) -> Json:
        state = self.sandbox.store.state(typename, id_)
        return {"id": id_, "version": state.version, "updated_at": state.updated_at}


def _fields(body: Json) -> Json:
    fields = {} if body.get("fields") is None else body["fields"]
    if not isinstance(fields, dict):
        raise ValueError("'fields': expected a JSON object, values by the names of fields")
    for name in NO_FIELDS & fields.keys():
        raise ValueError(f"'fields': {name!r} cannot be written")
    return fields
