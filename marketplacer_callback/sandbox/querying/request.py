"""What a resolver knows of the request that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import GraphQLError

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
    was last. ``parts``: the ids of the addresses and images that the key may ask for by id, once they are looked up.
    """

    store: Store
    key: ApiKey = OPERATOR
    choices: Choices = field(default_factory=Choices)
    webhooks: Webhooks | None = None
    fault: Fault = field(default_factory=Fault)
    ids: int = 0
    poisoned: bool = False
    undeleted: str | None = None
    parts: frozenset[str] | None = None

    @property
    def role(self) -> Role:
        """Whose key it is."""
        return self.key.role

    @property
    def own_seller(self) -> Record | None:
        """The seller whose key this is; ``None`` for an operator's.

        ``GraphQLError`` for a seller's key whose seller the store does not have: it may see nothing.
        """
        if self.key.role == "operator":
            return None
        id_ = self.key.seller
        own = next(iter(self.store.all("Seller")), None) if id_ is None else self.store.get(id_)
        if own is None or own["__typename"] != "Seller":
            raise GraphQLError(f"permission denied: there is no seller {id_ or ''!r}, whose the API key is")
        return own
