"""The sandbox lets in who the platform would let in, with the platform's texts for the others."""

from __future__ import annotations

import base64

import pytest
from sandbox_asking import ask

from marketplacer_callback.sandbox import Sandbox

QUERY = "{ apiKeyPrincipal { name } }"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"site:guard").decode()}
EXPIRED = (401, {"errors": [{"message": "API Token has expired"}]})
UNAUTHORIZED = (401, {"errors": [{"message": "Unauthorized"}]})


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer sandbox-key"}, {"marketplacer-api-key": "sandbox-key"}])
async def test_the_key_opens_as_bearer_or_in_the_platforms_own_header(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    status, answer = await ask(sandbox, QUERY, headers=headers)
    assert (status, answer) == (200, {"data": {"apiKeyPrincipal": {"name": "Sandbox operator"}}})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"MARKETPLACER-API-KEY": ""}])
async def test_a_missing_or_wrong_key_reads_as_expired(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert await ask(sandbox, QUERY, headers=headers) == EXPIRED


async def test_where_basic_auth_guards_the_site_both_are_needed() -> None:
    async with Sandbox(adverts=1, basic="site:guard") as sandbox:
        assert (await ask(sandbox, QUERY, headers={**BASIC, "MARKETPLACER-API-KEY": "sandbox-key"}))[0] == 200
        assert await ask(sandbox, QUERY, headers={"MARKETPLACER-API-KEY": "sandbox-key"}) == UNAUTHORIZED
        assert await ask(sandbox, QUERY, headers={"Authorization": "Bearer sandbox-key"}) == UNAUTHORIZED
        assert await ask(sandbox, QUERY, headers=BASIC) == EXPIRED


def test_no_secret_is_in_a_repr() -> None:
    sandbox = Sandbox(
        adverts=1, api_key="k-1", basic="u:p-2", webhook_url="http://x", secret="s-3", webhook_header=("a", "h-4")
    )
    text = repr(sandbox.keys) + repr(sandbox.webhooks.all())
    assert not [secret for secret in ("k-1", "p-2", "s-3", "h-4") if secret in text]
