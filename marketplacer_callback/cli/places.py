"""Paths as people see them: from where they are."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shown"]


def shown(said: object) -> str:
    """``str(said)``, its leading path relative to the working directory if it is below it."""
    here = f"{Path.cwd()}/"
    return str(said).removeprefix(here)
