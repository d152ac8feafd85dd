"""What a receiver or a worker needs beyond settings that are well-formed: each may lack what only the other uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from marketplacer_callback.settings.problems import Key, Problem
from marketplacer_callback.settings.tables import InstanceSettings, RedisSettings

__all__ = ["receiver_problems", "unencrypted", "worker_problems"]

_REDIS = 'is missing; set redis = { url = "env:REDIS_URL" } or the variable MARKETPLACER_REDIS_URL'
_NO_INSTANCE = "there is none; add a table [instances.<name>], or set MARKETPLACER_URL and the variables beside it"
_CREDENTIALS = (
    "no webhook_secrets and no webhook_header, so no delivery could be told from a forged one; "
    'set webhook_secrets = ["env:…"] or the variable MARKETPLACER_WEBHOOK_SECRETS'
)
_URL = 'is missing; set url = "https://…/graphql" or the variable MARKETPLACER_URL'
_API_KEY = 'is missing; set api_key = "env:…" or the variable MARKETPLACER_API_KEY'


def receiver_problems(
    redis: RedisSettings, instances: Mapping[str, InstanceSettings], unresolved: Sequence[Problem]
) -> Iterator[Problem]:
    """Needs Redis, and of each instance the credentials of its webhooks."""
    yield from _common(redis, instances, unresolved)
    for name, instance in instances.items():
        at: Key = ("instances", name)
        missing = [one for one in unresolved if one.key[:2] == at and str(one.key[2]).startswith("webhook_")]
        yield from missing
        header = instance.webhook_header
        if missing:
            continue
        if header is not None and header.value is None:
            yield Problem((*at, "webhook_header", "value"), 'is missing; set value = "env:…"')
        elif header is None and not instance.webhook_secrets:
            yield Problem(at, _CREDENTIALS)


def worker_problems(
    redis: RedisSettings, instances: Mapping[str, InstanceSettings], unresolved: Sequence[Problem]
) -> Iterator[Problem]:
    """Needs Redis, the documents, and of each instance the URL and the API key."""
    yield from _common(redis, instances, unresolved)
    yield from (one for one in unresolved if one.key == ("queries",))
    for name, instance in instances.items():
        for key, value, text in (("url", instance.url, _URL), ("api_key", instance.api_key, _API_KEY)):
            if value is None:
                yield _missing(("instances", name, key), unresolved, text)
        yield from (one for one in unresolved if one.key == ("instances", name, "basic_auth"))


def unencrypted(instances: Mapping[str, InstanceSettings]) -> Iterator[str]:
    """A warning for each instance whose API key would go over a network in clear."""
    for name, instance in instances.items():
        url = urlsplit(instance.url or "")
        if url.scheme == "http" and not _is_loopback(url.hostname or ""):
            yield f"instances.{name}.url: http to {url.hostname} sends the API key in clear; use https"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _common(
    redis: RedisSettings, instances: Mapping[str, InstanceSettings], unresolved: Sequence[Problem]
) -> Iterator[Problem]:
    if redis.url is None:
        yield _missing(("redis", "url"), unresolved, _REDIS)
    if not instances:
        yield Problem(("instances",), _NO_INSTANCE)


def _missing(key: Key, unresolved: Sequence[Problem], text: str) -> Problem:
    """Why it is missing: a reference that leads nowhere, or nothing was said."""
    return next((one for one in unresolved if one.key == key), Problem(key, text))
