"""Importing the package loads no heavy room, and offers exactly the public names."""

from __future__ import annotations

import subprocess
import sys

import pytest

import marketplacer_callback

HEAVY = ("aiohttp", "arq", "redis", "graphql", "pydantic", "sgqlc", "watchfiles", "click")


@pytest.mark.parametrize("statement", ["import marketplacer_callback", "from marketplacer_callback import errors, Ref"])
def test_the_bare_import_loads_none_of_the_heavy_packages(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(marketplacer_callback.__all__) == [
        "Answer",
        "Change",
        "Event",
        "Integration",
        "Ref",
        "Settings",
        "errors",
        "outcomes",
    ]
    for name in marketplacer_callback.__all__:
        assert getattr(marketplacer_callback, name) is not None
    assert [name for name in dir(marketplacer_callback) if not name.startswith("_")] == sorted(
        marketplacer_callback.__all__
    )


def test_the_members_of_an_integration_are_these_and_no_others() -> None:
    members = {name for name in vars(marketplacer_callback.Integration) if not name.startswith("_")}
    assert members == {
        "aclose",
        "aiohttp_app",
        "asgi",
        "check",
        "on",
        "receive",
        "refresh",
        "run_worker",
        "settings",
        "table",
        "worker",
    }


def test_the_outcomes_are_these_and_no_others() -> None:
    from marketplacer_callback import outcomes

    functions = {name for name in outcomes.__all__ if name[0].islower()}
    assert functions == {"dead_letter", "done", "publish", "retry", "skip"}


def test_the_errors_are_these_and_all_have_one_base() -> None:
    from marketplacer_callback import errors

    assert sorted(errors.__all__) == errors.__all__
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.MarketplacerCallbackError)
        assert name in (errors.__doc__ or ""), f"{name} is missing in the tree at the top of errors.py"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        marketplacer_callback.Nothing  # noqa: B018
