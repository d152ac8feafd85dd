"""Documents of public integrations and of the platform's own documentation, against the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from marketplacer_callback.documents import Schema, load_schema, validate_text


@pytest.fixture(scope="module")
def published(shared: Path) -> Schema:
    return load_schema(shared / "marketplacer/schema-2023.graphqls")


@pytest.fixture(scope="module")
def items(shared: Path) -> list[dict[str, Any]]:
    items = json.loads((shared / "fixtures/queries/index.json").read_text())["items"]
    assert isinstance(items, list)
    return items


def test_each_gets_the_verdict_of_its_index(shared: Path, published: Schema, items: list[dict[str, Any]]) -> None:
    for item in items:
        path = shared / "fixtures/queries" / item["file"]
        found = validate_text(path.read_text(), published, path)
        errors = [problem for problem in found if problem.severity == "error"]
        assert bool(errors) == (item["verdict"] == "invalid"), path
        expected = [(message["message"], *message["locations"][0]) for message in item.get("errors", [])]
        assert [(problem.message, problem.line, problem.column) for problem in errors] == expected


def test_operations_without_a_name_and_large_pages_are_warnings(
    shared: Path, published: Schema, items: list[dict[str, Any]]
) -> None:
    for item in items:
        path = shared / "fixtures/queries" / item["file"]
        found = validate_text(path.read_text(), published, path)
        nameless = any(operation["name"] is None for operation in item["operations"])
        if item["verdict"] == "valid":
            assert any("has no name" in problem.message for problem in found) == nameless, path
    sellers = shared / "fixtures/queries/docs-allSellers.graphql"
    assert any("a page of 1000" in str(problem) for problem in validate_text(sellers.read_text(), published, sellers))
