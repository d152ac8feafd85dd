"""Everything that is in Redis, read in one call, and the invariants that hold of it at any time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from inbox_model import Model
from redis.asyncio import Redis

from marketplacer_callback.inbox import Keys

ALWAYS_ALLOWED = ("seen:", "done:", "dead", "stats", "routes", "bell:", "cool:")


DUMP = """
local readers = {
  hash = function(key) return redis.call('HGETALL', key) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1) end,
}
local found = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local expires_in = redis.call('PTTL', key)
  if expires_in > 0 then redis.call('PERSIST', key) end
  local reader = readers[redis.call('TYPE', key).ok]
  local is_marker = string.find(key, ':seen:', 1, true)
  found[#found + 1] = {key, expires_in, reader and not is_marker and reader(key) or {}}
end
return found
"""
"""Every key with its contents. Expiries are taken off, to be played by the test's clock."""


@dataclass
class Contents:
    """By key without the prefix: ``gen`` → … for batches, ``lane:type:id`` → … for mailboxes and dead letters,
    ``lane`` → … for waiting lists. ``expiring``: the whole key → ms that it had left.
    """

    names: list[str] = field(default_factory=list)
    expiring: dict[bytes, int] = field(default_factory=dict)
    boxes: dict[str, dict[str, str]] = field(default_factory=dict)
    batches: dict[str, list[str]] = field(default_factory=dict)
    metas: dict[str, dict[str, str]] = field(default_factory=dict)
    later: dict[str, list[str]] = field(default_factory=dict)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    batch_index: list[str] = field(default_factory=list)
    stats: dict[str, str] = field(default_factory=dict)

    def leftovers(self) -> list[str]:
        """The keys that should not outlive the work."""
        return [name for name in self.names if not name.startswith(ALWAYS_ALLOWED)]

    def put(self, name: str, words: list[str]) -> None:
        self.names.append(name)
        kind, _, rest = name.partition(":")
        match kind:
            case "box":
                self.boxes[rest] = _pairs(words)
            case "meta":
                self.metas[rest] = _pairs(words)
            case "dead" if rest:
                self.letters[rest] = _pairs(words)
            case "batch":
                self.batches[rest] = words
            case "later":
                self.later[rest] = words
            case "batches":
                self.batch_index = words
            case "stats":
                self.stats = _pairs(words)


async def read(redis: Redis, keys: Keys) -> Contents:
    contents = Contents()
    for key, expires_in, words in await redis.eval(DUMP, 0):  # type: ignore[misc]
        contents.put(key.decode().removeprefix(keys.prefix), [word.decode() for word in words])
        if expires_in > 0:
            contents.expiring[key] = expires_in
    return contents


def check(contents: Contents, model: Model, batch_max: int) -> None:
    check_places(contents)
    check_batches(contents, batch_max)
    check_events(contents)
    check_nothing_is_lost(contents, model)
    check_dead_letters(contents, model)


def check_places(contents: Contents) -> None:
    """I1: a mailbox is in exactly one place, the one that it names. I2: it runs if and only if its batch has an
    owner.
    """
    places = defaultdict(list)
    for gen, ids in contents.batches.items():
        meta = contents.metas.get(gen)
        assert meta, f"batch {gen} has no meta"
        for id in ids:
            places[f"{meta['lane']}:{meta['type']}:{id}"].append(gen)
    for lane, members in contents.later.items():
        for member in members:
            places[f"{lane}:{member}"].append("later")
    for ref in places:
        assert ref in contents.boxes, f"{places[ref]} has {ref}, which has no mailbox"
    for ref, box in contents.boxes.items():
        assert len(places[ref]) == 1, f"{ref} {box} is in {places[ref]}"
        (place,) = places[ref]
        if box["s"] == "l":
            assert place == "later", f"{ref} {box} is in {place}"
        else:
            assert box.get("g") == place, f"{ref} {box} is in {place}"
            assert (box["s"] == "r") == ("owner" in contents.metas[place]), f"{ref} {box} {contents.metas[place]}"


def check_batches(contents: Contents, batch_max: int) -> None:
    """I3: a batch has at most so many ids, and is in the index. I5: the number of mailboxes is known."""
    for gen, ids in contents.batches.items():
        assert len(ids) <= batch_max, f"batch {gen} has {len(ids)} ids"
        assert gen in contents.batch_index, f"batch {gen} is not in the index"
    assert int(contents.stats.get("live", 0)) == len(contents.boxes)


def check_events(contents: Contents) -> None:
    """I4: the newest event of a mailbox has its number."""
    for ref, box in contents.boxes.items():
        numbers = [int(value.split(" ")[0]) for name, value in box.items() if name.startswith("e:")]
        assert max(numbers, default=0) == int(box["n"]), f"{ref} {box}"


def check_nothing_is_lost(contents: Contents, model: Model) -> None:
    """I6: whatever a handler is owed is in a mailbox, under a number that it is not done with."""
    for (lane, typename, id, handler), names in model.owed.items():
        for name in names:
            box = contents.boxes.get(f"{lane}:{typename}:{id}", {})
            value = box.get(f"e:{name}")
            assert value is not None, f"lost: {name} of {lane} {typename} {id} for {handler}: {box}"
            assert int(value.split(" ")[0]) > int(box.get(f"d:{handler}", 0)), f"lost: {name} for {handler}: {box}"


def check_dead_letters(contents: Contents, model: Model) -> None:
    """Every handler that was given up on is in its object's dead letter, with its events, and no other is."""
    expected = {":".join(ref): handlers for ref, handlers in model.letters.items()}
    assert set(contents.letters) == set(expected)
    for ref, fields in contents.letters.items():
        assert {field[2:] for field in fields if field.startswith("h:")} == set(expected[ref])
        for names in expected[ref].values():
            assert {f"e:{name}" for name in names} <= set(fields)


def _pairs(words: list[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))
