"""Whether anything was lost or is stale, from what was announced and what came out. Pure."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from marketplacer_callback.refs import Ref

__all__ = ["Announced", "Published", "Verdict", "judge", "read_journal", "read_output"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Announced:
    """A delivery that was answered 2xx. ``version`` is of the write that it told of; times are seconds since 1970."""

    typename: str
    id: str
    version: float
    sent_at: float
    answered_at: float


@dataclass(frozen=True, slots=True)
class Published:
    """An object that came out at the end. ``version`` is what the handler saw, ``None`` if the type shows none."""

    typename: str
    id: str
    version: float | None
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """``lost``: objects that were announced and never came out. ``stale``: objects whose last output is older than
    the last delivery that was answered 2xx. ``slowest_s``: the longest wait from an answer to an output at least as
    new as what was announced.
    """

    events: int
    objects: int
    lost: tuple[str, ...]
    stale: tuple[str, ...]
    slowest_s: float
    slowest: str

    @property
    def ok(self) -> bool:
        return self.events > 0 and not self.lost and not self.stale


def judge(announced: Iterable[Announced], published: Iterable[Published]) -> Verdict:
    """Compare every answered delivery with what came out. A type without ``updatedAt`` is as new as its output's
    time.
    """
    events: dict[Key, list[Announced]] = {}
    for one in announced:
        events.setdefault((one.typename, one.id), []).append(one)
    outputs: dict[Key, list[Published]] = {}
    for output in published:
        outputs.setdefault((output.typename, output.id), []).append(output)
    lost, stale, slowest = [], [], (0.0, "")
    for key, told in sorted(events.items()):
        seen = sorted(outputs.get(key, []), key=lambda output: output.at)
        name = "/".join(key)
        if not seen:
            lost.append(name)
            continue
        waits = [_wait(one, seen) for one in told]
        if None in waits:
            stale.append(name)
        slowest = max([slowest, *((wait, name) for wait in waits if wait is not None)])
    return Verdict(sum(map(len, events.values())), len(events), tuple(lost), tuple(stale), *slowest)


def read_journal(path: Path) -> Iterator[Announced]:
    """The answered deliveries of a sandbox's journal file."""
    for entry in _lines(path):
        if entry["kind"] == "attempt" and entry["outcome"] == "delivered":
            version = _seconds(entry["updated_at"])
            yield Announced(entry["typename"], entry["id"], version, entry["sent_at"], entry["answered_at"])


def read_output(paths: Iterable[Path]) -> Iterator[Published]:
    """The objects in the files of a ``jsonl`` sink."""
    for path in paths:
        for line in _lines(path):
            ref = Ref.parse(line["subject"])
            data = line["data"]
            updated = data.get("updatedAt")
            version = _seconds(updated) if isinstance(updated, str) else None
            yield Published(ref.typename, ref.id, version, _seconds(line["time"]))


def _wait(told: Announced, seen: list[Published]) -> float | None:
    """Seconds from the answer to the first output that is new enough; ``None`` if the last one still is not.

    Versions only grow, so the newest up to each output decides.
    """
    if seen[-1].version is None:
        position = bisect_left(seen, told.sent_at, key=lambda output: output.at)
    else:
        position = next((n for n, one in enumerate(seen) if (one.version or 0.0) >= told.version), len(seen))
        if (seen[-1].version or 0.0) < told.version:
            return None
    return max(0.0, seen[position].at - told.answered_at) if position < len(seen) else None


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
