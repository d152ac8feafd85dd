"""What became of every event: from the sandbox's journal, the handlers' file and the times of the kills. Pure."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

__all__ = ["HANDLERS", "Freeze", "Run", "Verdict", "announced", "judge", "runs"]

HANDLERS = {"Advert": ("shop", "search"), "Seller": ("sellers",)}
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Freeze:
    """A worker that was stopped from ``began`` to ``ended``, on the monotonic clock."""

    pid: int
    began: float
    ended: float


@dataclass(slots=True)
class Run:
    """One call of a handler. ``how``: end, cancelled, or died with its worker."""

    pid: int
    handler: str
    key: Key
    version: datetime | None
    start: float
    end: float = float("inf")
    how: str = "died"

    def was_frozen(self, freezes: Sequence[Freeze]) -> bool:
        """Whether it ran while its worker was stopped, or within the second in which that woke."""
        mine = (one for one in freezes if one.pid == self.pid)
        return any(self.start <= one.ended + 1 and self.end >= one.began for one in mine)


@dataclass(slots=True)
class Verdict:
    """Names of what went wrong, and the seconds from each worker's death to the next run of what it had begun."""

    events: int = 0
    objects: int = 0
    handled: int = 0
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    excused: int = 0
    takeovers: list[float] = field(default_factory=list)
    never_again: list[str] = field(default_factory=list)


def announced(journal: Path) -> tuple[int, dict[Key, datetime]]:
    """How many deliveries were answered 2xx, and the newest version that one of them told of, by object."""
    count, newest = 0, {}
    with journal.open(encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if entry["kind"] != "attempt" or entry["outcome"] not in ("delivered", "duplicate"):
                continue
            if entry["typename"] not in HANDLERS or not 200 <= (entry["status"] or 0) < 300:
                continue
            count += 1
            key, version = (entry["typename"], entry["id"]), datetime.fromisoformat(entry["updated_at"])
            newest[key] = max(version, newest.get(key, version))
    return count, newest


def runs(path: Path, deaths: Mapping[int, float]) -> list[Run]:
    """All calls of handlers in the order in which they began."""
    found: dict[str, Run] = {}
    for what, number, handler, typename, id_, version, at in _lines(path):
        if what == "start":
            pid = int(number.split("-")[0])
            seen = None if version is None else datetime.fromisoformat(version)
            found[number] = Run(pid, handler, (typename, id_), seen, at, deaths.get(pid, float("inf")))
        else:
            found[number].end, found[number].how = at, what
    return sorted(found.values(), key=lambda run: run.start)


def judge(
    events: int,
    newest: Mapping[Key, datetime],
    called: Sequence[Run],
    deaths: Mapping[int, float],
    freezes: Sequence[Freeze],
    poison: Key,
    outages: Sequence[tuple[float, float]] = (),
) -> Verdict:
    """``outages`` of the API, from and to: nobody can take work over in them, so a takeover's time is without them."""
    verdict = Verdict(events=events, objects=len(newest), handled=sum(run.how == "end" for run in called))
    by_handler: dict[tuple[str, Key], list[Run]] = defaultdict(list)
    for run in called:
        by_handler[run.handler, run.key].append(run)
    for key, version in newest.items():
        for handler in HANDLERS[key[0]]:
            own = by_handler.get((handler, key), [])
            if key != poison:
                _judge_versions(verdict, f"{handler} {'/'.join(key)}", version, own, freezes)
            _judge_overlaps(verdict, f"{handler} {'/'.join(key)}", own, freezes)
            if key != poison:
                _judge_takeovers(verdict, own, deaths, outages)
    return verdict


def _judge_versions(
    verdict: Verdict, name: str, version: datetime, own: Sequence[Run], freezes: Sequence[Freeze]
) -> None:
    ended = [run for run in own if run.how == "end" and not run.was_frozen(freezes)]
    if not ended:
        verdict.lost.append(name)
        return
    last = max(ended, key=lambda run: run.end)
    if last.version is None or last.version < version:
        verdict.stale.append(f"{name}: told of {version}, saw {last.version} at {last.end:.3f} in {last.pid}")


def _judge_overlaps(verdict: Verdict, name: str, own: Sequence[Run], freezes: Sequence[Freeze]) -> None:
    for before, run in itertools.pairwise(own):
        if run.start >= before.end:
            continue
        if run.was_frozen(freezes) or before.was_frozen(freezes):
            verdict.excused += 1
        else:
            verdict.overlaps.append(
                f"{name}: {before.pid} {before.start:.3f}-{before.end:.3f} {before.how}, "
                f"{run.pid} {run.start:.3f}-{run.end:.3f} {run.how}"
            )


def _judge_takeovers(
    verdict: Verdict, own: Sequence[Run], deaths: Mapping[int, float], outages: Sequence[tuple[float, float]]
) -> None:
    for at, run in enumerate(own):
        if run.how != "died":
            continue
        if run.pid not in deaths:
            verdict.never_again.append(f"{run.handler} {run.key}: did not end in {run.pid}, which lives")
        elif at + 1 == len(own):
            verdict.never_again.append(f"{run.handler} {run.key}: died with {run.pid}, never run again")
        else:
            died, again = deaths[run.pid], own[at + 1].start
            down = sum(max(0.0, min(again, ended) - max(died, began)) for began, ended in outages)
            verdict.takeovers.append(again - died - down)


def _lines(path: Path) -> Iterator[list[object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
