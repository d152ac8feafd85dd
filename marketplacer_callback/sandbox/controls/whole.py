"""Controls for the sandbox as a whole: how it does, what it wrote down, and back to the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplacer_callback.sandbox.controls.bursts import BurstControls
from marketplacer_callback.sandbox.controls.given import Json, only, whole
from marketplacer_callback.sandbox.controls.webhooks import webhook_state

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["WholeControls"]


class WholeControls:
    """``status``, ``journal``, ``reset``."""

    def __init__(self, sandbox: Sandbox, bursts: BurstControls) -> None:
        self.sandbox = sandbox
        self._bursts = bursts

    async def status(self, query: Json) -> Json:
        only(query)
        webhooks = self.sandbox.webhooks
        return {
            "url": self.sandbox.url,
            "role": self.sandbox.role,
            "objects": self.sandbox.store.typenames(),
            "journal": self.sandbox.journal.summary(),
            "rate_limits": self.sandbox.traffic.counts(),
            "held": len(self.sandbox.faults.held()),
            "pending": webhooks.pending,
            "webhooks": [webhook_state(one) for one in webhooks.all()],
            "burst": self._bursts.progress(),
        }

    async def journal(self, query: Json) -> Json:
        only(query, "kind", "typename", "id", "limit")
        journal = self.sandbox.journal
        kind, typename, id_ = query.get("kind"), query.get("typename"), query.get("id")
        entries = journal.select(kind=kind, typename=typename, id=id_, limit=whole(query, "limit", 1000))
        answered = [
            {"typename": its_type, "id": its_id, "version": version, "updated_at": at}
            for (its_type, its_id), (version, at) in journal.last_answered().items()
            if typename in (None, its_type) and id_ in (None, its_id)
        ]
        return {"summary": journal.summary(), "entries": entries, "last_answered": answered}

    async def reset(self, body: Json) -> Json:
        only(body)
        await self._bursts.close()
        await self.sandbox.reset()
        return await self.status({})
