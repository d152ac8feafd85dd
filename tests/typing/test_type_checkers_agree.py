"""In a user's module, mypy accepts the tasks of the documentation and rejects the misuses. CI runs pyright as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

JUDGE = Path(__file__).parent / "judge.py"


def test_mypy_accepts_what_is_right_and_rejects_what_is_wrong() -> None:
    run = subprocess.run([sys.executable, str(JUDGE), "mypy"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
