"""Tests that anyio's plugin runs."""

import pytest

from marketplacer_callback import outcomes
from marketplacer_callback.testing import MarketplacerInbox, MarketplacerSandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def test_created(marketplacer_sandbox: MarketplacerSandbox, marketplacer_inbox: MarketplacerInbox):
    chair = marketplacer_sandbox.create("Advert", title="Blue chair")
    report = marketplacer_inbox.run_until_idle()
    assert report.published("archive", typename="Advert") == ["Blue chair"]
    assert report.answers("Advert", chair) == {
        "product": [outcomes.publish("archive", "Blue chair")],
        "also": [outcomes.done()],
    }
    assert (report.dead_letters, report.pending, report.paused_s) == ((), (), 0.0)


async def test_changed_and_destroyed(marketplacer_sandbox, marketplacer_inbox):
    first = marketplacer_sandbox.objects("Advert")[0]["id"]
    marketplacer_sandbox.change("Advert", first, title="Red chair")
    assert marketplacer_inbox.run_until_idle().published("archive", id=first) == ["Red chair"]
    marketplacer_sandbox.destroy("Advert", first)
    assert marketplacer_sandbox.get("Advert", first) is None
    assert marketplacer_inbox.run_until_idle().published("archive", id=first) == [{"deleted": True}]


async def test_delivered(marketplacer_sandbox, marketplacer_inbox):
    first = marketplacer_sandbox.objects("Advert")[0]
    reply = marketplacer_inbox.deliver("Advert", first["id"])
    assert (reply.status, reply.body) == (200, b'{"result":"new"}\n')
    assert marketplacer_inbox.deliver("Advert", first["id"]).body == b'{"result":"coalesced"}\n'
    assert marketplacer_inbox.deliver("Taxon", "T").body == b'{"result":"unwanted"}\n'
    report = marketplacer_inbox.run_until_idle()
    assert report.published("archive") == [first["title"]]
    assert [one.handler for one in report.handled] == ["product", "also"]
