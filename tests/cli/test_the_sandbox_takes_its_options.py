"""Each option of ``sandbox`` has its effect on the sandbox that is made, and a wrong one is told with exit code 2."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest
from cli_desk import Run

from marketplacer_callback.cli.sandbox import sandbox as command
from marketplacer_callback.cli.sandbox_arguments import made_sandbox
from marketplacer_callback.documents.schema import BUNDLED_SCHEMA
from marketplacer_callback.sandbox import Choices, Sandbox

QUERY = "query($id: ID!) { node(id: $id) { __typename id ... on Advert { title } } }"


def made(*arguments: object) -> Sandbox:
    context = command.make_context("sandbox", [str(one) for one in arguments])
    return made_sandbox(context.params)


def test_what_is_sold_follows_seed_adverts_variants_and_currency() -> None:
    first, again = made("--adverts", 7, "--variants", 2), made("--adverts", 7, "--variants", 2)
    assert len(first.store.all("Advert")) == 7
    assert {len(advert["variants"]) for advert in first.store.all("Advert")} == {2}
    titles = [advert["title"] for advert in first.store.all("Advert")]
    assert [advert["title"] for advert in again.store.all("Advert")] == titles
    assert [advert["title"] for advert in made("--adverts", 7, "--seed", 2).store.all("Advert")] != titles
    assert made("--adverts", 2, "--currency", "EUR").store.currency == "EUR"


def test_the_schema_is_the_files(tmp_path: Path) -> None:
    file = tmp_path / "own.graphqls"
    file.write_text(f"{BUNDLED_SCHEMA.read_text()}\ntype OnlyHere {{ id: ID! }}")
    assert "OnlyHere" in made("--adverts", 1, "--schema", file).executor.schema.type_map


def test_keys_have_their_roles_sellers_and_scopes() -> None:
    seller = made("--adverts", 2).store.all("Seller")[1]["id"]
    main, first, second = made(
        "--adverts", 2, "--api-key", "main", "--scopes", "adverts:read, orders:write",
        "--seller-key", "one", "--seller-key", f"two={seller}",
    ).keys.api_keys  # fmt: skip
    assert (main.key, main.role, main.scopes) == ("main", "operator", {"adverts:read", "orders:write"})
    assert (first.key, first.role, first.seller, first.scopes) == ("one", "seller", None, None)
    assert (second.key, second.role, second.seller) == ("two", "seller", seller)
    assert made("--adverts", 1, "--role", "seller").keys.api_keys[0].role == "seller"
    assert made("--adverts", 1).keys.api_keys[0].scopes is None
    assert made("--adverts", 1, "--scopes", "").keys.api_keys[0].scopes == frozenset()


def test_basic_auth_guards_it() -> None:
    assert made("--adverts", 1, "--basic-auth", "shop:pass:word").keys.basic == "shop:pass:word"
    assert made("--adverts", 1).keys.basic is None


def test_rate_limits_are_the_documented_ones_unless_they_are_off() -> None:
    limits = made("--adverts", 1).traffic.limits
    assert limits is not None
    assert (limits.per_ip, limits.per_key, limits.per_operator) == (600, 750, 1200)
    assert made("--adverts", 1, "--no-rate-limits").traffic.limits is None


def test_retries_come_as_much_faster_as_told() -> None:
    assert made("--adverts", 1, "--time-scale", 3600)._retries.scaled(3600) == 1
    assert made("--adverts", 1)._retries.scaled(60) == 1


def test_choices_are_made_one_by_one() -> None:
    choices = made("--adverts", 1, "--choose", "destroy_node=null", "--choose", "max_depth=5").choices
    assert choices == Choices(destroy_node="null", max_depth=5)


def test_the_help_lists_every_choice_and_its_values(mc: Run) -> None:
    told = " ".join(mc("sandbox", "--help").stdout.split())
    hints = get_type_hints(Choices)
    for field in dataclasses.fields(Choices):
        values = [value for value in get_args(hints[field.name]) if isinstance(value, str)]
        assert f"{field.name} ({', '.join(values)})" in told if values else field.name in told


def test_webhooks_prove_themselves_and_say_what_they_are_told_to(tmp_path: Path) -> None:
    query = tmp_path / "advert.graphql"
    query.write_text(QUERY)
    webhook = made(
        "--adverts", 1, "--webhook-url", "http://127.0.0.1:9/{typename}", "--secret", "s", "--webhook-query",
        f"Advert={query}",
    ).webhooks.webhook("Advert")  # fmt: skip
    assert (webhook.url, webhook.hmac_key, webhook.query) == ("http://127.0.0.1:9/Advert", "s", QUERY)
    static = made("--adverts", 1, "--webhook-header", "auth-key=v=1").webhooks.webhook("Advert")
    assert (static.hmac_key, dict(static.headers)) == (None, {"auth-key": "v=1"})
    assert made("--adverts", 1, "--webhook-url", "").webhooks.all() == []


def test_a_plan_is_in_force_from_the_start(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[fault]]\nstatus = 503\noperation = "Advert*"\n')
    [fault] = made("--adverts", 1, "--faults", plan).faults.in_force()
    assert (fault.fault.status, fault.fault.operation) == (503, "Advert*")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--schema", "nowhere.graphqls"), "'nowhere.graphqls' does not exist"),
        (("--schema", "broken.graphqls"), "broken.graphqls:2:1: the schema is not valid SDL"),
        (("--choose", "weather=fine"), "'weather' is not a choice of the sandbox; one of destroy_node, "),
        (("--choose", "destroy_node=fine"), "destroy_node=fine: expected one of twin, null, last"),
        (("--choose", "destroy_node"), "'destroy_node': expected NAME=VALUE"),
        (("--faults", "nowhere.toml"), "'nowhere.toml' does not exist"),
        (("--faults", "bad.toml"), "bad.toml:2: "),
        (("--faults", "bad.json"), "bad.json:1:"),
        (("--basic-auth", "nobody"), "--basic-auth: expected user:password"),
        (("--scopes", "adverts"), "'adverts': expected resource:level"),
        (("--scopes", "adverts:own"), "'adverts:own': expected resource:level"),
        (("--seller-key", "key="), "--seller-key: expected KEY or KEY=SELLER_ID"),
        (("--seller-key", "key=nobody"), "a key is for the seller 'nobody'"),
        (("--seller-key", "sandbox-key"), "two of the sandbox's API keys are the same"),
        (("--webhook-query", "Advert=nowhere.graphql"), "nowhere.graphql cannot be read"),
        (("--webhook-query", "Adverts=bad.json"), "'Adverts': there are no webhooks of this type"),
        (("--webhook-url", "nowhere"), "--webhook-url: 'nowhere': expected http://host/path"),
        (("--webhook-url", "http://host:port/"), "--webhook-url: 'http://host:port/': expected http://host/path"),
        (("--webhook-header", "nothing"), "'nothing': expected NAME=VALUE"),
        (("--listen", "nowhere"), "--listen"),
        (("--time-scale", "0"), "0"),
    ],
)
def test_a_wrong_option_is_told_and_nothing_starts(
    mc: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "broken.graphqls").write_text("type Query {\n}\n")
    (tmp_path / "bad.toml").write_text("[[fault]]\nstatus = 'high'\n")
    (tmp_path / "bad.json").write_text("{fault}")
    result = mc("sandbox", "--adverts", 2, *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_secrets_are_not_repeated_in_errors(mc: Run) -> None:
    result = mc("sandbox", "--adverts", 2, "--api-key", "hush", "--seller-key", "hush")
    assert result.exit_code == 2
    assert "hush" not in result.stderr


def test_a_running_one_has_these_commands() -> None:
    assert isinstance(command, click.Group)
    assert set(command.commands) == {
        "change", "destroy", "objects", "fail", "disturb", "faults", "held", "release", "deliveries", "journal",
        "webhooks", "reset",
    }  # fmt: skip
