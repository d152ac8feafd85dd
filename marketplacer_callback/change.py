"""What a handler receives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal

from marketplacer_callback.errors import ObjectDeleted
from marketplacer_callback.refs import Event, Ref

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=dict[str, Any])
else:
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["Change", "Source"]

Source = Literal["webhook", "sweep", "payload", "manual", "replay"]


@dataclass(frozen=True, kw_only=True)
class Change(Generic[T]):
    """An object of the platform that changed, fetched after the change was announced.

    ``Change`` alone is ``Change[dict[str, Any]]``: the object as the document selected it. ``Change[Product]`` is the
    same object, validated as the pydantic model ``Product``.
    """

    ref: Ref
    typename: str
    """The type that the API answered: ``UnpublishedAdvert`` may come for an ``Advert``."""
    deleted: bool = False
    """A destroy, a ``Deleted…`` type, or null without an error twice, a settle delay apart. Never a missing scope."""
    first: bool = True
    """This handler has never ended *done* for this ref. Skip, retry and dead letter leave it true."""
    events: tuple[Event, ...] = ()
    """What was announced since the last run, one entry an event name, the newest last."""
    source: Source = "webhook"
    attempt: int = 1
    """1 on the first run; one more for each counted failure since."""
    lane: Literal["fast", "slow"] = "slow"
    fetched_at: datetime | None = None
    """When the request that read the object was sent, in UTC; ``None`` for a deletion that needed no read."""
    document: str = ""
    document_digest: str = ""
    _object: T | None = field(default=None, repr=False)

    @property
    def object(self) -> T:
        """The fetched object. Raises ``ObjectDeleted`` if ``deleted``, so no ``None`` checks are needed."""
        if self._object is None:
            raise ObjectDeleted(f"{self.ref} is deleted; ask change.deleted before change.object")
        return self._object
