"""``fetch`` prints the object; ``--dry-run`` what handlers answer to it, and carries nothing out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cli_desk import Run, RunningSandbox
from pydantic import BaseModel

from marketplacer_callback import Answer, Change, Integration, Ref, Settings, outcomes
from marketplacer_callback.api import Found
from marketplacer_callback.bundled import default_queries
from marketplacer_callback.cli.dry_run import answer_of
from marketplacer_callback.documents import check, load_schema


def test_an_object_as_its_document_selects_it(mc: Run, at_work: Path, sandbox: RunningSandbox) -> None:
    result = mc("fetch", "Advert", sandbox.advert)
    assert result.exit_code == 0, result.output
    product = json.loads(result.stdout)
    assert product["id"] == sandbox.advert
    assert product["title"]
    by_number = mc("fetch", "Advert", "--legacy-id", product["legacyId"])
    assert json.loads(by_number.stdout)["id"] == sandbox.advert


def test_another_document_may_be_named(mc: Run, at_work: Path, sandbox: RunningSandbox) -> None:
    (at_work / "queries" / "Title.graphql").write_text(
        "query Title($id: ID!) { node(id: $id) { __typename id ... on Advert { title } } }"
    )
    product = json.loads(mc("fetch", "Advert", sandbox.advert, "--document", "Title").stdout)
    assert set(product) == {"__typename", "id", "title"}

    unknown = mc("fetch", "Advert", sandbox.advert, "--document", "Nope")
    assert unknown.exit_code == 2
    assert "no usable query 'Nope'" in unknown.stderr


def test_no_such_object_is_1(mc: Run, at_work: Path) -> None:
    for arguments in (("Advert", "nope"), ("Advert", "--legacy-id", "99999"), ("Advert", "nope", "--dry-run")):
        result = mc("fetch", *arguments)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "there is no such object" in result.stderr


def test_a_type_that_cannot_be_found_by_number_is_told(mc: Run, at_work: Path) -> None:
    result = mc("fetch", "Shipment", "--legacy-id", "1")
    assert result.exit_code == 2
    assert "Shipment" in result.stderr


def test_an_object_of_another_type_is_told(mc: Run, at_work: Path, sandbox: RunningSandbox) -> None:
    result = mc("fetch", "Seller", sandbox.advert)
    assert "this object is a Advert" in result.stderr.replace("an Advert", "a Advert")


HANDLERS = """
from pydantic import BaseModel
from marketplacer_callback import Answer, Change, Integration, errors, outcomes

integration = Integration()

class Product(BaseModel):
    title: str

@integration.on("Advert")
async def plain(change: Change) -> Answer:
    return [outcomes.publish("archive", {"first": change.first, "source": change.source}), outcomes.skip("seen")]

@integration.on("Advert")
def typed(change: Change[Product]) -> None:
    assert change.object.title

@integration.on("Advert")
async def later(change: Change) -> None:
    raise errors.RetryLater("busy", after=60)

@integration.on("Advert")
async def broken(change: Change) -> None:
    raise KeyError("sku")
"""


def test_a_dry_run_tells_the_outcomes_and_carries_none_out(mc: Run, at_work: Path, sandbox: RunningSandbox) -> None:
    (at_work / "handlers.py").write_text(HANDLERS)
    result = mc("fetch", "Advert", sandbox.advert, "--dry-run", "--app", "handlers:integration")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert list(told) == ["plain", "typed", "later", "broken"]
    assert told["plain"] == [
        {"kind": "publish", "sink": "archive", "data": {"first": True, "source": "manual"}, "subject": None},
        {"kind": "skip", "reason": "seen"},
    ]
    assert told["typed"] == [{"kind": "done"}]
    assert told["later"] == [{"kind": "retry", "reason": "busy", "after_s": 60}]
    ((broken,),) = [told["broken"]]
    assert broken["kind"] == "retry"
    assert broken["reason"].startswith("KeyError: 'sku' (")
    assert "handlers.py:24 in broken" in broken["reason"]
    assert not (at_work / "out").exists()


def test_a_dry_run_of_what_nothing_handles_is_told(mc: Run, at_work: Path, sandbox: RunningSandbox) -> None:
    result = mc("fetch", "Seller", sandbox.advert, "--dry-run")
    assert result.exit_code == 2
    assert "nothing handles Seller" in result.stderr


class Titled(BaseModel):
    title: str


async def test_a_dry_run_gives_a_typed_handler_the_details_of_an_unpublished_product_as_the_worker_does() -> None:
    integration = Integration(Settings())

    @integration.on("Advert")
    async def product(change: Change[Titled]) -> Answer:
        return outcomes.skip(change.object.title)

    (handler,) = integration.table
    document = check(default_queries(), role="operator", schema=load_schema(None)).documents["Advert"]
    found = Found({"details": {"title": "A chair"}}, "UnpublishedAdvert", datetime.now(UTC))
    answers = await answer_of(handler, Ref("test", "Advert", "1"), document, found)
    assert answers == [{"kind": "skip", "reason": "A chair"}]
