"""A small platform behind a real HTTP server: it executes GraphQL, and stumbles where a test wants it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import aioresponses.core
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from graphql import GraphQLError, build_schema, graphql

from marketplacer_callback.api import ApiAuth, ApiClient
from marketplacer_callback.documents import Document, check, load_schema

SDL = """
interface Node { id: ID! }
type Advert implements Node { id: ID! title: String price: Int }
type DeletedAdvert implements Node { id: ID! }
type Query { node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!  total: Int }
"""

QUERIES = {
    "Advert": "query Advert($id: ID!) { node(id: $id) { __typename id ...Product } }"
    "fragment Product on Advert { title }",
    "Aliased": "query Aliased($id: ID!) { product: node(id: $id) { ... on Advert { mcb_id: title } } }",
    "Alone": "query Alone($id: ID!) { node(id: $id) { id __typename } total }",
}


class _Answer(aiohttp.ClientResponse):
    """aioresponses 0.7.9 builds answers as aiohttp did before 3.14."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


aioresponses.core.ClientResponse = _Answer  # type: ignore[misc]


@dataclass
class Platform:
    """``objects``: what it has. ``instead`` may answer a request in its own way. ``broken``: ids whose title raises."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, GraphQLError] = field(default_factory=dict)
    instead: Callable[[list[str]], Any] = lambda _: None
    rearrange: Callable[[list[Any]], list[Any]] = list
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    hung: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.schema = build_schema(SDL)
        query, advert = self.schema.query_type, self.schema.type_map["Advert"]
        assert query is not None
        query.fields["node"].resolve = lambda _parent, _info, id: self.objects.get(id)
        query.fields["nodes"].resolve = lambda _parent, _info, ids: self.rearrange(
            [self.objects.get(id_) for id_ in ids]
        )
        query.fields["total"].resolve = lambda _parent, _info: len(self.objects)
        advert.fields["title"].resolve = self.title  # type: ignore[union-attr]

    def title(self, advert: dict[str, Any], info: Any) -> Any:
        if advert["id"] in self.broken:
            raise self.broken[advert["id"]]
        return advert["title"]

    def add(self, *ids: str) -> list[str]:
        self.objects.update({id_: {"__typename": "Advert", "id": id_, "title": f"title of {id_}"} for id_ in ids})
        return list(ids)

    def sizes(self) -> list[int]:
        """How many ids each request asked for, in the order of the requests."""
        return [len(asked(request)) for request in self.requests]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        payload = json.loads(await request.read())
        self.requests.append(payload)
        self.headers.append(dict(request.headers))
        other = self.instead(asked(payload))
        if asyncio.iscoroutine(other):
            other = await other
        if isinstance(other, web.StreamResponse):
            return other
        if other is not None:
            return web.json_response(other)
        result = await graphql(
            self.schema, payload["query"], variable_values=payload["variables"], operation_name=payload["operationName"]
        )
        return web.json_response(result.formatted)

    async def hang(self) -> None:
        """Not an answer before the test ends."""
        await self.hung.wait()


def asked(payload: dict[str, Any]) -> list[str]:
    (value,) = payload["variables"].values() if payload["variables"] else ([],)
    return value if isinstance(value, list) else [value]


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_post("/graphql", platform.answer)
    server = TestServer(app)
    await server.start_server()
    platform.url = str(server.make_url("/graphql"))
    yield platform
    platform.hung.set()
    await server.close()


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[ApiClient]:
    async with ApiClient(platform.url, ApiAuth("key-of-a-test")) as client:
        yield client


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    folder = tmp_path_factory.mktemp("documents")
    schema, queries = folder / "schema.graphqls", folder / "queries"
    schema.write_text(SDL)
    queries.mkdir()
    for name, text in QUERIES.items():
        Path(queries / f"{name}.graphql").write_text(text)
    checked = check(queries, role="operator", schema=load_schema(schema))
    assert checked.ok, checked.problems
    return dict(checked.documents)
