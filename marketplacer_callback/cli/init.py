"""``init``: the files of a new integration, and what to enter in Marketplacer's portal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.options import common
from marketplacer_callback.errors import ConfigurationError

__all__ = ["init"]

Role = Literal["operator", "seller"]

_STARTER: Final = Path(__file__).resolve().parent / "starter"
_ROLES: Final = ("operator", "seller")
_FILES: Final = {
    "integration.py": "integration.py.txt",
    "test_integration.py": "test_integration.py.txt",
    "test_flow.py": "test_flow.py.txt",
    "marketplacer-callback.toml": "{role}.toml",
    ".env.example": "{role}.env",
    ".gitignore": "gitignore",
}
"""File of the new integration → file of the starter."""

_QUERY: Final = "query($id: ID!) { node(id: $id) { __typename id } }"
"""The smallest query that says which object changed."""


@click.command
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--role", type=click.Choice(_ROLES), default="operator", show_default=True, help="Whose API key you have."
)
@click.option("--worker", is_flag=True, help="The bundled worker, which needs no code, instead of a handler.")
@common
def init(directory: Path, role: Role, worker: bool) -> None:
    """Write a new integration into DIR: queries, a handler, its tests, settings. Overwrites nothing."""
    from marketplacer_callback.bundled import bundled_files, default_queries, default_worker

    if worker:
        folder = default_worker()
        wanted = {directory / "worker" / path.relative_to(folder): path for path in bundled_files(folder)}
    else:
        wanted = {directory / name: _STARTER / source.format(role=role) for name, source in _FILES.items()}
    wanted |= {directory / "queries" / path: source for path, source in _flat(default_queries(), role)}
    written, kept = _write(wanted)
    for path in written:
        output.text(f"wrote  {path}")
    for path in kept:
        output.text(f"kept   {path}")
    _tell_portal(sorted(path.stem for path in wanted if path.parent.name == "queries"), role, worker)


def _flat(folder: Path, role: Role) -> Iterator[tuple[Path, Path]]:
    """Where each default document of this role goes, and where it is. What is the role's own is among the others."""
    from marketplacer_callback.bundled import bundled_files

    for source in bundled_files(folder):
        path = source.relative_to(folder)
        if source.suffix != ".graphql":
            continue
        if path.parts[0] == role:
            yield Path(*path.parts[1:]), source
        elif path.parts[0] not in _ROLES:
            yield path, source


def _write(wanted: dict[Path, Path]) -> tuple[list[Path], list[Path]]:
    """Copies what is not there yet: the written, and the kept."""
    written, kept = [], []
    for path, source in wanted.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(source.read_bytes())
        except FileExistsError:
            if not path.exists():  # a file where the folder should be
                raise ConfigurationError(f"{path.parent}: is not a folder; give another DIR") from None
            kept.append(path)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
        else:
            written.append(path)
    return written, kept


def _tell_portal(documents: list[str], role: Role, worker: bool) -> None:
    from marketplacer_callback.typenames import WEBHOOK_TYPES, webhook_enum

    header = "MARKETPLACER_INSTANCES__DEFAULT__WEBHOOK_HEADER__VALUE" if worker else "WEBHOOK_AUTH_KEY"
    credential = (
        "HMAC key    the value of MARKETPLACER_WEBHOOK_SECRETS"
        if role == "operator"
        else f"Headers     auth-key: the value of {header} (a seller's webhooks have no HMAC key)"
    )
    output.text()
    output.text("In Marketplacer's portal, make one webhook for each type that you handle, each with:")
    output.text(f"  Query       {_QUERY}")
    output.text(f"  {credential}")
    output.text("  Allow skip  off (allowSkip: false): with this query every payload looks the same")
    output.text("  Events      create, update and destroy")
    output.text()
    types = [name for name in WEBHOOK_TYPES if name in documents]
    urls = [f"https://<your host>/marketplacer/{name}" for name in types]
    output.table(("Type", "URL"), [(webhook_enum(name), url) for name, url in zip(types, urls, strict=True)])
    output.text()
    output.text(
        "Next: fill in .env (see .env.example), then `marketplacer-callback check` and `marketplacer-callback run`."
    )
