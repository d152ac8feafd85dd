"""What the command line's tests are written in."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from click.testing import Result

__all__ = ["Run", "RunningSandbox", "free_port"]

Run = Callable[..., Result]
"""``mc("queries", "check", env={…})``: a command in this process, and what became of it."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """An emulated Marketplacer in a thread of its own."""

    url: str
    advert: str

    @property
    def base_url(self) -> str:
        return self.url.removesuffix("/graphql")


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
