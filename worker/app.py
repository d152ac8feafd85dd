"""Handlers beside the routes. Optional: they run once ``app = "app:integration"`` is in the settings."""

from marketplacer_callback import Answer, Change, Integration, outcomes

integration = Integration()


@integration.on("RefundRequest", name="large-refunds")
async def large_refunds(change: Change) -> Answer:
    """A second archive, of refund requests over 500.00 alone. Amounts are in cents."""
    if change.deleted or (change.object["totalCents"] or 0) <= 500_00:
        return outcomes.skip("not a large refund")
    return outcomes.publish("archive", {"large": True, **change.object})
