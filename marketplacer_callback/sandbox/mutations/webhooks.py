"""Webhooks, as an operator or a seller configures them.

By the schema: both mutations are for operator and seller admin users, so for every key here. There is no mutation that
deletes a webhook or sends an event again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations.answer import Mutation, NotFound, Refused, found
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.webhooks.configured import webhook_types
from marketplacer_callback.sandbox.webhooks.limits import complaint
from marketplacer_callback.sandbox.webhooks.model import Webhook
from marketplacer_callback.sandbox.webhooks.roots import managed, may_manage
from marketplacer_callback.sandbox.webhooks.shown import webhook_record

__all__ = ["WEBHOOKS"]

SETTINGS: Final[Mapping[str, str]] = {
    "allowSkip": "allow_skip",
    "concurrentSendLimit": "concurrency",
    "enabled": "enabled",
    "eventName": "event_name",
    "headers": "headers",
    "hmacKey": "hmac_key",
    "maxRetries": "max_retries",
    "queryString": "query",
    "sellerId": "seller",
    "type": "typename",
    "url": "url",
}
UNSET: Final[Mapping[str, Any]] = {
    "allow_skip": False,
    "concurrency": 100,
    "enabled": True,
    "event_name": None,
    "headers": {},
    "hmac_key": None,
    "max_retries": 25,
    "query": "",
    "seller": None,
}
"""What null means: the documented defaults. That a webhook is enabled unless it says otherwise is a guess."""


def webhook_create(request: Request, values: Record) -> Record:
    """A webhook, of the operator or, by ``sellerId`` or with a seller's key, of a seller."""
    settings = _settings(request, values["attributes"])
    if request.own_seller:
        settings["seller"] = request.own_seller["id"]
    _check(request, settings)
    return _answer(request, managed(request).create(settings.pop("typename"), settings.pop("url"), **settings))


def webhook_update(request: Request, values: Record) -> Record:
    """Change a webhook; in force at once, for retries too. ``enabled: true`` is how a disabled one is restored."""
    webhook = managed(request).find(values["webhookId"])
    if webhook is None or not may_manage(request, webhook):
        raise NotFound(f"No object found for webhookId: {values['webhookId']}", field="webhookId")
    settings = _settings(request, values.get("attributes") or {})
    if request.own_seller:
        settings["seller"] = request.own_seller["id"]
    _check(request, {"seller": webhook.seller, "hmac_key": webhook.hmac_key, **settings})
    managed(request).update(webhook, **settings)
    return _answer(request, webhook)


def _settings(request: Request, attributes: Record) -> Record:
    """The attributes as fields of ``Webhook``, null as the default."""
    settings: Record = {}
    for name, value in attributes.items():
        setting = SETTINGS[name]
        if value is not None:
            settings[setting] = _read(request, name, value)
        elif setting in UNSET:
            settings[setting] = UNSET[setting]
    return settings


def _read(request: Request, name: str, value: Any) -> Any:
    if name == "type":
        return webhook_types(request.store.schema)[value]
    if name == "eventName":
        return value.lower()
    if name == "hmacKey":
        return value or None
    if name == "headers":
        return _object(value)
    if name != "sellerId":
        return value
    own = request.own_seller
    if own and value != own["id"]:
        raise NotFound(f"No object found for sellerId: {value}", field="sellerId")
    return found(request, "Seller", value, "sellerId")["id"]


def _object(value: Any) -> Any:
    """An object that was sent as the text of one, as portals keep it (a guess), or else the value."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _check(request: Request, settings: Record) -> None:
    names = {setting: name for name, setting in SETTINGS.items()}
    for setting, value in settings.items():
        if problem := complaint(setting, value, request.store.schema):
            raise Refused(f"{names[setting]} {problem}", field=names[setting])
    if settings.get("seller") and settings.get("hmac_key"):
        raise Refused("hmacKey is for an operator's webhooks only; set a header instead", field="hmacKey")


def _answer(request: Request, webhook: Webhook) -> Record:
    return {"webhook": webhook_record(webhook, request.store, managed(request).records)}


WEBHOOKS: Final[dict[str, Mutation]] = {"webhookCreate": webhook_create, "webhookUpdate": webhook_update}
