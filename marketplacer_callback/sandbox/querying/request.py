"""What a resolver knows of the request that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.keys import OPERATOR, ApiKey, Role

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.webhooks.webhooks import Webhooks

__all__ = ["Request"]


@dataclass(slots=True)
class Request:
    """The store, who asks, what is chosen for what the platform leaves open, and what goes wrong on purpose.

    ``webhooks`` is ``None`` where there are none to manage. ``ids`` counts the objects asked for by id; ``poisoned``
    is set when one of them shall spoil the whole answer. ``undeleted`` is the id of a deleted object that reads as it
    was last.
    """

    store: Store
    key: ApiKey = OPERATOR
    choices: Choices = field(default_factory=Choices)
    webhooks: Webhooks | None = None
    fault: Fault = field(default_factory=Fault)
    ids: int = 0
    poisoned: bool = False
    undeleted: str | None = None

    @property
    def role(self) -> Role:
        """Whose key it is."""
        return self.key.role

    @property
    def own_seller(self) -> Record | None:
        """The seller whose key this is; ``None`` for an operator's."""
        if self.key.role == "operator":
            return None
        return self.store.get(self.key.seller) if self.key.seller else self.store.all("Seller")[0]
