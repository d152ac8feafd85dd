"""Every command and every option explains itself, and asking for help is quick."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from marketplacer_callback.cli import commands

EXPECTED = {
    "init",
    "run",
    "receiver",
    "worker",
    "check",
    "queries list",
    "queries check",
    "schema pull",
    "fetch",
    "trigger",
    "refresh",
    "show",
    "status",
    "dead list",
    "dead show",
    "dead replay",
    "sandbox",
    "demo",
}


def all_commands(group: click.Group = commands, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))


EACH = pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in all_commands()])


def test_the_commands_of_the_design_are_there() -> None:
    assert {name for name, _ in all_commands()} >= EXPECTED


@pytest.mark.parametrize(
    ("name", "command"), list(all_commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_says_what_it_does(name: str, command: click.Command) -> None:
    assert command.help, f"{name} has no help"
    assert command.get_short_help_str(limit=300).endswith((".", "…", ")")), name


@pytest.mark.parametrize(
    ("name", "command"), list(all_commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_common_options_are_taken_after_the_command_too(name: str, command: click.Command) -> None:
    if name == "demo":
        pytest.skip("it makes its own settings")
    options = {option for parameter in command.params for option in parameter.opts}
    assert options >= {"--config", "--app", "--instance", "--debug"}, name


def test_help_loads_no_heavy_package() -> None:
    """Neither the network, nor Redis, nor GraphQL, nor the settings' machinery."""
    code = (
        "import sys\n"
        "from marketplacer_callback.cli import commands\n"
        "commands.main(['--help'], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'arq', 'redis', 'graphql', 'pydantic', 'sgqlc', 'uvloop'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dead" in done.stdout
    assert done.stderr.strip() == "[]"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "marketplacer_callback", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("marketplacer-callback, version ")
