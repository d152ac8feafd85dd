"""A mistake in the settings is told with its line or its variable and what was expected, and all are told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.settings import Settings


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """The lines of the error, with the file as ``F``."""
    path = tmp_path / "marketplacer-callback.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(path, environ=environ)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [line.replace(str(path), "F") for line in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("worker = 3", "F:1: worker: expected a table"),
        ('[worker]\nprocesses = "two"', "F:2: worker.processes: expected a whole number"),
        ("[worker]\nprocesses = 0", "F:2: worker.processes: expected at least 1"),
        (
            "worker = { settle = 3 }",
            'F:1: worker.settle: expected a duration with its unit: "250ms", "3s", "10m", "1h" or "400d"',
        ),
        ('worker = { settle = "0s" }', "F:1: worker.settle: expected a duration longer than nothing"),
        ('keep.digests = "40000d"', 'F:1: keep.digests: expected a duration between "0s" and "36500d"'),
        (
            'worker = { second_look = "sometimes" }',
            "F:1: worker.second_look: expected 'doubtful', 'always' or 'never'",
        ),
        (
            '[receiver]\n\nmax_body = "10 MB"',
            (
                'F:3: receiver.max_body: expected a size with its unit, such as "10MiB" or "500kB", '
                "or a whole number of bytes"
            ),
        ),
        ("receiver = { bad_signature = 400 }", "F:1: receiver.bad_signature: expected 503 or 401"),
        (
            'receiver = { listen = "8080" }',
            'F:1: receiver.listen: expected host:port, such as "0.0.0.0:8080" or "[::]:8080"',
        ),
        (
            'receiver = { path = "/ready" }',
            'F:1: receiver.path: expected a path such as "/marketplacer"; /live, /ready and /metrics are taken',
        ),
        (
            'receiver = { path = "/" }',
            'F:1: receiver.path: expected a path such as "/marketplacer"; /live, /ready and /metrics are taken',
        ),
        ('app = "shop"', 'F:1: app: expected module:name of an Integration, such as "shop.integration:integration"'),
        ('log = { level = "loud" }', "F:1: log.level: expected 'debug', 'info', 'warning' or 'error'"),
        (
            'redis = { url = "http://x" }',
            (
                "F:1: redis.url: expected a URL such as redis://localhost:6379/0, rediss://… or unix://…; "
                "write / ? # @ of a password as %2F %3F %23 %40"
            ),
        ),
        (
            "[instances.BestFriend]",
            (
                "F:1: instances.BestFriend: an instance is named by the Marketplacer-Vertical in lower case: "
                "letters, digits, '-' and single '_'"
            ),
        ),
        (
            '[instances.a]\nurl = "shop.example"',
            "F:2: instances.a.url: expected the GraphQL endpoint, such as https://shop.example/graphql",
        ),
        ('[instances.a]\nrole = "buyer"', "F:2: instances.a.role: expected 'operator' or 'seller'"),
        ("[instances.a]\nwebhook_header = { }", "F:2: instances.a.webhook_header.name: is missing"),
        ("[lanes]\nmiddle = {}", "F:2: lanes.middle: there are two lanes: fast and slow"),
        ("[lanes]\nfast = { reserve = 1.5 }", "F:2: lanes.fast.reserve: expected less than 1.0"),
        ("[lanes.slow]\nreserve = 0.2", "F:2: lanes.slow.reserve: only lane fast has a reserve; take it out"),
        (
            '[lanes]\nfast = { types = ["Advert"] }\nslow = { types = ["Advert"] }',
            "F:3: lanes.slow.types: Advert: in lane fast as well; a type is in one lane",
        ),
        ("[sinks]\na = {}", "F:2: sinks.a.type: expected 'log' or 'jsonl'"),
        ('[sinks]\na = { type = "xml" }', "F:2: sinks.a.type: expected 'log' or 'jsonl'"),
        (
            '[sinks.a]\ntype = "jsonl"\npath = "{id}.jsonl"',
            (
                'F:3: sinks.a.path: expected a file, such as "out/{typename}.jsonl"; '
                "{typename} and {instance} are filled in"
            ),
        ),
        ('[sinks.a]\ntype = "jsonl"', "F:1: sinks.a.path: is missing"),
    ],
)
def test_a_wrong_value_names_its_line_and_what_is_expected(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("types = []", "F:5: routes[0].types: expected at least one"),
        ('types = ["Ad vert"]', 'F:5: routes[0].types[0]: expected the name of a GraphQL type, such as "Advert"'),
        (
            'types = ["Order"]',
            "F:5: routes[0].types[0]: Order has no webhook of its own; its changes come with Invoice: name that type",
        ),
        ('to = ["archiv"]', "F:5: routes[0].to: no sink is called 'archiv'; did you mean 'archive'?"),
        ("to = []", "F:5: routes[0].to: expected at least one"),
        ('lane = "middle"', "F:5: routes[0].lane: expected 'fast' or 'slow'"),
        ('only = "last"', "F:5: routes[0].only: expected 'first'"),
        ('name = "a b"', "F:5: routes[0].name: expected a name of letters, digits, '.', '_' and '-', at most 100"),
        (
            'where = { "statusFlags" = "PAID" }',
            (
                'F:5: routes[0].where.statusFlags: expected a JSON pointer (RFC 6901), such as "/statusFlags"; '
                "in a key, ~0 is '~' and ~1 is '/'"
            ),
        ),
        (
            'where = { "/a" = 2020-01-01 }',
            "F:5: routes[0].where./a: expected a text, a number, true or false, or a list of these (one of them)",
        ),
        ('wher = { "/a" = 1 }', "F:5: routes[0].wher: unknown key; did you mean 'where'?"),
        ('changed = ["/a"]', "F:5: routes[0].changed: not available yet; take it out"),
    ],
)
def test_a_wrong_route_names_its_line_and_what_is_expected(tmp_path: Path, route: str, expected: str) -> None:
    whole = {"name": '"r"', "types": '["Advert"]', "to": '["archive"]'}
    whole.pop(route.partition(" ")[0], None)
    rest = "\n".join(f"{key} = {value}" for key, value in whole.items())
    text = f'[sinks]\narchive = {{ type = "log" }}\n\n[[routes]]\n{route}\n{rest}\n'
    assert problems(tmp_path, text) == [expected]


def test_two_routes_cannot_have_one_name(tmp_path: Path) -> None:
    text = '[sinks.a]\ntype = "log"\n' + '[[routes]]\nname = "r"\ntypes = ["Advert"]\nto = ["a"]\n' * 2
    assert problems(tmp_path, text) == ["F:8: routes[1].name: 'r' is taken by a route above; each has its own"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('effects = { mode = "live" }', "effects"),
        ('[webhooks]\nurl = "https://a.example"', "webhooks"),
        ("sweeps = []", "sweeps"),
        ('worker = { metrics = "127.0.0.1:9464" }', "worker.metrics"),
        ('keep = { effects = "400d" }', "keep.effects"),
        ('[instances.a]\ncurrency = "AUD"', "instances.a.currency"),
    ],
)
def test_what_is_not_built_yet_is_refused(tmp_path: Path, text: str, key: str) -> None:
    (line,) = problems(tmp_path, text)
    assert re.fullmatch(rf"F:\d: {re.escape(key)}: not available yet; take it out", line)


@pytest.mark.parametrize(
    ("kind", "named"), [("http", '"http"'), ("redis-stream", '"redis-stream"'), ("a:B", "a class of your own")]
)
def test_a_sink_that_is_not_built_yet_is_refused_and_its_routes_are_not_blamed(
    tmp_path: Path, kind: str, named: str
) -> None:
    text = f'[sinks]\ns = {{ type = "{kind}", url = "x" }}\n[[routes]]\nname = "r"\ntypes = ["Advert"]\nto = ["s"]\n'
    assert problems(tmp_path, text) == [f"F:2: sinks.s.type: {named} is not available yet; there are: log, jsonl"]


def test_an_unknown_key_comes_with_a_suggestion(tmp_path: Path) -> None:
    assert problems(tmp_path, "[worker]\nproceses = 2") == [
        "F:2: worker.proceses: unknown key; did you mean 'processes'?"
    ]
    assert problems(tmp_path, "[logg]\n") == ["F:1: logg: unknown key; did you mean 'log'?"]
    assert problems(tmp_path, "redis = { tls = true }") == [
        "F:1: redis.tls: unknown key; known: app, durability, max_backlog, url"
    ]


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("MARKETPLACER_WORKER__PROCESES", "not a setting; did you mean 'MARKETPLACER_WORKER__PROCESSES'?"),
        ("MARKETPLACER_WORKER_PROCESSES", "not a setting; did you mean 'MARKETPLACER_WORKER__PROCESSES'?"),
        ("MARKETPLACER_WEBHOOK_SECRET", "not a setting; did you mean 'MARKETPLACER_WEBHOOK_SECRETS'?"),
        ("MARKETPLACER_INSTANCES__A__API_KY", "not a setting; did you mean 'MARKETPLACER_INSTANCES__A__API_KEY'?"),
        ("MARKETPLACER_COLOUR", "not a setting; no setting has a name like it"),
        ("MARKETPLACER_", "not a setting; no setting has a name like it"),
        ("MARKETPLACER_WORKER", "worker is a table; set its keys one by one: MARKETPLACER_WORKER__<KEY>"),
        ("MARKETPLACER_ROUTES__0__NAME", "routes is a list of tables; only the TOML file can hold it"),
    ],
)
def test_an_unknown_variable_comes_with_a_suggestion(tmp_path: Path, variable: str, expected: str) -> None:
    assert problems(tmp_path, "", **{variable: "1"}) == [f"environment variable {variable}: {expected}"]


def test_a_wrong_value_of_a_variable_names_the_variable(tmp_path: Path) -> None:
    assert problems(tmp_path, "[worker]\nprocesses = 2", MARKETPLACER_WORKER__PROCESSES="two") == [
        "environment variable MARKETPLACER_WORKER__PROCESSES: worker.processes: expected a whole number"
    ]
    assert problems(tmp_path, "", MARKETPLACER_EFFECTS__MODE="live") == [
        "environment variable MARKETPLACER_EFFECTS__MODE: effects: not available yet; take it out"
    ]


@pytest.mark.parametrize("value", ["5", '"x"', "[]"])
def test_a_table_that_is_none_is_named_also_where_a_variable_goes_into_it(tmp_path: Path, value: str) -> None:
    found = problems(tmp_path, f"instances = {value}", MARKETPLACER_INSTANCES__A__API_KEY="k")
    assert found
    assert all("instances: expected" in one for one in found)


def test_variables_without_an_instance_are_refused_where_there_are_several(tmp_path: Path) -> None:
    assert problems(tmp_path, "[instances.a]\n[instances.b]", MARKETPLACER_API_KEY="k") == [
        (
            "environment variable MARKETPLACER_API_KEY: there are several instances; say which: "
            "MARKETPLACER_INSTANCES__<NAME>__API_KEY"
        )
    ]


@pytest.mark.parametrize(
    "name",
    [
        "MARKETPLACER_SERVICE_HOST",
        "MARKETPLACER_SERVICE_PORT",
        "MARKETPLACER_SERVICE_PORT_HTTP",
        "MARKETPLACER_PORT",
        "MARKETPLACER_PORT_8080_TCP",
        "MARKETPLACER_PORT_8080_TCP_ADDR",
        "MARKETPLACER_CALLBACK_SERVICE_HOST",
        "MARKETPLACER_CALLBACK_PORT_80_TCP_PROTO",
        "PATH",
    ],
)
def test_variables_that_kubernetes_sets_are_not_ours(name: str) -> None:
    assert Settings.load(environ={name: "tcp://10.0.0.1:80"}).instances == {}


def test_a_port_that_is_a_number_is_somebodys_guess_at_a_setting_and_told_so() -> None:
    for name in ("MARKETPLACER_PORT", "MARKETPLACER_RECEIVER_PORT"):
        with pytest.raises(ConfigurationError, match=name):
            Settings.load(environ={name: "8081"})


def test_a_variable_that_a_reference_names_is_known(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[instances.a]\napi_key = "env:MARKETPLACER_KEY_OF_A"\n')
    settings = Settings.load(path, environ={"MARKETPLACER_KEY_OF_A": "k"})
    assert settings.instances["a"].api_key is not None


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        '[worker]\nprocesses = 0\nproceses = 2\n[instances.a]\napi_key = "literal"\n[effects]\n'
        '[[routes]]\nname = "r"\ntypes = ["Advert"]\nto = ["nowhere"]\nonly = "last"\n'
    )
    lines = problems(tmp_path, text, MARKETPLACER_COLOR="red", MARKETPLACER_LOG__LEVEL="loud")
    starts = [line.split(": ")[0] for line in lines]
    assert sorted(starts) == sorted(
        [
            *("F:2", "F:3", "F:5", "F:6", "F:10", "F:11"),
            "environment variable MARKETPLACER_COLOR",
            "environment variable MARKETPLACER_LOG__LEVEL",
        ]
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a = 1\nb = \n", "F:2:5: not valid TOML: "),
        ("[a\n", "F:1:3: not valid TOML: "),
        ('a = "never closed', "F:1:18: not valid TOML: "),
        ("a = 1\na = 2\n", "F:2:6: not valid TOML: "),
        ("a = " + "[" * 5000, "F: is not usable TOML: "),
    ],
)
def test_invalid_toml_is_told_with_line_and_column(tmp_path: Path, text: str, start: str) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(start)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read: No such file or directory"):
        Settings.load(missing, environ={})
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        Settings.load(tmp_path, environ={})
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe4"')
    with pytest.raises(ConfigurationError, match="is not UTF-8 at byte 5"):
        Settings.load(tmp_path / "latin.toml", environ={})
