"""The page of the sandbox names everything that it emulates and every choice, with its source."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from marketplacer_callback.sandbox import Choices, Fault
from marketplacer_callback.sandbox.mutations import MUTATIONS
from marketplacer_callback.sandbox.schema import emulated_schema
from marketplacer_callback.sandbox.stories import STORIES
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text()
SOURCES = re.compile(
    "documentation|schema|sample|reported|unofficial|guess|choice|sandbox|specification|HTTP|undocumented"
    "|follows from|ours"
)


@pytest.mark.parametrize("field", dataclasses.fields(Choices), ids=lambda field: field.name)
def test_every_choice_is_there_with_its_default(field: dataclasses.Field[object]) -> None:
    default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    assert f"| `{field.name}` | `{default}` |" in PAGE


def test_every_query_and_every_mutation_is_there_and_no_other() -> None:
    section = PAGE[PAGE.index("## What is emulated") : PAGE.index("Anything else that a schema")]
    schema = emulated_schema()
    assert schema.query_type
    assert re.findall(r"`(\w+)`", section) == [*sorted(schema.query_type.fields), *sorted(MUTATIONS)]


@pytest.mark.parametrize("kind", [Fault, Disturbance])
def test_every_part_of_a_fault_is_there(kind: type) -> None:
    for field in dataclasses.fields(kind):
        assert f"`{field.name}`" in PAGE, field.name


def test_every_story_is_there() -> None:
    for name in STORIES:
        assert f"`{name}`" in PAGE, name


def test_every_behaviour_says_where_it_is_known_from() -> None:
    tables = re.findall(r"\| behaviour \| source \|\n\| ?-.*\n((?:\|.*\n)+)", PAGE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 200
    for row in rows:
        source = row.strip("|").rpartition(" | ")[2].strip()
        assert SOURCES.search(source), row


def test_its_examples_are_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        compile(block, "sandbox.md", "exec", flags=0x2000)  # top-level await is allowed
