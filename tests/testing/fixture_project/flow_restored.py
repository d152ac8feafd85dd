"""The integration is as it was when a test has ended."""

from shop import integration

from marketplacer_callback.testing import answer


def test_routes_take_part(marketplacer_sandbox, marketplacer_inbox):
    marketplacer_sandbox.create("Seller")
    assert len(marketplacer_inbox.run_until_idle().published("archive", typename="Seller")) == 1


def test_answer_reads_no_settings():
    assert list(answer(integration, "Advert", None)) == ["product", "also"]
    assert integration._settings is None
