"""No secret appears in an error, a repr or a str, wherever it was written."""

from __future__ import annotations

import string
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.settings import HeaderSettings, InstanceSettings, Settings

secrets = st.text(alphabet=string.ascii_letters + string.digits + "+/=:@-_", min_size=12, max_size=40).map("S3".__add__)
PLACES = ("api_key", "basic_auth", "url", "role", "webhook_secrets", "requests_per_10s", "webhook_header")


@pytest.mark.parametrize(
    ("key", "written", "remedy"),
    [
        ("api_key", '"{}"', '"env:SHOP_A_API_KEY" or "file:/run/secrets/shop_a_api_key"'),
        ("basic_auth", '"{}:x"', '"env:SHOP_A_BASIC_AUTH" or "file:/run/secrets/shop_a_basic_auth"'),
        ("webhook_secrets", '["{}"]', '"env:SHOP_A_WEBHOOK_SECRETS" or "file:/run/secrets/shop_a_webhook_secrets"'),
        (
            "webhook_header",
            '{{ name = "x", value = "{}" }}',
            '"env:SHOP_A_WEBHOOK_HEADER_VALUE" or "file:/run/secrets/shop_a_webhook_header_value"',
        ),
    ],
)
def test_a_secret_in_the_file_is_refused_with_the_remedy(tmp_path: Path, key: str, written: str, remedy: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"[instances.shop-a]\n{key} = {written.format('hunter2hunter2')}\n")
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(path, environ={})
    (line,) = caught.value.problems
    assert line.startswith(f"{path}:2: instances.shop-a.{key}")
    assert line.endswith(
        f"the secret itself stands in the file; put it into an environment variable or a file and write {remedy}"
    )


def test_only_a_url_with_a_password_is_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('redis = { url = "redis://:hunter2@r" }')
    with pytest.raises(
        ConfigurationError, match=r'a password stands in the file; put it .* write "env:REDIS_URL"'
    ) as caught:
        Settings.load(path, environ={})
    assert "hunter2" not in str(caught.value)
    path.write_text('redis = { url = "redis://localhost" }')
    assert Settings.load(path, environ={}).redis.url is not None


def _everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_written(below)}" for key, below in value.items()) + " }"
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list) else f"'{value}'"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=secrets, place=st.sampled_from(PLACES), wrap=st.sampled_from(["plain", "list", "table"]))
def test_no_error_shows_a_secret_that_stands_anywhere_in_an_instance(
    tmp_path: Path, secret: str, place: str, wrap: str
) -> None:
    value: Any = {"plain": secret, "list": [secret], "table": {"value": secret}}[wrap]
    path = tmp_path / "x.toml"
    path.write_text(f"[instances.a]\nunknown = '{secret}'\n{place} = {_written(value)}\n")
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(path, environ={"MARKETPLACER_API_KY": secret})
    assert secret not in _everything_said(caught.value)
    with pytest.raises(ConfigurationError) as caught:
        Settings(instances={"a": {place: value, "unknown": secret}})  # type: ignore[dict-item]
    assert secret not in _everything_said(caught.value)


@settings(max_examples=40, deadline=None)
@given(
    secret=secrets, key=st.sampled_from(["WORKER__PROCESSES", "WORKER__SETTLE", "RECEIVER__LISTEN", "REDIS_URL", "URL"])
)
def test_no_error_shows_a_secret_in_the_wrong_variable(secret: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(environ={f"MARKETPLACER_{key}": secret})
    assert secret not in _everything_said(caught.value)


@settings(max_examples=40, deadline=None)
@given(secret=secrets)
def test_neither_repr_nor_str_shows_a_secret(secret: str) -> None:
    environ = {
        "MARKETPLACER_API_KEY": secret,
        "MARKETPLACER_WEBHOOK_SECRETS": f"x,{secret}",
        "MARKETPLACER_REDIS_URL": f"redis://:{quote(secret, safe='')}@r",
        "MARKETPLACER_INSTANCES__DEFAULT__BASIC_AUTH": f"user:{secret}",
        "MARKETPLACER_INSTANCES__DEFAULT__WEBHOOK_HEADER__NAME": "auth-key",
        "MARKETPLACER_INSTANCES__DEFAULT__WEBHOOK_HEADER__VALUE": secret,
    }
    loaded = Settings.load(environ=environ)
    api_key = loaded.instances["default"].api_key
    assert api_key is not None
    assert api_key.get_secret_value() == secret
    for shown in (repr(loaded), str(loaded), repr(loaded.instances), loaded.model_dump_json(), f"{loaded.redis}"):
        assert secret not in shown
        assert quote(secret, safe="") not in shown


@pytest.mark.parametrize("text", ["env:BFB_API_KEY", "file:/run/secrets/key"])
def test_a_reference_in_code_is_refused_since_nobody_would_resolve_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is a reference, and those are resolved once, by Settings.load"):
        Settings(instances={"a": {"webhook_secrets": [text]}})  # type: ignore[dict-item]


@pytest.mark.parametrize("text", ["a\nb", "a\0b", " a"])
def test_a_secret_that_cannot_be_a_header_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"instances\.a\.webhook_header\.value: has spaces"):
        Settings(instances={"a": {"webhook_header": {"name": "x", "value": text}}})  # type: ignore[dict-item]


def test_a_model_shows_no_value_when_it_is_built_by_itself() -> None:
    with pytest.raises(ValueError, match="Input should be") as caught:
        InstanceSettings.model_validate({"role": "hunter2", "webhook_header": HeaderSettings(name="x")})
    assert "hunter2" not in str(caught.value)
