"""Any number of processes append to one file, and each line of it is one whole event."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplacer_callback.refs import Ref
from marketplacer_callback.settings import JsonlSinkSettings, LogSinkSettings, Settings
from marketplacer_callback.sinks import Item, JsonlSink, LogSink, build_sinks


def item(number: int, typename: str = "Advert", data: object = None) -> Item:
    ref = Ref("shop", typename, str(number))
    return Item(str(number), "archive", ref, data, str(ref), datetime.now(UTC), deleted=False)


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


async def test_each_item_is_a_line_in_the_file_of_its_type(tmp_path: Path) -> None:
    sink = JsonlSink("out/{instance}/{typename}.jsonl", tmp_path)
    await sink.open()
    await sink.send([item(1), item(2, "Variant"), item(3)])
    await sink.send([item(4)])
    await sink.close()
    assert ids(tmp_path / "out/shop/Advert.jsonl") == ["1", "3", "4"]
    assert ids(tmp_path / "out/shop/Variant.jsonl") == ["2"]


async def test_a_file_that_was_moved_away_is_made_anew(tmp_path: Path) -> None:
    sink = JsonlSink("a.jsonl", tmp_path)
    await sink.send([item(1)])
    (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    await sink.send([item(2)])
    assert (ids(tmp_path / "a.jsonl"), ids(tmp_path / "b.jsonl")) == (["2"], ["1"])


async def test_a_typename_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    sink = JsonlSink("out/{typename}.jsonl", tmp_path)
    await sink.send([item(1, "../../etc/passwd")])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["______etc_passwd.jsonl"]


async def test_sends_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    sink = JsonlSink("a.jsonl", tmp_path)
    await asyncio.gather(*(sink.send([item(number, data="x" * 5000)]) for number in range(40)))
    assert sorted(map(int, ids(tmp_path / "a.jsonl"))) == list(range(40))


def test_processes_that_append_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    program = """
import asyncio, sys, pathlib, datetime
from marketplacer_callback.refs import Ref
from marketplacer_callback.sinks import Item, JsonlSink
async def main():
    sink = JsonlSink("a.jsonl", pathlib.Path(sys.argv[1]))
    for n in range(50):
        at, ref, data = datetime.datetime.now(datetime.UTC), Ref("s", "T", "1"), "x" * 30_000
        await sink.send([Item(f"{sys.argv[2]}-{n}-{k}", "a", ref, data, str(ref), at, False) for k in (0, 1)])
asyncio.run(main())
"""
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(one)]) for one in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    expected = {f"{one}-{n}-{k}" for one in range(2) for n in range(50) for k in (0, 1)}
    found = ids(tmp_path / "a.jsonl")
    assert (set(found), len(found)) == (expected, len(expected))


async def test_a_line_that_a_crash_has_cut_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "0", "da')
    await JsonlSink("a.jsonl", tmp_path).send([item(1)])
    cut, whole = path.read_text().splitlines()
    assert (cut, json.loads(whole)["id"]) == ('{"id": "0", "da', "1")


async def test_a_full_disk_raises_and_leaves_no_half_line(tmp_path: Path) -> None:
    sink = JsonlSink("a.jsonl", tmp_path)
    await sink.send([item(1)])
    with _largest_file(2000), pytest.raises(OSError, match=r"No space left|File too large"):
        await sink.send([item(2, data="x" * 5000)])
    assert ids(tmp_path / "a.jsonl") == ["1"]
    await sink.send([item(3)])
    assert ids(tmp_path / "a.jsonl") == ["1", "3"]


async def test_data_that_is_not_json_raises_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        await JsonlSink("a.jsonl", tmp_path).send([item(1), item(2, data=object())])
    assert list(tmp_path.iterdir()) == []


async def test_a_path_that_cannot_be_written_is_found_at_start(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        await JsonlSink("out/{typename}.jsonl", tmp_path).open()
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        await JsonlSink("out/{typename}.jsonl", tmp_path).send([item(1)])


async def test_new_files_are_not_for_everyone(tmp_path: Path) -> None:
    await JsonlSink("a.jsonl", tmp_path).send([item(1)])
    assert (tmp_path / "a.jsonl").stat().st_mode & 0o007 == 0


async def test_the_sinks_of_the_settings_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(
        '[sinks]\nshown = { type = "log" }\narchive = { type = "jsonl", path = "out/a.jsonl" }\n'
    )
    sinks = build_sinks(Settings.load(tmp_path / "x.toml", environ={}))
    assert isinstance(sinks["shown"], LogSink)
    await sinks["archive"].send([item(1)])
    assert ids(tmp_path / "out" / "a.jsonl") == ["1"]


async def test_settings_from_code_have_sinks_as_well(tmp_path: Path) -> None:
    path = str(tmp_path / "b.jsonl")
    settings = Settings(sinks={"a": LogSinkSettings(type="log"), "b": JsonlSinkSettings(type="jsonl", path=path)})
    await build_sinks(settings)["b"].send([item(7)])
    assert ids(Path(path)) == ["7"]


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """The kernel lets a file grow up to ``size``, and then a write is short: as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
