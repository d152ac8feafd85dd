"""Documents run in a sandbox without HTTP."""

from __future__ import annotations

from typing import Any

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey
from marketplacer_callback.typenames import WEBHOOK_TYPES

UNKNOWN = "QnJhbmQtOTk5OTk5"


def answer(
    sandbox: Sandbox, text: str, variables: dict[str, Any] | None = None, *, key: ApiKey = OPERATOR
) -> dict[str, Any]:
    """The whole answer to a document."""
    return sandbox.executor.run(text, variables, None, sandbox.request(key=key))


def read(sandbox: Sandbox, id_: str, fields: str, *, key: ApiKey = OPERATOR) -> dict[str, Any]:
    """Fields of an object, as ``node`` shows it."""
    result = answer(sandbox, f"query ($id: ID!) {{ node(id: $id) {{ __typename {fields} }} }}", {"id": id_}, key=key)
    assert "errors" not in result, result
    node: dict[str, Any] = result["data"]["node"]
    return node


def mutate(
    sandbox: Sandbox, name: str, input_: dict[str, Any], shows: str = "", *, key: ApiKey = OPERATOR
) -> dict[str, Any]:
    """The payload of a mutation that has no errors but its own."""
    mutations = sandbox.executor.schema.mutation_type
    assert mutations is not None
    type_ = mutations.fields[name].args["input"].type
    text = f"mutation ($input: {type_}) {{ {name}(input: $input) {{ status errors {{ field messages }} {shows} }} }}"
    result = answer(sandbox, text, {"input": input_}, key=key)
    assert "errors" not in result, result
    payload: dict[str, Any] = result["data"][name]
    return payload


def refused(payload: dict[str, Any]) -> tuple[int, str, str]:
    """Status, field and message of a payload with one error."""
    [error] = payload["errors"]
    [message] = error["messages"]
    return payload["status"], error["field"], message


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What a webhook of every type would tell of since the last time: (type, event), oldest first."""
    written = sandbox.store.drain()
    return [(one.typename, one.event_name) for one in written if one.typename in WEBHOOK_TYPES]


def seller_key(sandbox: Sandbox, number: int = 0) -> ApiKey:
    """The key of a seller."""
    return ApiKey("", "seller", sandbox.store.all("Seller")[number]["id"])
