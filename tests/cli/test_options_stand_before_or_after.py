"""Common options may stand before the command's name or after it; the later one wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_desk import Run

TWO = """
queries = "here/queries"
[instances.north]
role = "operator"
[instances.south]
role = "seller"
"""


@pytest.fixture
def elsewhere(mc: Run, tmp_path: Path) -> Path:
    assert mc("init", "here").exit_code == 0
    config = tmp_path / "two.toml"
    config.write_text(TWO)
    return config


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "two.toml", "--instance", "south", "--json", "queries", "list"),
        ("queries", "--config", "two.toml", "--instance", "south", "--json", "list"),
        ("queries", "list", "--config", "two.toml", "--instance", "south", "--json"),
        ("--instance", "north", "--config", "two.toml", "queries", "list", "--json", "--instance", "south"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_both_places_mean_the_same(mc: Run, elsewhere: Path, arguments: tuple[str, ...]) -> None:
    result = mc(*arguments)
    assert result.exit_code == 0, result.output
    assert {one["role"] for one in json.loads(result.stdout)} == {"seller"}


def test_all_instances_are_meant_where_none_is_named(mc: Run, elsewhere: Path) -> None:
    listed = json.loads(mc("queries", "list", "--config", elsewhere, "--json").stdout)
    assert {one["role"] for one in listed} == {"operator", "seller"}


def test_an_instance_that_is_not_there_is_told_with_those_that_are(mc: Run, elsewhere: Path) -> None:
    result = mc("queries", "list", "--config", elsewhere, "--instance", "west")
    assert result.exit_code == 2
    assert result.stderr == "error: --instance west: there is no such instance; there are: north, south\n"


def test_a_command_for_one_instance_asks_which(mc: Run, elsewhere: Path) -> None:
    result = mc("trigger", "Advert", "x", "--config", elsewhere)
    assert result.exit_code == 2
    assert result.stderr == "error: instances: say which one is meant; there are: north, south\n"
