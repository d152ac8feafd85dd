"""Controls for webhooks: how they are set, what became of their deliveries, and what goes wrong with those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.controls.given import Json, only, whole
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance
from marketplacer_callback.sandbox.webhooks.model import Webhook

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["WebhookControls", "webhook_state"]

KINDS: Final[dict[str, tuple[type, str]]] = {
    "url": (str, "a text"),
    "enabled": (bool, "true or false"),
    "concurrency": (int, "a whole number"),
}


class WebhookControls:
    """``webhooks`` (to read and to set), ``deliveries``, ``disturb``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def webhooks(self, query: Json) -> Json:
        only(query, "typename")
        typename = query.get("typename")
        if typename is not None and typename not in self.sandbox.store.schema.type_map:
            raise LookupError(f"the schema has no type {typename!r}")
        return {"webhooks": [webhook_state(one) for one in self.sandbox.webhooks.all(typename)]}

    async def configure(self, body: Json) -> Json:
        only(body, "id", "typename", *KINDS)
        settings = {name: _setting(name, value) for name, value in body.items() if name in KINDS}
        if not settings:
            raise ValueError(f"nothing to set; give one of {', '.join(KINDS)}")
        found = self._found(body.get("id"), body.get("typename"))
        for webhook in found:
            self.sandbox.webhooks.update(webhook, **settings)
        return {"webhooks": [webhook_state(one) for one in found]}

    async def deliveries(self, query: Json) -> Json:
        only(query, "limit")
        return {"deliveries": self.sandbox.webhooks.deliveries(whole(query, "limit", 100))}

    async def disturb(self, body: Json) -> Json:
        self.sandbox.webhooks.disturb(Disturbance.parse(body) if body else None)
        return {}

    def _found(self, id_: str | None, typename: str | None) -> list[Webhook]:
        every = self.sandbox.webhooks.all(typename)
        found = [webhook for webhook in every if id_ in (None, webhook.id)]
        if not found:
            which = " ".join(part for part in (id_ and f"with the id {id_!r}", typename and f"for {typename}") if part)
            raise LookupError(f"the sandbox has no webhook {which}".rstrip())
        return found


def webhook_state(webhook: Webhook) -> Json:
    """A webhook as the controls show it; without its secrets."""
    return {
        "id": webhook.id,
        "typename": webhook.typename,
        "url": webhook.url,
        "event_name": webhook.event_name,
        "seller": webhook.seller,
        "enabled": webhook.enabled,
        "concurrency": webhook.concurrency,
        "waiting": webhook.waiting,
    }


def _setting(name: str, value: Any) -> Any:
    kind, expected = KINDS[name]
    if type(value) is not kind:
        raise ValueError(f"{name!r}: expected {expected}")
    return value
