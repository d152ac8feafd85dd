"""Every setting, argument, field and outcome stands in the reference, with its default where it has one."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from marketplacer_callback import Change, Integration, outcomes
from marketplacer_callback.settings import Settings
from marketplacer_callback.settings import tables as settings_tables

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference.md").read_text()
_FENCED = re.compile(r"```\n(.*?)```", re.DOTALL)
_CODE = [*_FENCED.findall(REFERENCE), *re.findall(r"`([^`\n]+)`", _FENCED.sub("", REFERENCE))]
NAMED = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", " ".join(_CODE)))

TABLES = {
    "redis": settings_tables.RedisSettings,
    "keep": settings_tables.KeepSettings,
    "receiver": settings_tables.ReceiverSettings,
    "worker": settings_tables.WorkerSettings,
    "log": settings_tables.LogSettings,
}


@pytest.mark.parametrize("key", [f"{table}.{name}" for table, model in TABLES.items() for name in model.model_fields])
def test_every_key_of_a_table_is_there(key: str) -> None:
    assert f"`{key}`" in REFERENCE


@pytest.mark.parametrize(
    "name",
    [
        *Settings.model_fields,
        *settings_tables.InstanceSettings.model_fields,
        *settings_tables.LaneSettings.model_fields,
        *settings_tables.RouteSettings.model_fields,
    ],
)
def test_every_key_of_instances_lanes_and_routes_is_there(name: str) -> None:
    assert name in NAMED | set(re.findall(r"\[\[(\w+)\]\]", REFERENCE))


def test_every_argument_of_on_and_every_field_of_a_change_is_there() -> None:
    arguments = set(inspect.signature(Integration.on).parameters) - {"self"}
    fields = {field.name for field in dataclasses.fields(Change)} - {"_object"} | {"object"}
    assert arguments | fields <= NAMED


def test_every_outcome_is_there() -> None:
    for name in (name for name in outcomes.__all__ if name[0].islower()):
        assert f"outcomes.{name}(" in REFERENCE


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("redis.durability", "always"),
        ("worker.handler_timeout", "60s"),
        ("worker.stop_within", "25s"),
        ("worker.settle", "3s"),
        ("receiver.max_body", "10MiB"),
    ],
)
def test_the_defaults_are_those_of_the_code(key: str, default: str) -> None:
    from marketplacer_callback.settings import duration, size

    table, name = key.split(".")
    value = getattr(getattr(Settings(), table), name)
    assert value == (size(default) if "iB" in default else duration(default) if default[0].isdigit() else default)
    assert re.search(rf'`{re.escape(key)}`.*\| `"{default}"` \|', REFERENCE)


def test_every_option_of_the_sandbox_and_of_trigger_is_there() -> None:
    from marketplacer_callback.cli.sandbox import sandbox
    from marketplacer_callback.cli.trigger import trigger

    common = {"--config", "--app", "--instance", "--debug", "--json", "--help"}
    commands = [sandbox, trigger, *sandbox.commands.values()]
    options = {name for one in commands for param in one.params for name in (*param.opts, *param.secondary_opts)}
    for option in sorted(name for name in options - common if name.startswith("--")):
        assert re.search(rf"{option}\b", REFERENCE), option
    assert set(sandbox.commands) <= NAMED


def test_every_member_of_the_fixtures_and_of_the_report_is_there() -> None:
    from marketplacer_callback import testing
    from marketplacer_callback.sandbox.stories import STORIES

    for kind in (testing.MarketplacerSandbox, testing.MarketplacerInbox, testing.Report, testing.Pending):
        fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
        assert {name for name in vars(kind) if not name.startswith("_")} | fields <= NAMED
    assert set(testing.__all__) <= NAMED
    assert {part for name in STORIES for part in name.split("-")} <= NAMED
    parameters = inspect.signature(testing.MarketplacerInbox.run_until_idle).parameters
    assert set(parameters) - {"self"} <= NAMED
