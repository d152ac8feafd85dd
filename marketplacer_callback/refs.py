"""An object's identity, and what a delivery said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

__all__ = ["Event", "Ref"]


class Ref(NamedTuple):
    """Which object: ``(instance, typename, id)``.

    ``typename`` is the webhook's type (``Advert``, never ``UnpublishedAdvert``); ``id`` is the platform's opaque id
    and is never decoded. ``str(ref)`` is ``instance/typename/id``. It never changes, so give it to other systems as
    the idempotency key.
    """

    instance: str
    typename: str
    id: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.typename}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The ref that ``str(ref)`` wrote. Raises ``ValueError`` for anything else; an id may contain slashes."""
        instance, _, rest = text.partition("/")
        typename, _, identifier = rest.partition("/")
        if not (instance and typename and identifier):
            raise ValueError(f"not a ref: {text!r}; expected instance/typename/id")
        return cls(instance, typename, identifier)


@dataclass(frozen=True, slots=True)
class Event:
    """What one delivery said. Events of one name on one object are folded: the newest stands for all.

    ``id`` is the platform's webhook event id. ``name`` is ``create``, ``update``, ``destroy``, or one that the
    platform adds later; this library itself uses ``refresh`` and ``replay``. ``received_at`` is in UTC. ``sequence``
    is the ``Marketplacer-Sequence`` header: not under the signature, so it is a hint for logs; ``None`` if it was
    missing.
    """

    id: str
    name: str
    received_at: datetime
    sequence: int | None
