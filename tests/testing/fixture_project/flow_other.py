"""Another integration in the place of the project's."""

import pytest

from marketplacer_callback import Change, Integration, Settings, outcomes


@pytest.fixture
def marketplacer_integration():
    integration = Integration(Settings(sinks={"here": {"type": "log"}}))

    @integration.on("Seller")
    def seller(change: Change):
        return outcomes.publish("here", change.object["businessName"])

    return integration


def test_own(marketplacer_integration, marketplacer_sandbox, marketplacer_inbox):
    marketplacer_sandbox.create("Seller", businessName="Blue")
    assert marketplacer_inbox.run_until_idle().published("here") == ["Blue"]
