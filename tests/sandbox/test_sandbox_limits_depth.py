"""A document may be nested so deep and no deeper."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from marketplacer_callback.api.answer import GraphqlError
from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.choices import Choices


def nested(levels: int) -> str:
    """A document with that many fields within one another."""
    return "{ taxons { nodes { " + "parent { " * (levels - 3) + "id" + " }" * (levels - 1) + " }"


def ask(text: str, max_depth: int) -> dict[str, Any]:
    sandbox = Sandbox(adverts=1, choices=Choices(max_depth=max_depth))
    return sandbox.executor.run(text, {"yes": True}, None, sandbox.request())


def test_the_thirtieth_level_is_answered_and_the_next_is_not() -> None:
    assert "errors" not in ask(nested(30), 30)
    assert ask(nested(31), 30) == {"errors": [{"message": "Query has depth of 31, which exceeds max depth of 30"}]}
    assert "errors" not in ask(nested(60), 0)


@pytest.mark.parametrize(
    "text",
    [
        "{ taxons { nodes { ...A } } } fragment A on Taxon { parent { ... on Taxon { id } } }",
        "{ taxons { ...B } } fragment A on Taxon { parent { id } } fragment B on TaxonsConnection { nodes { ...A } }",
    ],
)
def test_fragments_count_for_the_fields_that_are_in_them(text: str) -> None:
    assert "errors" not in ask(text, 4)
    assert "exceeds max depth of 3" in ask(text, 3)["errors"][0]["message"]


def test_only_the_operation_that_is_executed_counts() -> None:
    sandbox = Sandbox(adverts=1, choices=Choices(max_depth=3))
    text = f"query Deep {nested(9)} query Flat {{ taxons {{ totalCount }} }}"
    assert "errors" not in sandbox.executor.run(text, None, "Flat", sandbox.request())
    assert "depth" in sandbox.executor.run(text, None, "Deep", sandbox.request())["errors"][0]["message"]


def test_the_schema_can_be_introspected_whatever_the_limit() -> None:
    assert "errors" not in ask(get_introspection_query(), 2)


def test_a_client_takes_it_for_a_limit_of_size() -> None:
    from marketplacer_callback.api.sorting import TooBig, sort_graphql

    error = ask(nested(31), 30)["errors"][0]
    assert isinstance(sort_graphql([GraphqlError(error["message"])], "host"), TooBig)
