"""A receiver needs no API key, a worker no webhook secrets: a reference that leads nowhere matters to who needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplacer_callback.settings import InstanceSettings, RedisSettings, Settings

TEXT = """
redis = { url = "env:REDIS_URL" }
[instances.a]
url = "https://a.example/graphql"
api_key = "env:A_KEY"
basic_auth = "env:A_BASIC"
webhook_secrets = ["env:A_HMAC", "file:old"]
"""


def load(tmp_path: Path, text: str = TEXT, **environ: str) -> Settings:
    path = tmp_path / "x.toml"
    path.write_text(text)
    return Settings.load(path, environ=environ)


def lines(problems: tuple[str, ...], tmp_path: Path) -> list[str]:
    return [line.replace(str(tmp_path / "x.toml"), "F") for line in problems]


def test_a_receiver_runs_without_the_api_key(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    settings = load(tmp_path, REDIS_URL="redis://r", A_HMAC="s")
    assert settings.problems_for_receiver() == ()
    assert lines(settings.problems_for_worker(), tmp_path) == [
        "F:5: instances.a.api_key: environment variable A_KEY is not set",
        "F:6: instances.a.basic_auth: environment variable A_BASIC is not set",
    ]


def test_a_worker_runs_without_the_webhook_secrets(tmp_path: Path) -> None:
    settings = load(tmp_path, REDIS_URL="redis://r", A_KEY="k", A_BASIC="u:p", A_HMAC=" ")
    assert settings.problems_for_worker() == ()
    assert lines(settings.problems_for_receiver(), tmp_path) == [
        "F:7: instances.a.webhook_secrets[0]: environment variable A_HMAC is empty",
        "F:7: instances.a.webhook_secrets[1]: file old cannot be read: No such file or directory",
    ]


def test_without_credentials_no_delivery_is_received() -> None:
    settings = Settings(redis=RedisSettings.model_validate({"url": "redis://r"}), instances={"a": InstanceSettings()})
    assert settings.problems_for_receiver() == (
        (
            "instances.a: no webhook_secrets and no webhook_header, so no delivery could be told from a forged one; "
            'set webhook_secrets = ["env:…"] or the variable MARKETPLACER_WEBHOOK_SECRETS'
        ),
    )
    assert settings.problems_for_worker() == (
        'instances.a.url: is missing; set url = "https://…/graphql" or the variable MARKETPLACER_URL',
        'instances.a.api_key: is missing; set api_key = "env:…" or the variable MARKETPLACER_API_KEY',
    )


def test_a_header_without_its_value_is_no_credential(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[instances.a]\nwebhook_header = { name = "auth-key" }', MARKETPLACER_REDIS_URL="redis://r"
    )
    assert lines(settings.problems_for_receiver(), tmp_path) == [
        'F:2: instances.a.webhook_header.value: is missing; set value = "env:…"'
    ]


@pytest.mark.parametrize("which", ["problems_for_receiver", "problems_for_worker"])
def test_nobody_runs_without_redis_or_instances(which: str) -> None:
    assert getattr(Settings(), which)() == (
        'redis.url: is missing; set redis = { url = "env:REDIS_URL" } or the variable MARKETPLACER_REDIS_URL',
        "instances: there is none; add a table [instances.<name>], or set MARKETPLACER_URL and the variables beside it",
    )


def test_a_folder_of_documents_that_is_named_must_be_there_for_a_worker(tmp_path: Path) -> None:
    text = 'queries = "documents"\n' + TEXT
    settings = load(tmp_path, text, REDIS_URL="redis://r", A_KEY="k", A_BASIC="u:p")
    assert lines(settings.problems_for_worker(), tmp_path) == ["F:1: queries: there is no folder documents"]
    (tmp_path / "documents").mkdir()
    assert load(tmp_path, text, REDIS_URL="redis://r", A_KEY="k", A_BASIC="u:p").problems_for_worker() == ()


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://shop.example/graphql", False),
        ("http://127.0.0.1:8300/graphql", False),
        ("http://[::1]:8300/graphql", False),
        ("http://localhost:8300/graphql", False),
        ("http://shop.example/graphql", True),
        ("http://10.0.0.7/graphql", True),
    ],
)
def test_an_api_key_that_would_go_out_unencrypted_is_warned_of(url: str, warned: bool) -> None:
    host = url.split("/")[2]
    expected = (f"instances.a.url: http to {host} sends the API key in clear; use https",) if warned else ()
    assert Settings(instances={"a": {"url": url, "api_key": "k"}}).warnings() == expected
