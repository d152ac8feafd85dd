"""What the inbox promises, as plain dictionaries: the model that the property test compares the real one with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from marketplacer_callback.inbox import MailboxEvent, NewEvent, Remembered, Want

DAY_MS = 86_400_000
FORGOTTEN_MS = 600_000
FLEET_DOWN_MS = 120_000

Ref = tuple[str, str, str]
"""lane, type, id"""
Place = tuple[str, str, str, str]
"""lane, type, id, handler"""


@dataclass
class Model:
    """``owed``: by handler and object, the event names that it has to run for, each with the order in which it
    was accepted.
    """

    now: int
    max_dead_letters: int
    order: int = 0
    said: dict[Want, int] = field(default_factory=dict)
    accepted: dict[bytes, int] = field(default_factory=dict)
    owed: dict[Place, dict[str, int]] = field(default_factory=dict)
    letters: dict[Ref, dict[str, set[str]]] = field(default_factory=dict)
    remembered: dict[tuple[str, str], dict[str, Remembered]] = field(default_factory=dict)

    def register(self, wants: Iterable[Want]) -> None:
        if self.said and max(self.said.values()) < self.now - FLEET_DOWN_MS:
            self.said = dict.fromkeys(self.said, self.now)
        self.said |= dict.fromkeys(wants, self.now)
        self.said = {want: at for want, at in self.said.items() if at > self.now - FORGOTTEN_MS}
        known = {(want.lane, want.typename, want.handler) for want in self.said}
        self.owed = {place: names for place, names in self.owed.items() if (place[0], place[1], place[3]) in known}

    def accept(self, event: NewEvent, word: str) -> None:
        """I9, and what the event makes the handlers owe."""
        before = self.accepted.get(event.identity)
        if word == "dup":
            assert before is not None, f"{event} is called a duplicate and never came before"
            assert self.now - before <= 7.5 * DAY_MS
        elif word in ("new", "coalesced"):
            assert before is None or self.now - before > 5 * DAY_MS, f"{event} was accepted twice"
            self.accepted[event.identity] = self.now
            for want in self.said:
                if want.typename == event.typename and want.covers(event.name):
                    self._owe((want.lane, want.typename, event.id, want.handler), [event.name])
        else:
            assert word in ("unwanted", "full"), word

    def done(self, place: Place, order: int, digest: str, skipped: bool) -> None:
        ref, handler = place[:3], place[3]
        self._cover(place, order)
        self.saw(place, digest, skipped)
        letter = self.letters.get(ref, {})
        letter.pop(handler, None)
        if not letter:
            self.letters.pop(ref, None)

    def saw(self, place: Place, digest: str, skipped: bool) -> None:
        _, typename, id, handler = place
        known = self.remembered.setdefault((typename, id), {})
        ever_done = not skipped or (handler in known and known[handler].done)
        known[handler] = Remembered(ever_done, digest)

    def dead(self, place: Place, order: int, pending: Iterable[MailboxEvent]) -> None:
        ref, handler = place[:3], place[3]
        if ref in self.letters or len(self.letters) < self.max_dead_letters:
            self._cover(place, order)
            self.letters.setdefault(ref, {})[handler] = {event.name for event in pending}

    def replay(self, ref: Ref) -> None:
        known = {(want.lane, want.typename, want.handler) for want in self.said}
        for handler, names in self.letters.pop(ref).items():
            if (ref[0], ref[1], handler) in known:
                self._owe((*ref, handler), names)

    def _owe(self, place: Place, names: Iterable[str]) -> None:
        self.order += 1
        self.owed.setdefault(place, {}).update(dict.fromkeys(names, self.order))

    def _cover(self, place: Place, order: int) -> None:
        left = {name: at for name, at in self.owed.get(place, {}).items() if at > order}
        self.owed[place] = left
