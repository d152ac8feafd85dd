"""``trigger`` of one object: a signed delivery over HTTP, as Marketplacer would send it."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Final

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import UNREACHABLE, Failed
from marketplacer_callback.cli.given import Given
from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.settings import Address, Settings

__all__ = ["deliver"]

_TIMEOUT_S: Final = 30.0
"""As long as Marketplacer waits for an answer."""


def deliver(given: Given, typename: str, id: str, event: str, event_id: str | None, url: str | None) -> None:
    """Send a signed delivery about one object to the receiver, and print its answer; 3 if it is not 2xx."""
    instance = given.one_instance()
    event_id = event_id or f"trigger-{secrets.token_hex(8)}"
    node = {"__typename": typename, "id": id}
    body = json.dumps({"id": event_id, "event_name": event, "payload": {"data": {"node": node}}}).encode()
    target = url or _receiver(given.settings, typename)
    status, answer = asyncio.run(_post(target, body, _headers(given.settings, instance, body)))
    if given.as_json:
        output.data({"url": target, "event_id": event_id, "status": status, "answer": answer})
    else:
        output.text(f"{status} {output.printable(answer)}".rstrip())
        output.note(f"sent {event} of {typename} {id} as event {event_id} to {target}")
    if not 200 <= status < 300:
        raise Failed(UNREACHABLE, f"{target}: the receiver answered {status}")


def _receiver(settings: Settings, typename: str) -> str:
    return f"http://{_reachable(settings.receiver.listen)}{settings.receiver.path}/{typename}"


def _reachable(listen: Address) -> Address:
    """An address to connect to, of one to listen on."""
    return listen._replace(host={"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host))  # noqa: S104


def _headers(settings: Settings, instance: str, body: bytes) -> dict[str, str]:
    """What proves that the delivery is genuine: the signature, or a seller's static header."""
    from marketplacer_callback.delivery import SIGNATURE_HEADER, VERTICAL_HEADER, sign

    one = settings.instances[instance]
    headers = {"Content-Type": "application/json", VERTICAL_HEADER: instance}
    if one.webhook_secrets:
        return {**headers, SIGNATURE_HEADER: sign(body, one.webhook_secrets[0].get_secret_value())}
    if one.webhook_header is not None and one.webhook_header.value is not None:
        return {**headers, one.webhook_header.name: one.webhook_header.value.get_secret_value()}
    raise ConfigurationError(*(settings.problems_for_receiver() or (f"instances.{instance}: no webhook_secrets",)))


async def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, (await answer.text(errors="replace")).strip()
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        raise ConfigurationError(f"--url {url}: not a URL") from None
    except (aiohttp.ClientError, OSError) as error:
        why = str(error) or type(error).__name__
        raise Failed(UNREACHABLE, f"{url}: out of reach: {why}; does the receiver run?") from None
