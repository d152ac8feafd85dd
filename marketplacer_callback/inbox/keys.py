"""The names of all keys of one instance's inbox, each made by one function. The scripts' prelude makes the same
names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplacer_callback.errors import ConfigurationError

__all__ = ["Keys"]

_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")


@dataclass(frozen=True, slots=True)
class Keys:
    """``prefix`` stands in front of every key; its braces keep an instance's keys together behind proxies that go
    by hash tags.
    """

    prefix: str

    @classmethod
    def of(cls, instance: str, app: str | None = None) -> Keys:
        """The keys of ``instance``, of one code base ``app`` where several share a Redis. Raises
        ``ConfigurationError``.
        """
        for what, name in (("instance", instance), ("app", app)):
            if name is not None and not _NAME.match(name):
                raise ConfigurationError(
                    f"{what} {name!r}: it names keys in Redis; use letters, digits, '_', '.' and '-'"
                )
        return cls(f"mc:{{{app}/{instance}}}:" if app else f"mc:{{{instance}}}:")

    def box(self, lane: str, typename: str, id: str) -> str:
        return f"{self.prefix}box:{lane}:{typename}:{id}"

    def cool(self, lane: str, typename: str, id: str) -> str:
        return f"{self.prefix}cool:{lane}:{typename}:{id}"

    def dead(self, lane: str, typename: str, id: str) -> str:
        return f"{self.prefix}dead:{lane}:{typename}:{id}"

    def done(self, typename: str, id: str) -> str:
        return f"{self.prefix}done:{typename}:{id}"

    def batch(self, gen: str) -> str:
        return f"{self.prefix}batch:{gen}"

    def meta(self, gen: str) -> str:
        return f"{self.prefix}meta:{gen}"

    def open(self, lane: str, typename: str) -> str:
        return f"{self.prefix}open:{lane}:{typename}"

    def later(self, lane: str) -> str:
        return f"{self.prefix}later:{lane}"

    def queue(self, lane: str) -> str:
        """arq's queue of this instance and lane: the ``queue_name`` of its worker."""
        return f"{self.prefix}q:{lane}"

    def bell(self, lane: str) -> str:
        return f"{self.prefix}bell:{lane}"

    def seen(self, window: int, bucket: int) -> str:
        return f"{self.prefix}seen:{window}:{bucket}"

    def bad(self, digest: str) -> str:
        return f"{self.prefix}bad:{digest}"

    @property
    def batches(self) -> str:
        return f"{self.prefix}batches"

    @property
    def dead_index(self) -> str:
        return f"{self.prefix}dead"

    @property
    def bad_index(self) -> str:
        return f"{self.prefix}bad"

    @property
    def routes(self) -> str:
        return f"{self.prefix}routes"

    @property
    def routes_seen(self) -> str:
        return f"{self.prefix}routes:seen"

    @property
    def stats(self) -> str:
        return f"{self.prefix}stats"

    @property
    def suspect(self) -> str:
        return f"{self.prefix}suspect"

    @property
    def pause(self) -> str:
        return f"{self.prefix}pause"
