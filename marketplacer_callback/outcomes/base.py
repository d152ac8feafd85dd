"""What every outcome is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

__all__ = ["Answer", "Outcome"]


class Outcome:
    """What a handler answers: a verdict, a publish, or an action on the platform. Made by the functions of
    ``outcomes``.

    Outcomes are plain frozen values: two that say the same are equal, so a test compares them with ``==``.
    """

    __slots__ = ()
    kind: ClassVar[str] = "outcome"


Answer: TypeAlias = Outcome | Sequence[Outcome] | None
"""What a handler may answer. In a list order counts; ``None`` is ``done()``."""
