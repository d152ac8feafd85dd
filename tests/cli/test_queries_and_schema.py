"""The documents are listed and checked with their places; the schema is pulled beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_desk import Run


@pytest.fixture
def queries(mc: Run, tmp_path: Path) -> Path:
    mc("init")
    return tmp_path / "queries"


def test_a_list_tells_type_digest_and_file_of_each_document(mc: Run, queries: Path) -> None:
    documents = {one["name"]: one for one in json.loads(mc("queries", "list", "--json").stdout)}
    stock = documents["VariantInventory"]
    assert stock["type"] == "Variant"
    assert stock["batchable"] is True
    assert stock["file"] == str(queries / "VariantInventory.graphql")
    assert len(stock["digest"]) == 16
    assert "Product" in documents["Advert"]["fragments"]

    table = mc("queries", "list").stdout.splitlines()
    assert len(table) == len(documents) + 1
    assert any(line.startswith("VariantInventory ") and stock["digest"] in line for line in table)


def test_errors_are_told_with_line_and_column_and_the_exit_code_is_1(mc: Run, queries: Path) -> None:
    (queries / "Taxon.graphql").write_text(
        "query Taxon($id: ID!) {\n  node(id: $id) {\n    __typename\n    nope\n  }\n}\n"
    )
    result = mc("queries", "check")
    assert result.exit_code == 1
    assert "queries/Taxon.graphql:4:5: error: " in result.stdout
    assert "1 errors" in result.stdout

    told = json.loads(mc("queries", "check", "--json").stdout)
    assert told["ok"] is False
    assert [(one["line"], one["column"]) for one in told["problems"] if one["severity"] == "error"] == [(4, 5)]
    assert "Taxon" not in told["documents"]
    listed = mc("queries", "list")
    assert "Taxon " not in listed.stdout
    assert "1 errors" in listed.stderr


def test_a_folder_that_is_not_there_is_an_error(mc: Run) -> None:
    Path("marketplacer-callback.toml").write_text('queries = "documents"\n')
    result = mc("queries", "check")
    assert result.exit_code == 1
    assert "there is no such folder" in result.stdout


def test_a_pulled_schema_lies_beside_the_queries_and_is_used(mc: Run, at_work: Path) -> None:
    result = mc("schema", "pull")
    assert result.exit_code == 0, result.output
    assert result.stdout == "schema.graphqls\n"
    assert "type Advert " in (at_work / "schema.graphqls").read_text()
    checked = json.loads(mc("queries", "check", "--json").stdout)
    assert checked["schema"] == str(at_work / "schema.graphqls")
    assert checked["ok"] is True


def test_a_schema_that_cannot_be_pulled_leaves_the_old_one(mc: Run, at_work: Path) -> None:
    (at_work / "schema.graphqls").write_text("type Query { a: Int }")
    result = mc("schema", "pull", env={"MARKETPLACER_API_KEY": "wrong"})
    assert result.exit_code == 3
    assert result.stderr.startswith("error: 127.0.0.1: HTTP 401")
    assert (at_work / "schema.graphqls").read_text() == "type Query { a: Int }"
