"""``check`` finds every problem in one run, and says what is well."""

from __future__ import annotations

import json
from pathlib import Path

from cli_desk import Run


def told(mc: Run, *arguments: object, env: dict[str, str] | None = None) -> tuple[int, list[tuple[str, str]]]:
    result = mc("check", "--json", *arguments, env=env)
    problems = json.loads(result.stdout)["problems"]
    return result.exit_code, [(one["part"], one["message"]) for one in problems]


def test_all_is_well(mc: Run, at_work: Path) -> None:
    result = mc("check")
    assert result.exit_code == 0, result.output
    lines = [line.split()[:2] for line in result.stdout.splitlines()]
    assert lines[:-1] == [["ok", part] for part in ("settings", "app", "documents", "sinks", "redis", "api")]
    assert result.stdout.endswith("all is well\n")


def test_all_problems_at_once(mc: Run, at_work: Path) -> None:
    (at_work / "queries" / "Advert.graphql").unlink()
    (at_work / "queries" / "Taxon.graphql").write_text("query Taxon {")
    (at_work / "out").write_text("a file where a folder should be")
    env = {"MARKETPLACER_WEBHOOK_SECRETS": "", "MARKETPLACER_API_KEY": "wrong"}
    code, problems = told(mc, env=env)
    assert code == 1
    assert [part for part, _ in problems] == ["settings", "documents", "documents", "sinks", "api"]
    messages = "\n".join(message for _, message in problems)
    assert "instances.marketplace: no webhook_secrets" in messages
    assert "queries/Taxon.graphql:1:14" in messages
    assert "no query 'Advert'" in messages
    assert "sinks.archive" in messages
    assert "HTTP 401" in messages


def test_only_the_network_is_3(mc: Run, at_work: Path) -> None:
    away = {"MARKETPLACER_REDIS_URL": "redis://127.0.0.1:1/0", "MARKETPLACER_URL": "http://127.0.0.1:1/graphql"}
    code, problems = told(mc, env=away)
    assert code == 3
    assert [part for part, _ in problems] == ["redis", "api"]
    assert told(mc, "--offline", env=away) == (0, [])


def test_an_import_that_fails_is_a_problem_among_others(mc: Run, at_work: Path) -> None:
    (at_work / "integration.py").write_text("import nothere\n")
    code, problems = told(mc, "--offline", env={"MARKETPLACER_WEBHOOK_SECRETS": ""})
    assert code == 1
    assert [part for part, _ in problems] == ["settings", "app"]
    assert problems[1][1].startswith(f"{at_work}/integration.py:1: importing integration failed: ")


def test_the_key_of_the_other_role_is_a_problem(mc: Run, at_work: Path) -> None:
    config = at_work / "marketplacer-callback.toml"
    config.write_text(config.read_text().replace('role = "operator"', 'role = "seller"'))
    code, problems = told(mc)
    assert code == 3
    assert problems == [("api", 'instance marketplace: the API key is the operator\'s, but role = "seller"')]


def test_a_weaker_durability_is_a_warning(mc: Run, at_work: Path) -> None:
    result = mc("check", env={"MARKETPLACER_REDIS__DURABILITY": "memory"})
    assert result.exit_code == 0
    assert "warning  redis      instance marketplace: " in result.stdout
