"""What happens on a marketplace, as stories: GraphQL documents one after the other, each using what came before.

A story is what an integrator's own system and the platform's portals would send, in the order of the vendor's how-to
guides; which webhooks follow from a step is the sandbox's doing, not the story's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

__all__ = ["Step", "Story", "Values", "mutation"]

INPUTS: Final = {"externalIdUpsert": "ExternalIDUpsertMutationInput"}
"""Mutations whose input type is not named like them, by the schema."""

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One document. ``$name`` in ``variables`` stands for a value that an earlier step kept, or for ``$today``,
    ``$now`` and ``$number``, which is another one each time that a story is told.

    ``keeps``: name → path into the answer's data, such as ``orderCreate.order.id`` or ``invoices.nodes.0.id``.
    ``shows``: the path of the object that the step is about.
    """

    does: str
    document: str
    variables: Values = field(default_factory=lambda: MappingProxyType({}))
    keeps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """``title`` says in a line what happens."""

    name: str
    title: str
    steps: tuple[Step, ...]


def mutation(does: str, root: str, of: str, selection: str, given: Values, *, keeps: Values | None = None) -> Step:
    """A step with one mutation: ``root``, whose payload has the field ``of``; ``keeps`` are paths below that."""
    kind = root[0].upper() + root[1:]
    type_ = INPUTS.get(root, f"{kind}MutationInput")
    return Step(
        does,
        f"mutation {kind}($input: {type_}!) {{ {root}(input: $input) "
        f"{{ status errors {{ field messages }} {of} {{ __typename id {selection} }} }} }}",
        {"input": given},
        {name: f"{root}.{of}.{path}" for name, path in (keeps or {}).items()},
        f"{root}.{of}",
    )
