"""Controls that look at objects and write to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplacer_callback.sandbox.controls.given import Json, only, required

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["ObjectControls"]


class ObjectControls:
    """``change``, ``create``, ``destroy``, ``objects``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def change(self, body: Json) -> Json:
        only(body, "typename", "id", "fields")
        typename = required(body, "typename")
        return self._state(typename, self.sandbox.change(typename, body.get("id"), **body.get("fields") or {}))

    async def create(self, body: Json) -> Json:
        only(body, "typename", "fields")
        typename = required(body, "typename")
        return self._state(typename, self.sandbox.create(typename, **body.get("fields") or {}))

    async def destroy(self, body: Json) -> Json:
        only(body, "typename", "id")
        typename, id_ = required(body, "typename"), required(body, "id")
        self.sandbox.destroy(typename, id_)
        return self._state(typename, id_)

    async def objects(self, query: Json) -> Json:
        only(query, "typename")
        store = self.sandbox.store
        if "typename" not in query:
            return {"types": store.typenames()}
        typename = query["typename"]
        return {"objects": [self._state(typename, record["id"]) for record in store.all(typename)]}

    def _state(self, typename: str, id_: str) -> Json:
        state = self.sandbox.store.state(typename, id_)
        return {"id": id_, "version": state.version, "updated_at": state.updated_at}
