"""The default queries and the worker are found in a wheel and in a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplacer_callback.bundled import bundled, bundled_files, default_queries, default_worker
from marketplacer_callback.errors import ConfigurationError

NAMES = ["queries", "worker"]


@pytest.mark.parametrize("name", NAMES)
def test_a_wheel_has_them_inside_of_the_package(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "marketplacer_callback" / "_data" / name
    inside.mkdir(parents=True)
    (tmp_path / name).mkdir()
    assert bundled(name, tmp_path / "marketplacer_callback") == inside


@pytest.mark.parametrize("name", NAMES)
def test_an_editable_install_has_them_at_the_root_of_the_checkout(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert bundled(name, tmp_path / "marketplacer_callback") == tmp_path / name


def test_a_broken_install_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'queries' that comes with the package is missing; install it again"):
        bundled("queries", tmp_path / "marketplacer_callback")


def test_here_both_are_found() -> None:
    assert (default_queries() / "Advert.graphql").is_file()
    assert default_worker().name == "worker"


def test_what_installers_and_editors_add_is_left_out(tmp_path: Path) -> None:
    kept = [".env.example", "app.py", "sub/x.toml"]
    for name in (*kept, "__pycache__/app.pyc", "sub/__pycache__/x.py", ".git/config", "y.pyc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [str(path.relative_to(tmp_path)) for path in bundled_files(tmp_path)] == kept
