"""Random steps of receivers, workers and accidents on the real inbox, compared with the model after every step."""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, repeat
from typing import TypeVar

import inbox_contents
import msgpack
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from inbox_contents import Contents
from inbox_desk import LEASE_MS, Clock, make_inbox
from inbox_model import DAY_MS, Model, Ref
from redis.asyncio import Redis

from marketplacer_callback.inbox import (
    Busy,
    Claimed,
    Gone,
    HandlerResult,
    Mailbox,
    MailboxVerdict,
    NewEvent,
    Want,
)
from marketplacer_callback.inbox.accept import mark_of
from marketplacer_callback.inbox.replies import Reply
from marketplacer_callback.inbox.scripts import Argument, Scripts, execute

T = TypeVar("T")

LANES = ("fast", "slow")
NAMES = ("create", "update", "destroy")
IDS = ("o0", "o1", "o2", "o3")
BATCH_MAX, BACKLOG_MAX, LETTERS_MAX = 3, 6, 4
CRASHES_TO_GIVE_UP = 4

OLDER_CODE = (
    Want("T", "fast", "A", ("create", "update")),
    Want("T", "slow", "C"),
    Want("U", "slow", "D", ("update",)),
    Want("U", "slow", "G"),
)
NEWER_CODE = (*OLDER_CODE, Want("T", "fast", "B"), Want("U", "fast", "E", ("destroy",)), Want("V", "fast", "F"))
CODES = (OLDER_CODE, NEWER_CODE)

RESULTS = {
    "done": {"verb": "done", "digest": "d"},
    "skip": {"verb": "done", "digest": "s", "skipped": True},
    "settle": {"verb": "settle", "after_ms": 2_000, "digest": "l", "skipped": True},
    "soon": {"verb": "retry", "after_ms": 1_000, "counted": True},
    "late": {"verb": "retry", "after_ms": 60_000, "counted": True},
    "again": {"verb": "retry", "after_ms": 8_000},
    "dead": {"verb": "dead", "reason": "given up"},
}
MOVES = {
    "accept": 12,
    "deliver_again": 3,
    "accept_again": 8,
    "start": 12,
    "work": 28,
    "release": 1,
    "renew": 3,
    "tend": 8,
    "let_pass": 12,
    "crash": 3,
    "finish_again": 3,
    "claim_again": 2,
    "arq_drops_a_job": 1,
    "register": 3,
    "replay": 2,
    "fail_over": 1,
}
"""How often each is tried, of a hundred."""

Draw = Callable[[st.SearchStrategy[T]], T]

EVENTS = st.lists(
    st.tuples(st.sampled_from("TUV"), st.sampled_from(IDS), st.sampled_from(NAMES)), min_size=1, max_size=5
)
INDEX = st.integers(0, 99)
LANE = st.sampled_from(LANES)
CODE = st.sampled_from(CODES)
HOW = st.lists(
    st.sampled_from(("done", "done", "done", "skip", "settle", "soon", "late", "again", "dead")), min_size=1, max_size=3
)
ONE_IN_FOUR = st.sampled_from((True, False, False, False))


class RepeatingScripts(Scripts):
    """Remembers its calls, to send them again as a client library does that has lost a reply."""

    def __init__(self, redis: Redis, keys: object, **options: object) -> None:
        super().__init__(redis, keys, **options)  # type: ignore[arg-type]
        self.sent: list[tuple[str, tuple[Argument, ...]]] = []
        self.forgotten = 0

    def command(self, name: str, *arguments: Argument) -> tuple[Argument, ...]:
        command = super().command(name, *arguments)
        # Seeds decide which batch comes first, and hypothesis needs the same steps to do the same each time.
        seed = hashlib.blake2b(str(self.forgotten + len(self.sent)).encode(), digest_size=8).hexdigest()
        command = (*command[:5], seed, *command[6:])
        self.sent.append((name, command))
        return command

    def forget(self) -> None:
        """The calls so far cannot be sent again."""
        self.forgotten += len(self.sent)
        self.sent.clear()

    async def again(self, command: tuple[Argument, ...], now_ms: int) -> Reply:
        """The same call with the same seed; only the server's time has gone on."""
        return await execute(self.redis, *command[:4], now_ms, *command[5:])


@dataclass
class Run:
    """One arq job in a worker: the claim of a batch."""

    gen: str
    lane: str
    token: str
    code: Sequence[Want]
    claimed: Claimed | None = None
    order: int = 0
    till: int = 0
    refs: dict[str, Mailbox] = field(default_factory=dict)


@dataclass
class Snapshot:
    """The server at some moment, and what was true then."""

    keys: Mapping[bytes, bytes]
    expiries: Mapping[bytes, int]
    model: Model


class InboxMachine(RuleBasedStateMachine):
    """``texts`` are the scripts; a mutant of them has to fail."""

    def __init__(self, url: str, texts: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.clock = Clock()
        self.redis = Redis.from_url(url)
        self.inbox = make_inbox(
            self.redis,
            self.clock,
            durability="memory",
            cooldown_ms={"fast": 0, "slow": 20_000},
            max_backlog=BACKLOG_MAX,
            max_dead_letters=LETTERS_MAX,
            batch_max=BATCH_MAX,
        )
        self.scripts = RepeatingScripts(
            self.redis, self.inbox.keys, batch_max=BATCH_MAX, clock_ms=self.clock, texts=texts
        )
        self.inbox.scripts = self.scripts
        self.model = Model(self.clock.now_ms, LETTERS_MAX)
        self.runs: list[Run] = []
        self.events: list[NewEvent] = []
        # Accepts that did not take all of their events: sent again, they make batches again.
        self.partly: list[tuple[Argument, ...]] = []
        self.expiries: dict[bytes, int] = {}
        self.tokens = 0
        self.snapshot: Snapshot | None = None
        self.await_(self.redis.flushall())
        self.await_(self._register(OLDER_CODE))

    def await_(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run(work)

    @rule(move=st.sampled_from([move for move, weight in MOVES.items() for _ in range(weight)]), data=st.data())
    def step(self, move: str, data: st.DataObject) -> None:
        """One rule for all moves: rules cannot have weights, and hypothesis would leave some of them out of most
        examples.
        """
        self.await_(getattr(self, move)(data.draw))

    @invariant()
    def nothing_is_out_of_place(self) -> None:
        self.await_(self._check())

    def teardown(self) -> None:
        try:
            self.await_(self._drain())
        finally:
            self.await_(self.redis.aclose())
            self.loop.close()

    # Receivers.

    async def accept(self, draw: Draw) -> None:
        await self._accept([self._event(*event) for event in draw(EVENTS)])

    async def deliver_again(self, draw: Draw) -> None:
        """The platform sends again what it got no answer for, along with something new."""
        if self.events:
            old = self.events[-1 - draw(INDEX) % len(self.events)]
            await self._accept([old, *(self._event(*event) for event in draw(EVENTS)), old])

    async def accept_again(self, draw: Draw) -> None:
        """The client library sends the same call again, with the same seed for new batches."""
        calls = [*self.partly[-2:], *self._sent("accept")[-2:]]
        if not calls:
            return
        command = draw(st.sampled_from(calls))
        words = await self.scripts.again(command, self.clock.now_ms)
        by_digest = {mark_of(event.identity).digest: event for event in self.events}
        # The last word has six values for each event, its digest first.
        digests = msgpack.unpackb(command[-1], raw=True)[::6]  # type: ignore[arg-type]
        for digest, word in zip(digests, words, strict=True):  # type: ignore[arg-type]
            self.model.accept(by_digest[digest], word.decode())  # type: ignore[union-attr]

    # Workers.

    async def start(self, draw: Draw) -> None:
        await self._start(draw(LANE), draw(st.integers(1, 3)), draw(CODE))

    async def work(self, draw: Draw) -> None:
        run = self._pick(draw)
        if run is None:
            return
        if run.claimed is None:
            await self._claim(run)
            return
        ids = draw(st.lists(st.sampled_from(sorted(run.refs)), min_size=1, max_size=len(run.refs), unique=True))
        await self._give_back(run, [self._verdict(run, id, cycle(draw(HOW))) for id in ids])
        if draw(ONE_IN_FOUR):
            await self._finish_again(self._sent("finish")[-1])

    async def release(self, draw: Draw) -> None:
        run = self._pick(draw)
        if run is not None and run.claimed is not None:
            await self._give_back(run, [MailboxVerdict(id, box.upto, release=True) for id, box in run.refs.items()])

    async def renew(self, draw: Draw) -> None:
        run = self._pick(draw)
        if run is None or run.claimed is None:
            return
        if await self.inbox.renew(run.gen, run.token, LEASE_MS):
            run.till = self.clock.now_ms + LEASE_MS
        else:
            self.runs.remove(run)

    async def tend(self, draw: Draw) -> None:
        await self.inbox.tend(draw(LANE))

    # Time and accidents.

    async def let_pass(self, draw: Draw) -> None:
        await self._let_pass(draw(st.sampled_from((1, 1_000, 5_000, 16_000, 31_000, 61_000))))

    async def crash(self, draw: Draw) -> None:
        run = self._pick(draw)
        if run is not None:
            self.runs.remove(run)

    async def finish_again(self, draw: Draw) -> None:
        calls = self._sent("finish")
        if calls:
            await self._finish_again(calls[-1 - draw(INDEX) % len(calls)])

    async def claim_again(self, draw: Draw) -> None:
        """The first reply was lost; or the call comes late, after its worker is gone."""
        calls = self._sent("claim")
        if not calls:
            return
        command = calls[-1 - draw(INDEX) % len(calls)]
        gen, token = command[9], command[10]
        mine = next((run for run in self.runs if run.token == token), None)
        if mine is None:
            if not any(run.gen == gen for run in self.runs):
                await self.scripts.again(command, self.clock.now_ms)
        elif mine.claimed is not None and len(mine.refs) == len(mine.claimed.mailboxes):
            await self._claim(mine)

    async def arq_drops_a_job(self, draw: Draw) -> None:
        queue = self.inbox.keys.queue(draw(LANE))
        gens = sorted(await self.redis.zrange(queue, 0, -1))
        if gens:
            gen = gens[draw(INDEX) % len(gens)].decode()
            await self.redis.delete(f"arq:job:{gen}")
            if draw(st.booleans()):
                await self.redis.zrem(queue, gen)

    async def register(self, draw: Draw) -> None:
        """Also after days in which nobody was there."""
        await self._let_pass(draw(st.sampled_from((0, 0, 0, 2))) * DAY_MS)
        await self._register(draw(CODE))

    async def replay(self, draw: Draw) -> None:
        if self.model.letters:
            await self._replay(draw(st.sampled_from(sorted(self.model.letters))))

    async def fail_over(self, draw: Draw) -> None:
        """Remembers the server as it is; the next time it comes back as it was then, without the writes in between."""
        if self.snapshot is None:
            self.snapshot = await self._remember_server()
            return
        await self._restore(self.snapshot)
        self.snapshot = None
        self.scripts.forget()
        self.partly.clear()
        self.events = [event for event in self.events if event.identity in self.model.accepted]
        keep = draw(INDEX)
        self.runs = [run for place, run in enumerate(self.runs) if keep >> place & 1]
        for run in self.runs:
            run.till = 0  # that nobody else works on it is not promised over lost writes

    # The steps.

    def _event(self, typename: str, id: str, name: str) -> NewEvent:
        event_id = f"e{len(self.events)}-{self.clock.now_ms}"
        event = NewEvent(event_id.encode(), typename, id, name, event_id)
        self.events.append(event)
        return event

    def _pick(self, draw: Draw) -> Run | None:
        return self.runs[draw(INDEX) % len(self.runs)] if self.runs else None

    async def _accept(self, events: Sequence[NewEvent]) -> None:
        words = await self.inbox.accept(events)
        for event, word in zip(events, words, strict=True):
            self.model.accept(event, word)
        if "new" in words and {"full", "unwanted"} & set(words):
            self.partly.append(self._sent("accept")[-1])

    async def _register(self, code: Sequence[Want]) -> None:
        await self.inbox.register(code)
        self.model.register(code)

    async def _replay(self, ref: Ref) -> None:
        assert await self.inbox.replay(*ref) in ("new", "merged")
        assert await self.inbox.replay(*ref) == "none"
        self.model.replay(ref)

    async def _start(self, lane: str, free: int, code: Sequence[Want]) -> None:
        queue = self.inbox.keys.queue(lane)
        gens = [gen.decode() for gen in await self.redis.zrange(queue, 0, -1)]
        started = await self.inbox.start(lane, free, gens, LEASE_MS)
        assert len(started.jobs) <= free
        for gen, score in started.jobs:
            assert score <= self.clock.now_ms
            if await self.redis.exists(f"arq:job:{gen}"):
                self.tokens += 1
                self.runs.append(Run(gen, lane, f"token{self.tokens}", code))
            else:  # arq calls it expired
                await self._end_job(lane, gen)

    def _verdict(self, run: Run, id: str, how: Iterator[str]) -> MailboxVerdict:
        box = run.refs[id]
        pending = [want for want in run.code if self._is_pending(run, box, want)]
        give_up = box.crashes >= CRASHES_TO_GIVE_UP
        kinds = ["dead" if give_up else next(how) for _ in pending]
        results = [HandlerResult(want.handler, **RESULTS[kind]) for want, kind in zip(pending, kinds, strict=True)]  # type: ignore[arg-type]
        return MailboxVerdict(id, box.upto, tuple(results))

    async def _finish_again(self, command: tuple[Argument, ...]) -> None:
        """I8: it changes nothing."""
        words = await self.scripts.again(command, self.clock.now_ms)
        assert set(words) <= {b"skip", b"fenced"}, words  # type: ignore[arg-type]

    def _sent(self, name: str) -> list[tuple[Argument, ...]]:
        return [command for sent, command in self.scripts.sent if sent == name]

    def _is_pending(self, run: Run, box: Mailbox, want: Want) -> bool:
        assert run.claimed is not None
        is_here = (want.lane, want.typename) == (run.lane, run.claimed.typename)
        return is_here and bool(box.pending_for(want))

    async def _claim(self, run: Run) -> None:
        answer = await self.inbox.claim(run.gen, run.token, LEASE_MS)
        now = self.clock.now_ms
        match answer:
            case Gone():
                await self._end_job(run.lane, run.gen)
                self.runs.remove(run)
            case Busy(ms):
                # arq's Retry puts the job off.
                await self.redis.zadd(self.inbox.keys.queue(run.lane), {run.gen: now + ms})
                await self.redis.delete(f"arq:in-progress:{run.gen}")
                self.runs.remove(run)
            case Claimed():
                run.claimed, run.order, run.till = answer, self.model.order, now + LEASE_MS
                run.refs = {box.id: box for box in answer.mailboxes}
                self._check_claim(run, answer)

    def _check_claim(self, run: Run, claimed: Claimed) -> None:
        """I7: nobody else has these objects under a lease. And what the handlers saw last is told."""
        for other in self.runs:
            if (
                other is not run
                and other.claimed
                and (other.lane, other.claimed.typename) == (run.lane, claimed.typename)
            ):
                both = set(other.refs) & set(run.refs)
                assert not both or other.till <= self.clock.now_ms, f"{both} has two owners"
        for box in claimed.mailboxes:
            assert box.remembered == self.model.remembered.get((claimed.typename, box.id), {})

    async def _give_back(self, run: Run, verdicts: Sequence[MailboxVerdict]) -> None:
        assert run.claimed is not None
        words = await self.inbox.finish(run.gen, run.token, verdicts)
        if words is None:
            self.runs.remove(run)
            return
        assert len(words) == len(verdicts)
        assert set(words) <= {"queued", "later", "idle"}, words
        for verdict in verdicts:
            box = run.refs.pop(verdict.id)
            for result in verdict.results:
                place = (run.lane, run.claimed.typename, verdict.id, result.handler)
                if result.verb == "done":
                    self.model.done(place, run.order, result.digest, result.skipped)
                elif result.verb == "settle":
                    self.model.saw(place, result.digest, result.skipped)
                elif result.verb == "dead":
                    want = next(want for want in run.code if want.handler == result.handler)
                    self.model.dead(place, run.order, box.pending_for(want))
        if not run.refs:
            await self._end_job(run.lane, run.gen)
            self.runs.remove(run)

    async def _end_job(self, lane: str, gen: str) -> None:
        """What arq does when a job's function returns."""
        await self.redis.delete(f"arq:job:{gen}", f"arq:in-progress:{gen}")
        await self.redis.zrem(self.inbox.keys.queue(lane), gen)

    async def _let_pass(self, ms: int) -> None:
        """Time goes on, for the server's expiries too."""
        self.clock.advance(ms)
        self.model.now = self.clock.now_ms
        expired = [key for key, at in self.expiries.items() if at <= self.clock.now_ms]
        if expired:
            await self.redis.delete(*expired)
        for key in expired:
            del self.expiries[key]

    async def _read(self) -> Contents:
        """The server counts real time down; here its expiries go by the test's clock. All are whole multiples of
        500 ms.
        """
        contents = await inbox_contents.read(self.redis, self.inbox.keys)
        for key, ms in contents.expiring.items():
            self.expiries[key] = self.clock.now_ms - (-ms // 500) * 500
        return contents

    async def _check(self) -> None:
        inbox_contents.check(await self._read(), self.model, BATCH_MAX)

    async def _remember_server(self) -> Snapshot:
        await self._read()
        keys = await self.redis.keys("*")
        dumps = {key: await self.redis.dump(key) for key in keys}
        return Snapshot(dumps, dict(self.expiries), copy.deepcopy(self.model))

    async def _restore(self, snapshot: Snapshot) -> None:
        await self.redis.flushall()
        for key, dump in snapshot.keys.items():
            await self.redis.restore(key, 0, dump)
        self.model = copy.deepcopy(snapshot.model)
        self.model.now = self.clock.now_ms
        self.expiries = dict(snapshot.expiries)
        await self._let_pass(0)

    async def _drain(self) -> None:
        """I10: once nothing fails any more, everything is worked off, and nothing is left behind."""
        await self._register(NEWER_CODE)
        self.runs.clear()
        for _, typename, id in sorted(self.model.letters):
            await self._accept([self._event(typename, id, "update")])  # a run that ends well resolves a dead letter
        for _ in range(100):
            await self._let_pass(20_000)
            for lane in LANES:
                await self.inbox.tend(lane)
                await self._start(lane, 20, NEWER_CODE)
            for run in [*self.runs, *self.runs]:
                if run in self.runs and run.claimed is None:
                    await self._claim(run)
                elif run in self.runs:
                    await self._give_back(run, [self._verdict(run, id, repeat("done")) for id in sorted(run.refs)])
            contents = await self._read()
            if not contents.leftovers():
                break
        await self._check()
        assert not contents.boxes, contents.boxes
        assert not contents.leftovers(), contents.leftovers()
