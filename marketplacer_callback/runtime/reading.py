"""Reading what the handlers of a batch need, and telling an outage from an object that cannot be read."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from marketplacer_callback.api import ApiClient, Failed, Fetched, Fetcher, Unreachable
from marketplacer_callback.documents import Document
from marketplacer_callback.errors import ApiError, RateLimited, Unauthorized
from marketplacer_callback.inbox import Inbox
from marketplacer_callback.runtime.policy import OUTAGE_AFTER, pause_ms

__all__ = ["Reader", "Reads", "may_be_outage"]

logger = logging.getLogger("marketplacer_callback.runtime")

Reads = Mapping[str, Mapping[str, Fetched]]
"""document name → id → what the API answered."""


def may_be_outage(error: ApiError) -> bool:
    """Whether an object that could not be read may be innocent."""
    return isinstance(error, Unauthorized) or (error.retryable and not isinstance(error, RateLimited))


class Reader:
    """Reads of one instance and lane. While its API is down it pauses the instance for the whole fleet."""

    def __init__(self, inbox: Inbox, client: ApiClient, fetcher: Fetcher, lane: str) -> None:
        self._inbox = inbox
        self._client = client
        self._fetcher = fetcher
        self._lane = lane
        self._outages = 0
        self._found_at = float("-inf")

    async def read(self, documents: Mapping[str, Document], wanted: Mapping[str, Sequence[str]]) -> Reads:
        """Each document once for all ids that want it, side by side."""
        reads = await asyncio.gather(
            *(self._fetcher.fetch(documents[name], ids, lane=self._lane) for name, ids in wanted.items())
        )
        return dict(zip(wanted, reads, strict=True))

    async def pauses(self, reads: Reads, began: float) -> bool:
        """Whether the API is down; if so the instance is paused, so that no attempt is spent on an outage.

        ``began``: when the reads were begun, on the monotonic clock. Those that were under way when an outage was found
        have met the same one: it pauses once, however many batches it hits.

        A platform that asks to slow down is not down. The network being away is an outage at once, and so is a key that
        is refused: a person has to renew it, and until then no object is at fault. Other failures become one when
        three requests in a row fail and the smallest query fails as well: an object that the API chokes on must not
        look like an outage to the others.
        """
        errors = [one.error for read in reads.values() for one in read.values() if isinstance(one, Failed)]
        suspicious = [error for error in errors if may_be_outage(error)]
        if not suspicious:
            self._outages = 0
            return False
        is_away = any(isinstance(error, Unreachable | Unauthorized) for error in suspicious)
        if not is_away and (self._client.consecutive_outages < OUTAGE_AFTER or await self._answers()):
            return False
        if began <= self._found_at:
            return True
        self._found_at = time.monotonic()
        ms = pause_ms(self._outages)
        self._outages += 1
        await self._inbox.pause(ms)
        fields = {"paused_ms": ms, "error": type(suspicious[0]).__name__, "problem": str(suspicious[0])}
        logger.error("api.down", extra={"fields": fields})
        return True

    async def _answers(self) -> bool:
        try:
            await self._client.execute("query Probe { __typename }", {}, operation="Probe", lane=self._lane)
        except ApiError as error:
            return not error.retryable
        return True
