"""Deliveries as nobody should send them: bodies and headers that were mutated from real ones. Pure, and by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutated_bodies import BODIES
from mutated_headers import HEADERS, ONCE, PATHS, SIGNATURES

from marketplacer_callback.delivery import SIGNATURE_HEADER, sign

__all__ = ["Case", "cases", "originals"]

LEGACY: Final = b'{"event_name": "create", "payload": {"__typename": "Invoice", "id": "SW52b2ljZS0x", "amount": 1.5}}'
MODERN: Final = (
    b'{"id": "V2ViaG9va0V2ZW50LTE=", "event_name": "update", "payload": {"data": {"node": '
    b'{"__typename": "Advert", "id": "QWR2ZXJ0LTE=", "updatedAt": "2026-01-01T00:00:00Z"}}}}'
)


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery. ``is_signed``: by the secret, over the body as it is sent. ``headers`` may hold a name twice."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    path: str
    is_signed: bool
    made_by: str


def originals(folder: Path | None = None) -> list[bytes]:
    """The bodies to begin with: one of each envelope, and those in ``folder``."""
    recorded = [] if folder is None or not folder.is_dir() else sorted(folder.glob("*.json"))
    return [MODERN, LEGACY, *(path.read_bytes() for path in recorded if path.name != "index.json")]


def cases(count: int, *, seed: int, secret: str, bodies: Sequence[bytes]) -> Iterator[Case]:
    """``count`` cases, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311
    for number in range(count):
        body = bodies[number % len(bodies)]
        names = []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            mutate = draw.choice(BODIES)
            names.append(mutate.__name__.strip("_"))
            body = mutate(draw, body)
        signature, is_signed = draw.choice(SIGNATURES)(draw, sign(body, secret))
        headers = [(SIGNATURE_HEADER, signature)] if signature is not None else []
        for _ in range(draw.choice((0, 1, 1, 2, 4))):
            headers += draw.choice(HEADERS)(draw)
        headers = [one for at, one in enumerate(headers) if one[0] not in ONCE or one[0] not in dict(headers[:at])]
        yield Case(body, tuple(headers), draw.choice(PATHS), is_signed, "+".join(names))
