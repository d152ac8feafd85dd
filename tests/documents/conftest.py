"""A queries folder from a few lines of text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from marketplacer_callback.documents import Checked, Role, Schema, check, load_schema

CheckFiles = Callable[..., Checked]


@pytest.fixture(scope="session")
def bundled_schema() -> Schema:
    return load_schema(None)


@pytest.fixture
def check_files(tmp_path: Path, bundled_schema: Schema) -> CheckFiles:
    """Write files into one folder, over those of the call before, and check it; a text of ``None`` removes the file."""

    def run(files: dict[str, str | None], *, role: Role = "operator", schema: Schema = bundled_schema) -> Checked:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        return check(tmp_path, role=role, schema=schema)

    return run
