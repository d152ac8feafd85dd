"""What the README shows runs, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from marketplacer_callback import Integration, Settings, outcomes
from marketplacer_callback.cli import commands
from marketplacer_callback.testing import answer

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MARKDOWN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, object] = {}
    for block in blocks("python"):
        exec(block, scope)
    integration = scope["integration"]
    assert isinstance(integration, Integration)
    advert = {"id": "1", "title": "A chair"}
    assert answer(integration, "Advert", advert) == {"product": [outcomes.done()]}
    assert answer(integration, "UnpublishedAdvert", {"details": advert}) == {"product": [outcomes.done()]}
    assert answer(integration, "Advert", None) == {"product": [outcomes.done()]}
    assert capsys.readouterr().out == "A chair\nA chair\ngone: test/Advert/1\n"


def test_the_readmes_flow_is_the_one_that_init_writes() -> None:
    starter = (ROOT / "marketplacer_callback" / "cli" / "starter" / "test_flow.py.txt").read_text()
    (shown,) = [block for block in blocks("python") if block.startswith("def test_")]
    for line in ("marketplacer_sandbox.create", "marketplacer_inbox.run_until_idle()"):
        assert line in shown
        assert line in starter


def test_the_stories_and_events_that_the_readme_triggers_are_there() -> None:
    from marketplacer_callback.sandbox.stories import STORIES
    from marketplacer_callback.typenames import WEBHOOK_TYPES

    assert set(re.findall(r"--story ([a-z-]+)", README)) <= set(STORIES)
    events = re.findall(r"trigger ([A-Z]\w+)\.(\w+)", README)
    assert events
    assert all(name in WEBHOOK_TYPES and event in ("create", "update", "destroy") for name, event in events)


def test_the_outcomes_that_the_readme_names_are_outcomes() -> None:
    calls = re.findall(r"`(outcomes\.[^`]+\))`", README)
    assert len(calls) == 4

    class change:  # noqa: N801
        object: dict[str, str] = {}  # noqa: RUF012

    for call in calls:
        assert isinstance(eval(call, {"outcomes": outcomes, "change": change}), outcomes.Outcome)


def test_the_settings_of_the_readme_are_settings(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    file = tmp_path / "marketplacer-callback.toml"
    file.write_text(block)
    environ = {
        "MARKETPLACER_REDIS_URL": "redis://localhost",
        "MARKETPLACER_API_KEY": "key",
        "MARKETPLACER_WEBHOOK_SECRETS": "secret",
    }
    settings = Settings.load(file, environ=environ)
    assert settings.problems_for_worker() == settings.problems_for_receiver() == ()
    assert [route.name for route in settings.routes] == ["paid-orders"]


def test_every_command_that_is_shown_exists() -> None:
    shown = {
        match.group(1)
        for path in MARKDOWN
        for match in re.finditer(
            r"marketplacer-callback ((?:dead |queries |schema |sandbox (?=fail))?[a-z]+)", path.read_text()
        )
    }
    assert {"init", "check", "run", "worker", "show", "status", "dead list", "fetch", "refresh"} <= shown
    for command in shown - {"in", "is", "and"}:
        found: click.Command | None = commands
        for word in command.split():
            assert isinstance(found, click.Group), command
            found = found.get_command(click.Context(found), word)
        assert found is not None, f"`marketplacer-callback {command}` is in the documents, and not a command"


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", " ".join(blocks("console")))) <= targets


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_it_says_that_it_is_unofficial() -> None:
    assert "unofficial" in README
    assert "not affiliated" in README
