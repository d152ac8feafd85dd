"""The sandbox lets in who the platform would let in, with the platform's texts for the others."""

from __future__ import annotations

import base64

import pytest
from sandbox_asking import ask

from marketplacer_callback.sandbox import ApiKey, Sandbox
from marketplacer_callback.sandbox.keys import Keys

QUERY = "{ apiKeyPrincipal { name } }"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"site:guard").decode()}
EXPIRED = (401, {"errors": [{"message": "API Token has expired"}]})
UNAUTHORIZED = (401, {"errors": [{"message": "Unauthorized"}]})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer sandbox-key"},
        {"authorization": "bearer  sandbox-key"},
        {"Authorization": "BEARER sandbox-key"},
        {"marketplacer-api-key": "sandbox-key"},
        {**BASIC, "MARKETPLACER-API-KEY": "sandbox-key"},
    ],
)
async def test_the_key_opens_as_bearer_or_in_the_platforms_own_header(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    status, answer = await ask(sandbox, QUERY, headers=headers)
    assert (status, answer) == (200, {"data": {"apiKeyPrincipal": {"name": "Sandbox operator"}}})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer other"},
        {"Authorization": "Bearer"},
        {"Authorization": "sandbox-key"},
        {"Authorization": "Token sandbox-key"},
        {"MARKETPLACER-API-KEY": ""},
        {"Authorization": "Bearer sandbox-key", "MARKETPLACER-API-KEY": "other"},
        BASIC,
    ],
)
async def test_a_missing_or_wrong_key_reads_as_expired(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert await ask(sandbox, QUERY, headers=headers) == EXPIRED


async def test_where_basic_auth_guards_the_site_both_are_needed() -> None:
    async with Sandbox(adverts=1, basic="site:guard") as sandbox:
        assert (await ask(sandbox, QUERY, headers={**BASIC, "MARKETPLACER-API-KEY": "sandbox-key"}))[0] == 200
        assert await ask(sandbox, QUERY, headers={"MARKETPLACER-API-KEY": "sandbox-key"}) == UNAUTHORIZED
        assert await ask(sandbox, QUERY, headers={"Authorization": "Bearer sandbox-key"}) == UNAUTHORIZED
        assert await ask(sandbox, QUERY, headers=BASIC) == EXPIRED
        lower = {"Authorization": BASIC["Authorization"].replace("Basic", "basic")}
        assert (await ask(sandbox, QUERY, headers={**lower, "MARKETPLACER-API-KEY": "sandbox-key"}))[0] == 200
        other = {"Authorization": "Basic " + base64.b64encode(b"site:other").decode()}
        assert await ask(sandbox, QUERY, headers={**other, "MARKETPLACER-API-KEY": "sandbox-key"}) == UNAUTHORIZED


async def test_the_operator_and_several_sellers_have_keys_at_once() -> None:
    first, second = (seller["id"] for seller in Sandbox(adverts=60).store.all("Seller")[:2])
    keys = [ApiKey("of-the-first", "seller", first), ApiKey("of-the-second", "seller", second)]
    async with Sandbox(adverts=60, keys=keys) as sandbox:
        seen = {}
        for key in ("sandbox-key", "of-the-first", "of-the-second"):
            headers = {"Authorization": f"Bearer {key}"}
            _, answer = await ask(sandbox, "{ apiKeyPrincipal { seller { id } } }", headers=headers)
            seen[key] = answer["data"]["apiKeyPrincipal"]["seller"]
        assert seen == {"sandbox-key": None, "of-the-first": {"id": first}, "of-the-second": {"id": second}}


def test_keys_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="the seller 'U2VsbGVyLTk5', whom the sandbox does not have"):
        Sandbox(adverts=1, keys=[ApiKey("k", "seller", "U2VsbGVyLTk5")])
    with pytest.raises(ValueError, match="two of the sandbox's API keys are the same"):
        Sandbox(adverts=1, api_key="k", keys=[ApiKey("k", "seller")])
    with pytest.raises(ValueError, match="an operator's key has no seller"):
        Keys([ApiKey("k", "operator", "U2VsbGVyLTE=")])


async def test_an_empty_key_opens_nothing() -> None:
    async with Sandbox(adverts=1, api_key="") as sandbox:
        assert await ask(sandbox, QUERY, headers={"MARKETPLACER-API-KEY": ""}) == EXPIRED


def test_no_secret_is_in_a_repr() -> None:
    sandbox = Sandbox(
        adverts=1, api_key="k-1", basic="u:p-2", webhook_url="http://x", secret="s-3", webhook_header=("a", "h-4")
    )
    text = repr(sandbox.keys) + repr(sandbox.webhooks.all())
    assert not [secret for secret in ("k-1", "p-2", "s-3", "h-4") if secret in text]
