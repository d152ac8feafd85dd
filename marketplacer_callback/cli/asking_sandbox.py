"""Asking a sandbox that runs in another process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from marketplacer_callback.cli.exits import UNREACHABLE, USAGE, Failed
from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.sandbox import SandboxClient

__all__ = ["LISTEN", "ask"]

R = TypeVar("R")

LISTEN: Final = "127.0.0.1:8300"
"""Where a sandbox is unless it was told otherwise."""


def ask(url: str, do: Callable[[SandboxClient], Awaitable[R]], *, option: str = "--url") -> R:
    """What ``do`` answers with a client of the sandbox at ``url``.

    What the sandbox does not have is a mistake in the asking (2); a sandbox that is out of reach is 3.
    """
    import aiohttp

    from marketplacer_callback.sandbox.client import SandboxClient, SandboxRefused

    async def run() -> R:
        async with SandboxClient(url) as client:
            return await do(client)

    try:
        return asyncio.run(run())
    except aiohttp.InvalidURL:
        raise ConfigurationError(f"{option} {url}: not a URL") from None
    except aiohttp.ContentTypeError as error:
        raise Failed(UNREACHABLE, f"{url}: no sandbox answers there: HTTP {error.status} without JSON") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Failed(UNREACHABLE, f"{url}: out of reach: {error}; does the sandbox run?") from None
    except SandboxRefused as error:
        raise Failed(USAGE, f"{url}: {error}") from None
