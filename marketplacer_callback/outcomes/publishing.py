"""Publishing: handing data to a sink of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marketplacer_callback.outcomes.base import Outcome

__all__ = ["Publish", "publish"]


@dataclass(frozen=True, slots=True)
class Publish(Outcome):
    kind: ClassVar[str] = "publish"
    sink: str
    data: object
    subject: str | None = None


def publish(sink: str, data: object, *, subject: str | None = None) -> Publish:
    """Send ``data`` (JSON values) to ``sink``, a name in ``[sinks]``; ``subject`` is ``str(change.ref)`` unless given.

    At least once: after a crash or a retry it is sent again, under the same id, so that the other side can drop the
    second.
    """
    return Publish(sink, data, subject)
