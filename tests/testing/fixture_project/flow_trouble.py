"""Trouble with the API is in the report."""

import pytest


def test_an_object_that_cannot_be_read(marketplacer_sandbox, marketplacer_inbox):
    first = marketplacer_sandbox.objects("Advert")[0]["id"]
    marketplacer_sandbox.fail(errors=[first])
    marketplacer_sandbox.change("Advert", first)
    report = marketplacer_inbox.run_until_idle()
    assert report.handled == ()
    assert first in report.pending[0].reasons["product"]
    marketplacer_sandbox.fail()
    assert len(marketplacer_inbox.run_until_idle(ahead=60).published("archive")) == 1


def test_an_outage(marketplacer_sandbox, marketplacer_inbox):
    marketplacer_sandbox.fail(status=503)
    for _ in range(3):
        marketplacer_sandbox.create("Advert")
        marketplacer_sandbox.create("Seller")
        report = marketplacer_inbox.run_until_idle(ahead=60)
    assert report.published("archive") == []
    marketplacer_sandbox.fail()
    report = marketplacer_inbox.run_until_idle(ahead=3600)
    assert len(report.published("archive")) == 6


def test_a_handler_that_hangs_is_a_time_out(marketplacer_sandbox, marketplacer_inbox):
    marketplacer_sandbox.create("Advert", title="hanging")
    with pytest.raises(TimeoutError, match="not idle after 3 s: 0 deliveries under way; .*slow: 1 running"):
        marketplacer_inbox.run_until_idle(3)
