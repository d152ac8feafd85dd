"""What goes wrong can be written down: a plan in TOML or JSON, for the API and for deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sandbox_asking import Hook
from sandbox_posting import NAME, advert, post, upsert

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.sandbox import Disturbance, Fault, Plan, Sandbox, SandboxClient, SandboxRefused

TOML = """
seed = 7

[[fault]]  # the first refund is answered by a gateway
operation = "externalId*"
status = 504
requests = 1

[[fault]]
latency_ms = 5
jitter_ms = 5
null = ["QWR2ZXJ0LTk5"]

[[delivery]]
types = ["Advert"]
duplicate = 1
"""
JSON = """{"seed": 7, "fault": [{"operation": "externalId*", "status": 504, "requests": 1},
{"latency_ms": 5, "jitter_ms": 5, "null": ["QWR2ZXJ0LTk5"]}], "delivery": [{"types": ["Advert"], "duplicate": 1}]}"""
WRITTEN = Plan(
    faults=(
        Fault(operation="externalId*", status=504, requests=1),
        Fault(latency_ms=5, jitter_ms=5, null=frozenset({"QWR2ZXJ0LTk5"})),
    ),
    deliveries=(Disturbance(types=frozenset({"Advert"}), duplicate=1),),
    seed=7,
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(("name", "text"), [("plan.toml", TOML), ("plan.json", JSON)])
def test_a_plan_is_read_from_toml_or_json(tmp_path: Path, name: str, text: str) -> None:
    assert Plan.read(written(tmp_path, name, text)) == WRITTEN


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "p.toml",
            "[[fault]]\nstatus = 503\nlatncy_ms = 5\n",
            ":3: fault[0].latncy_ms: not a part of a fault; did you",
        ),
        ("p.toml", "[[fault]]\n[[fault]]\nrate = 2\n", ":3: fault[1].rate: expected a number from 0 to 1"),
        ("p.toml", "[[falt]]\nrate = 1\n", ":1: falt: not a part of a plan; did you mean 'fault'?"),
        ("p.toml", "[fault]\nrate = 1\n", ":1: fault: expected a list; in TOML its tables begin with [[fault]]"),
        (
            "p.toml",
            "[[delivery]]\ndelay = 1\n",
            ":2: delivery[0].delay: not a part of a disturbance; did you mean 'del",
        ),
        ("p.toml", "[[delivery]]\nduplicate = 'x'\n", ":2: delivery[0].duplicate: expected a whole number"),
        ("p.toml", "[[delivery]]\ntypes = 'Advert'\n", ":2: delivery[0].types: expected a list of types"),
        ("p.toml", "seed = 'x'\n", ":1: seed: expected a whole number"),
        ("p.toml", "[[fault]]\nstatus = = 503\n", ":2:10: not valid TOML"),
        ("p.json", '{"fault": [{"stats": 500}]}', ": fault[0].stats: not a part of a fault; did you mean 'status'?"),
        ("p.json", '{\n"fault": [}', ":2:11: not valid JSON"),
        ("p.json", "[]", ": expected a JSON object with fault and delivery"),
        ("p.json", '{"fault": [5]}', ": fault[0]: expected a table"),
    ],
)
def test_a_plan_that_cannot_be_is_named_with_its_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(ConfigurationError) as error:
        Plan.read(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere.json: cannot be read"):
        Plan.read(tmp_path / "nowhere.json")


async def test_a_sandbox_follows_its_plan_from_the_start(hook: Hook) -> None:
    async with (
        Sandbox(adverts=3, faults=WRITTEN, webhook_url=hook.url) as sandbox,
        SandboxClient(sandbox.url) as client,
    ):
        body = upsert(advert(sandbox), "x")
        assert [(await post(sandbox, body))[0] for _ in range(2)] == [504, 200]
        assert sandbox.journal.calls()[1].ms >= 5
        await sandbox.drained()
        assert len(hook.received) == 2
        assert len({one.headers["Idempotency-Key"] for one in hook.received}) == 1
        first = {"operation": "externalId*", "status": 504, "requests": 1}
        second = {"latency_ms": 5, "jitter_ms": 5, "null": ["QWR2ZXJ0LTk5"]}
        assert await client.faults() == [
            {"fault": first, "seen": 1, "hit": 1, "left": 0},
            {"fault": second, "seen": 1, "hit": 1, "left": None},
        ]
        assert await client.disturbances() == [{"disturbance": {"duplicate": 1, "types": ["Advert"]}, "left": None}]


async def test_a_plan_replaces_the_one_before_it_while_it_runs(sandbox: Sandbox) -> None:
    async with SandboxClient(sandbox.url) as client:
        await client.fail(status=500)
        plan: dict[str, Any] = {
            "fault": [{"status": 503, "requests": 1}, {"status": 429}],
            "delivery": [{"drop": True}],
        }
        in_force = await client.follow(plan)
        assert [one["fault"]["status"] for one in in_force["faults"]] == [503, 429]
        assert in_force["deliveries"] == [{"disturbance": {"drop": True}, "left": None}]
        assert [(await post(sandbox, {"query": NAME}))[0] for _ in range(3)] == [503, 429, 429]
        with pytest.raises(SandboxRefused, match=r"fault\[0\].hold: expected 'before' or 'after'"):
            await client.follow({"fault": [{"hold": "now"}]})
        assert (await post(sandbox, {"query": NAME}))[0] == 429
        await client.mend()
        assert (await client.faults(), await client.disturbances()) == ([], [])
        assert (await post(sandbox, {"query": NAME}))[0] == 200


async def test_the_draws_of_a_plan_follow_from_its_seed() -> None:
    def draws(seed: int | None, own: int) -> list[bool]:
        sandbox = Sandbox(adverts=1, seed=own, faults=Plan((Fault(status=500, rate=0.5),), seed=seed))
        return [sandbox.faults.take().status == 500 for _ in range(30)]

    assert draws(7, 1) == draws(7, 2) == draws(None, 7) != draws(None, 8)


async def test_deliveries_are_disturbed_by_other_processes(hook: Hook) -> None:
    async with Sandbox(adverts=3, webhook_url=hook.url) as sandbox, SandboxClient(sandbox.url) as client:
        await client.disturb(wrong_signature=True, count=1)
        for _ in range(2):
            await client.deliver("Advert", advert(sandbox))
        first, second = (one.headers["Marketplacer-Hmac-256"] for one in hook.received)
        assert first != second
        await client.disturb(drop=True)
        assert (await client.deliver("Advert", advert(sandbox)))["outcome"] == "lost"
        await client.disturb()
        assert (await client.deliver("Advert", advert(sandbox)))["outcome"] == "delivered"
        with pytest.raises(SandboxRefused, match="dubble: not a part of a disturbance"):
            await client.disturb(dubble=1)


async def test_deleting_faults_takes_no_body(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.delete(f"{sandbox.base_url}/sandbox/faults?all=1") as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "'all' is not read here; there are none"})
