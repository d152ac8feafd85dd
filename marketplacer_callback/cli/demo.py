"""``demo``: the main road on this machine, with a table and a verdict at the end."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from marketplacer_callback.demo import Played

__all__ = ["demo"]


@click.command()
@click.option(
    "--updates", default=10_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Updates to fire."
)
@click.option(
    "--objects", default=200, show_default=True, type=click.IntRange(1, 200), help="Adverts to spread them over."
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on stdout.")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
def demo(updates: int, objects: int, as_json: bool, folder: Path | None) -> None:
    """Run everything on an embedded Valkey: a sandbox, a receiver and a worker, each a process of its own.

    Fires updates at the receiver, and an order, a refund request, a seller and a remittance advice; then compares
    what was announced with what came out. Exit code 0 only if nothing was lost and nothing is stale, else 1. FOLDER
    (default: a new temporary one) keeps settings, logs, journal and output; it must be empty.
    """
    from marketplacer_callback.demo import play

    place = _empty_folder(folder)
    line = _ProgressLine()
    played = asyncio.run(play(place, updates=updates, objects=objects, progress=line.show))
    line.end()
    if as_json:
        click.echo(json.dumps(dict(_figures(played))))
    else:
        width = max(len(name) for name, _ in _figures(played))
        for name, value in _figures(played):
            shown = f"{value:,}" if isinstance(value, int) else value
            click.echo(f"{name.replace('_', ' '):<{width}}  {shown}")
    if played.ok:
        click.echo("Nothing was lost, and nothing is stale.", err=True)
    else:
        for what, refs in (("lost", played.verdict.lost), ("stale", played.verdict.stale)):
            for ref in refs[:10]:
                click.echo(f"{what}: {ref}", err=True)
        if not played.drained:
            click.echo(f"not everything was handled in time; the logs are in {played.folder}", err=True)
        raise SystemExit(1)


def _figures(played: Played) -> list[tuple[str, int | float | str]]:
    verdict = played.verdict
    return [
        ("events", verdict.events),
        ("objects", verdict.objects),
        ("fetches", played.fetches),
        ("http_requests", played.http_requests),
        ("lost", len(verdict.lost)),
        ("stale", len(verdict.stale)),
        ("slowest_s", f"{verdict.slowest_s:.2f} ({verdict.slowest})" if verdict.slowest else 0.0),
        ("seconds", round(played.seconds, 1)),
        ("output", str(played.folder / "out")),
    ]


def _empty_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="marketplacer-callback-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty; give a new or an empty folder")
    return folder.absolute()


class _ProgressLine:
    """One line that is written over on a terminal; elsewhere a new line now and then, if there is news."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._last_at = float("-inf")
        self._last = ""

    def show(self, text: str) -> None:
        if self._on_terminal:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)
        elif text != self._last and time.monotonic() - self._last_at >= 2:
            click.echo(text, err=True)
            self._last_at, self._last = time.monotonic(), text

    def end(self) -> None:
        if self._on_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)
