"""Every default document executes on the sandbox, and so do the samples that the reference material has."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox_documents import default_documents

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.seed import populate
from marketplacer_callback.sandbox.data.store import Store
from marketplacer_callback.sandbox.keys import ApiKey, Role
from marketplacer_callback.sandbox.querying.execute import Executor
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.querying.sight import visible
from marketplacer_callback.sandbox.schema import emulated_schema


@pytest.fixture(scope="module", params=["operator", "seller"])
def role(request: pytest.FixtureRequest) -> Role:
    return request.param  # type: ignore[no-any-return]


def test_every_default_document_reads_every_seeded_object_without_an_error(role: Role) -> None:
    sandbox = Sandbox(adverts=40, role=role)
    documents = default_documents(role)
    assert documents
    for name, document in documents.items():
        typename = name if name in sandbox.store.typenames() else name.removesuffix("Inventory")
        records = sandbox.store.all(typename)
        assert records, f"the seed has no {typename}"
        for record in records[:10]:
            key = ApiKey("", role, sandbox.store.seller_id(record))
            answer = sandbox.executor.run(
                document.single, {document.variable: record["id"]}, None, Request(sandbox.store, key)
            )
            assert "errors" not in answer, (name, answer["errors"][:3])
            assert answer["data"][document.root]


def test_every_batched_default_document_reads_a_batch(role: Role) -> None:
    sandbox = Sandbox(adverts=40, role=role)
    for name, document in default_documents(role).items():
        typename = name if name in sandbox.store.typenames() else name.removesuffix("Inventory")
        if document.batched is None:
            continue
        request = Request(sandbox.store, ApiKey("", role))
        ids = [record["id"] for record in sandbox.store.all(typename) if visible(request, record)][:10]
        answer = sandbox.executor.run(document.batched.text, {document.batched.variable: ids}, None, request)
        assert "errors" not in answer
        nodes = answer["data"][document.batched.root]
        assert [node[document.batched.id_alias] for node in nodes] == ids


@pytest.fixture(scope="module")
def published(shared: Path) -> tuple[Executor, Store]:
    executor = Executor(emulated_schema(shared / "marketplacer" / "schema-2023.graphqls"))
    store = Store(executor.schema)
    populate(store, 40)
    return executor, store


def test_the_sandbox_runs_on_the_published_schema_too(published: tuple[Executor, Store]) -> None:
    """Every scalar and enum that the published schema promises has a value, for every seeded node type."""
    executor, store = published
    for typename in store.typenames():
        type_ = executor.schema.type_map[typename]
        if not any(interface.name == "Node" for interface in type_.interfaces):  # type: ignore[attr-defined]
            continue
        leaves = " ".join(name for name, field in type_.fields.items() if is_leaf(field.type) and not field.args)  # type: ignore[attr-defined]
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {typename} {{ {leaves} }} }} }}"
        answer = executor.run(query, {"id": store.all(typename)[0]["id"]}, None, Request(store))
        assert "errors" not in answer, (typename, answer["errors"][:3])


@pytest.mark.parametrize("name", ["accelerator-seller-webhook", "accelerator-variant-webhook"])
def test_published_webhook_queries_run(published: tuple[Executor, Store], shared: Path, name: str) -> None:
    executor, store = published
    text = (shared / "fixtures" / "queries" / f"{name}.graphql").read_text()
    typename = name.split("-")[1].title()
    answer = executor.run(text, {"id": store.all(typename)[0]["id"]}, None, Request(store))
    assert "errors" not in answer, answer


def is_leaf(type_: object) -> bool:
    from graphql import get_named_type, is_leaf_type

    return is_leaf_type(get_named_type(type_))  # type: ignore[call-overload]
