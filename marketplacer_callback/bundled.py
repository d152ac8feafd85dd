"""Where the files are that come with the package: the default queries and the bundled worker."""

from __future__ import annotations

from pathlib import Path

from marketplacer_callback.errors import ConfigurationError

__all__ = ["bundled_files", "default_queries", "default_worker"]


def default_queries() -> Path:
    """The folder of the default documents, one file an object type."""
    return bundled("queries")


def default_worker() -> Path:
    """The folder of the bundled worker: a complete small deployment to copy."""
    return bundled("worker")


def bundled_files(folder: Path) -> list[Path]:
    """The files of a bundled folder, sorted, without ``__pycache__`` and hidden folders."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(folder).parts[:-1])
        and path.suffix != ".pyc"
    )


def bundled(name: str, package: Path | None = None) -> Path:
    """A wheel has the folder in ``_data`` of the package; an editable install finds it at the root of the checkout."""
    package = package or Path(__file__).resolve().parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise ConfigurationError(f"{package}: the folder {name!r} that comes with the package is missing; install it again")
