"""Fixtures that write to the sandbox before a test's inbox is there."""

import pytest

from marketplacer_callback import outcomes


@pytest.fixture
def chair(marketplacer_sandbox):
    assert marketplacer_sandbox.story("seller")["complete"]
    return marketplacer_sandbox.create("Advert", title="chair")


def test_what_a_fixture_made_arrives(chair, marketplacer_inbox):
    report = marketplacer_inbox.run_until_idle()
    assert report.published("archive", id=chair) == ["chair"]
    assert len(report.published("archive", typename="Seller")) == 1


def test_it_has_a_name_that_the_schema_knows(marketplacer_sandbox):
    with pytest.raises(ValueError, match="no object type 'Adverts'"):
        marketplacer_sandbox.objects("Adverts")
    with pytest.raises(ValueError, match="no object type 'Node'"):
        marketplacer_sandbox.get("Node", "QWR2ZXJ0LTE=")


def test_data_that_no_sink_could_write_is_a_failure(marketplacer_sandbox, marketplacer_inbox):
    set_ = marketplacer_sandbox.create("Advert", title="a set")
    chair = marketplacer_sandbox.create("Advert", title="chair")
    report = marketplacer_inbox.run_until_idle()
    problem = "sink 'archive': TypeError: Object of type set is not JSON serializable"
    assert report.answers("Advert", set_)["product"] == [outcomes.retry(problem)]
    assert report.published("archive") == ["chair"]
    assert report.answers("Advert", chair)["product"] == [outcomes.publish("archive", "chair")]
