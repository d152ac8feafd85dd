"""Runs mypy and pyright on a user's module: `good.py` must pass, and in `bad.py` exactly the marked lines must fail.

    python judge.py mypy|pyright [--python INTERPRETER]

Exits with 1 and the difference if a type checker sees it otherwise.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARK = "# expect-error"


def errors_of_mypy(path: Path, python: str) -> dict[int, str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--python-executable={python}", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=path.parent)
    if run.returncode not in (0, 1):
        raise SystemExit(f"mypy did not run: {run.stdout}{run.stderr}")
    found = re.findall(rf"^{re.escape(path.name)}:(\d+): error: (.*)$", run.stdout, re.MULTILINE)
    foreign = [line for line in run.stdout.splitlines() if ": error:" in line and not line.startswith(path.name)]
    if foreign:
        raise SystemExit("mypy finds errors outside the user's module:\n" + "\n".join(foreign))
    return {int(line): message for line, message in found}


def errors_of_pyright(path: Path, python: str) -> dict[int, str]:
    command = [sys.executable, "-m", "pyright", "--outputjson", f"--pythonpath={python}", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=path.parent)
    try:
        report = json.loads(run.stdout)
    except ValueError:
        raise SystemExit(f"pyright did not run: {run.stdout}{run.stderr}") from None
    return {
        one["range"]["start"]["line"] + 1: one["message"]
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    }


CHECKERS = {"mypy": errors_of_mypy, "pyright": errors_of_pyright}


def judge(checker: str, python: str) -> list[str]:
    """What the type checker sees otherwise than the marks say."""
    wrong = []
    for path in (HERE / "good.py", HERE / "bad.py"):
        expected = {n for n, line in enumerate(path.read_text().splitlines(), 1) if line.endswith(MARK)}
        found = CHECKERS[checker](path, python)
        wrong += [f"{path.name}:{n}: not rejected by {checker}" for n in sorted(expected - set(found))]
        wrong += [f"{path.name}:{n}: {checker}: {found[n]}" for n in sorted(set(found) - expected)]
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("checker", choices=sorted(CHECKERS))
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    differences = judge(given.checker, given.python)
    print("\n".join(differences) or f"{given.checker}: good.py passes, every misuse in bad.py is rejected")
    raise SystemExit(1 if differences else 0)
