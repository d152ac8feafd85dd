"""``marketplacer_sandbox``: the emulated Marketplacer, with a face for tests that do not await."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import is_object_type

from marketplacer_callback.sandbox.client import SandboxClient
from marketplacer_callback.testing.background import Background

if TYPE_CHECKING:
    from marketplacer_callback.sandbox import Sandbox
    from marketplacer_callback.sandbox.data.store import Record

__all__ = ["MarketplacerSandbox"]


class MarketplacerSandbox:
    """An emulated Marketplacer, of this test alone. Each write sends its webhooks; with ``marketplacer_inbox`` they
    reach the integration.
    """

    def __init__(self, sandbox: Sandbox, background: Background, api_key: str) -> None:
        self.sandbox = sandbox
        self.api_key = api_key
        self._background = background

    @property
    def url(self) -> str:
        """The GraphQL endpoint."""
        return self.sandbox.url

    def create(self, typename: str, **fields: Any) -> str:
        """Make an object, with everything that belongs to it; its id. A field that refers to another object takes
        that object's id. ``ValueError`` for a type or a field that the schema does not have.
        """
        return self._background.do(lambda: self.sandbox.create(typename, **fields))

    def change(self, typename: str, id: str, **fields: Any) -> None:
        """Write to an object; without fields one that is typical for the type changes. ``KeyError`` if there is no
        such object.
        """
        self._background.do(lambda: self.sandbox.change(typename, id, **fields))

    def destroy(self, typename: str, id: str) -> None:
        """Delete an object. ``KeyError`` if there is no such object."""
        self._background.do(lambda: self.sandbox.destroy(typename, id))

    def get(self, typename: str, id: str) -> dict[str, Any] | None:
        """An object's own fields as they are at present, those that refer to others as ids; ``None`` if there is no
        such object, or it was deleted. ``ValueError`` for a type that the schema does not have.
        """
        self._known(typename)
        return self._background.do(lambda: _plain(self.sandbox.store.living(typename, id)))

    def objects(self, typename: str) -> list[dict[str, Any]]:
        """``get`` for each object of a type, in order of creation. ``ValueError`` for a type that the schema does not
        have.
        """
        self._known(typename)
        return self._background.do(lambda: [_shown(record) for record in self.sandbox.store.all(typename)])

    def fail(self, **fault: Any) -> None:
        """Make the API misbehave: the parts of ``sandbox.Fault`` (``status=503, requests=1``, ``null=[id]``, …);
        without arguments it is well again.
        """
        self._background.call(self._fail(fault))

    def query(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a GraphQL document, with ``data`` and perhaps ``errors``, over HTTP with the sandbox's key."""
        return self._background.call(self._query(document, dict(variables or {})))

    def story(self, name: str) -> dict[str, Any]:
        """Run a whole story (``refund``, ``order``, …), as ``trigger --story`` does; its steps and their deliveries."""
        return self._background.call(self._story(name))

    def journal(self, **filters: Any) -> list[dict[str, Any]]:
        """What was asked and sent, oldest first; by ``kind`` (``call``, ``attempt``), ``typename``, ``id``,
        ``limit``.
        """
        return self._background.do(lambda: self.sandbox.journal.select(**filters))

    def _known(self, typename: str) -> None:
        if not is_object_type(self.sandbox.store.schema.type_map.get(typename)):
            raise ValueError(f"the schema has no object type {typename!r}")

    async def _fail(self, fault: dict[str, Any]) -> None:
        async with SandboxClient(self.sandbox.base_url) as client:
            await client.fail(**fault)

    async def _story(self, name: str) -> dict[str, Any]:
        async with SandboxClient(self.sandbox.base_url) as client:
            return await client.story(name)

    async def _query(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        import aiohttp

        asked = {"query": document, "variables": variables}
        headers = {"MARKETPLACER-API-KEY": self.api_key}
        if basic := self.sandbox.keys.basic:
            headers["Authorization"] = f"Basic {base64.b64encode(basic.encode()).decode()}"
        async with aiohttp.ClientSession() as session, session.post(self.url, json=asked, headers=headers) as answer:
            answered: dict[str, Any] = await answer.json()
            return answered


def _plain(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else _shown(record)


def _shown(record: Record) -> dict[str, Any]:
    return {name: _value(value) for name, value in record.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(entry) for entry in value]
    return value["id"] if isinstance(value, dict) and "__typename" in value and "id" in value else value
