"""Everything that is built can be said in one TOML file, and one instance needs no file at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.settings import (
    Address,
    InstanceSettings,
    JsonlSinkSettings,
    LaneSettings,
    RedisSettings,
    RouteSettings,
    Settings,
)

WHOLE = """
app = "shop.integration:integration"
queries = "documents"
redis = { url = "env:REDIS_URL", durability = "everysec", max_backlog = 5_000, app = "shop" }
keep = { digests = "10d", dead_letters = "36h" }
receiver = { listen = "[::1]:9000", path = "/hooks/", bad_signature = 401, max_body = "512KiB" }
worker = { processes = 4, handler_timeout = "90s", stop_within = "10s", settle = "1.5s", second_look = "always" }
log = { format = "json", level = "debug" }
[instances.bestfriendbazaar]
url = "https://bestfriendbazaar.example/graphql"
role = "seller"
api_key = "env:BFB_API_KEY"
basic_auth = "env:BFB_BASIC_AUTH"
webhook_secrets = ["env:BFB_HMAC", "file:secrets/old"]
webhook_header = { name = "auth-key", value = "env:BFB_HEADER" }
requests_per_10s = 300
[lanes]
fast = { types = ["Invoice"], attempts = 7 }
slow = { cooldown = "0s" }
[sinks]
archive = { type = "jsonl", path = "out/{typename}.jsonl" }
shown = { type = "log" }
[[routes]]
name = "orders"
types = ["Invoice"]
where = { "/statusFlags" = "PAID", "/a~1b" = [1, "x", true] }
only = "first"
to = ["archive", "shown"]
[[routes]]
name = "stock"
types = ["Variant"]
document = "VariantInventory"
lane = "slow"
skip_unchanged = false
deletions = "ignore"
to = ["archive"]
"""
ENVIRONMENT = {
    "REDIS_URL": "redis://:password@redis:6379/0",
    "BFB_API_KEY": "the key",
    "BFB_BASIC_AUTH": "user:word",
    "BFB_HMAC": "new",
    "BFB_HEADER": "static",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "old").write_text("from a file\n")
    (tmp_path / "documents").mkdir()
    path = tmp_path / "marketplacer-callback.toml"
    path.write_text(WHOLE)
    return path


def test_every_key_of_the_file_arrives(file: Path) -> None:
    settings = Settings.load(file, environ=ENVIRONMENT)
    assert (settings.app, settings.queries) == ("shop.integration:integration", file.parent / "documents")
    assert settings.redis.url is not None
    assert settings.redis.url.get_secret_value() == ENVIRONMENT["REDIS_URL"]
    assert (settings.redis.durability, settings.redis.max_backlog, settings.redis.app) == ("everysec", 5000, "shop")
    assert (settings.keep.digests, settings.keep.dead_letters) == (timedelta(days=10), timedelta(hours=36))
    assert (settings.receiver.listen, settings.receiver.path) == (Address("::1", 9000), "/hooks")
    assert (settings.receiver.bad_signature, settings.receiver.max_body) == (401, 512 * 1024)
    assert settings.worker.processes == 4
    assert settings.worker.settle == timedelta(seconds=1.5)
    assert (settings.log.format, settings.log.level) == ("json", "debug")
    assert (settings.source, settings.folder) == (file, file.parent)


def test_secrets_come_from_where_the_references_point(file: Path) -> None:
    instance = Settings.load(file, environ=ENVIRONMENT).instances["bestfriendbazaar"]
    assert instance.api_key is not None
    assert instance.basic_auth is not None
    assert instance.webhook_header is not None
    assert instance.webhook_header.value is not None
    assert instance.api_key.get_secret_value() == "the key"
    assert instance.basic_auth.get_secret_value() == "user:word"
    assert [one.get_secret_value() for one in instance.webhook_secrets] == ["new", "from a file"]
    assert (instance.webhook_header.name, instance.webhook_header.value.get_secret_value()) == ("auth-key", "static")


def test_routes_and_sinks_arrive_as_they_are_written(file: Path) -> None:
    settings = Settings.load(file, environ=ENVIRONMENT)
    orders, stock = settings.routes
    assert orders.where == {"/statusFlags": "PAID", "/a~1b": (1, "x", True)}
    assert (orders.only, orders.deletions, orders.skip_unchanged, orders.lane) == ("first", "send", True, None)
    assert (stock.document, stock.lane, stock.deletions, stock.skip_unchanged) == (
        "VariantInventory",
        "slow",
        "ignore",
        False,
    )
    archive = settings.sinks["archive"]
    assert isinstance(archive, JsonlSinkSettings)
    assert archive.path == "out/{typename}.jsonl"


def test_both_lanes_always_exist_and_keep_the_defaults_that_are_not_overridden(file: Path) -> None:
    lanes = Settings.load(file, environ=ENVIRONMENT).lanes
    assert lanes["fast"] == LaneSettings(types=("Invoice",), reserve=0.3, attempts=7)
    assert lanes["slow"] == LaneSettings(attempts=12, cooldown=timedelta(0))
    assert Settings().lanes["fast"].attempts == 20


def test_a_type_that_lane_slow_names_is_not_fast_by_default() -> None:
    settings = Settings(lanes={"slow": LaneSettings(types=("Variant",))})
    assert settings.lane_of("Variant") == "slow"
    assert settings.lane_of("Invoice") == "fast"
    assert settings.lane_of("Advert") == "slow"


def test_one_instance_needs_only_four_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(
        environ={
            "MARKETPLACER_URL": "https://shop.example/graphql",
            "MARKETPLACER_API_KEY": "key",
            "MARKETPLACER_WEBHOOK_SECRETS": "new, old",
            "MARKETPLACER_REDIS_URL": "redis://localhost:6379/0",
        }
    )
    assert settings.only_instance() == "default"
    secrets = settings.instances["default"].webhook_secrets
    assert [one.get_secret_value() for one in secrets] == ["new", "old"]
    assert settings.source is None
    assert (settings.problems_for_receiver(), settings.problems_for_worker()) == ((), ())


def test_the_file_in_the_working_directory_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert Settings.load(environ=ENVIRONMENT).source == file


def test_variables_lie_over_the_file(file: Path) -> None:
    settings = Settings.load(
        file,
        environ={
            **ENVIRONMENT,
            "MARKETPLACER_WORKER__PROCESSES": "3",
            "MARKETPLACER_RECEIVER__BAD_SIGNATURE": "503",
            "MARKETPLACER_LANES__FAST__TYPES": "Variant,Invoice",
            "MARKETPLACER_SINKS__ARCHIVE__PATH": "/var/out.jsonl",
            "MARKETPLACER_INSTANCES__BESTFRIENDBAZAAR__WEBHOOK_HEADER__VALUE": "other",
            "MARKETPLACER_API_KEY": "file:secrets/old",
            "MARKETPLACER_APP": "a.b:c",
        },
    )
    instance = settings.instances["bestfriendbazaar"]
    assert settings.worker.processes == 3
    assert settings.receiver.bad_signature == 503
    assert settings.lanes["fast"].types == ("Variant", "Invoice")
    assert settings.sinks["archive"] == JsonlSinkSettings(type="jsonl", path="/var/out.jsonl")
    assert instance.webhook_header is not None
    assert instance.webhook_header.value is not None
    assert instance.webhook_header.value.get_secret_value() == "other"
    assert instance.api_key is not None
    assert instance.api_key.get_secret_value() == "from a file"
    assert settings.app == "a.b:c"


def test_a_variable_reaches_an_instance_with_a_dash_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[instances.best-friend]\nurl = "https://a.example/graphql"\n')
    settings = Settings.load(path, environ={"MARKETPLACER_INSTANCES__BEST_FRIEND__REQUESTS_PER_10S": "30"})
    assert settings.instances["best-friend"].requests_per_10s == 30


def test_code_may_build_settings_and_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETPLACER_WORKER__PROCESSES", "7")
    settings = Settings(
        instances={"shop": InstanceSettings(url="https://a.example/graphql")},
        sinks={"archive": JsonlSinkSettings(type="jsonl", path="a.jsonl")},
        routes=(RouteSettings(name="a", types=("Advert",), to=("archive",)),),
    )
    assert settings.worker.processes == 1
    assert settings.instances["shop"].url == "https://a.example/graphql"
    assert settings.routes[0].to == ("archive",)
    assert settings.folder == Path.cwd()


def test_code_gets_the_same_checks() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(
            routes=(RouteSettings(name="a", types=("Advert",), to=("archive",)),),
            instances={"Shop": InstanceSettings()},
            redis=RedisSettings(),
        )
    assert set(caught.value.problems) == {
        "routes[0].to: no sink is called 'archive'; there are none",
        (
            "instances.Shop: an instance is named by the Marketplacer-Vertical in lower case: "
            "letters, digits, '-' and single '_'"
        ),
    }


def test_the_only_instance_is_known_only_if_there_is_one() -> None:
    two = Settings(instances={"b": InstanceSettings(), "a": InstanceSettings()})
    with pytest.raises(ConfigurationError, match="say which one is meant; there are: a, b"):
        two.only_instance()
    with pytest.raises(ConfigurationError, match="there are: none"):
        Settings().only_instance()


def test_without_a_folder_the_documents_of_the_package_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplacer_callback.bundled import default_queries

    monkeypatch.chdir(tmp_path)
    settings = Settings.load(environ={})
    assert settings.queries == default_queries()
    assert settings.schema_file == tmp_path / "schema.graphqls"
    (tmp_path / "queries").mkdir()
    settings = Settings.load(environ={})
    assert (settings.queries, settings.schema_file) == (tmp_path / "queries", tmp_path / "schema.graphqls")
