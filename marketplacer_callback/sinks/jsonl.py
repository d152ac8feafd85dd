"""A sink that appends one CloudEvent a line to files."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from marketplacer_callback.sinks import cloudevents
from marketplacer_callback.sinks.item import Item

__all__ = ["JsonlSink"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_MODE: Final = 0o640
"""Of new files: they hold customers' data."""


class JsonlSink:
    """``path`` may hold ``{typename}`` and ``{instance}``; a relative one starts at ``folder``. Folders are made.

    All items of a ``send`` that go to one file are one append, so any number of processes may write the same file, and
    it may be moved away between two. When ``send`` returns, the operating system has the lines, the disk may not have
    them: a killed process loses none, a power cut may. A line that was cut is ended before the next one is written.
    """

    def __init__(self, path: str, folder: Path) -> None:
        self._path, self._folder = path, folder

    async def open(self) -> None:
        """Make the folder, so that a wrong path is found at start. Raises ``OSError``."""
        fixed = Path(self._path.partition("{")[0] + "_").parent
        await asyncio.to_thread((self._folder / fixed).mkdir, parents=True, exist_ok=True)

    async def send(self, items: Sequence[Item]) -> None:
        """Raises ``OSError``; for data that is not JSON ``TypeError`` or ``ValueError``: then nothing is written."""
        lines: dict[Path, bytearray] = defaultdict(bytearray)
        for item in items:
            lines[self._file(item)] += cloudevents.encode(item) + b"\n"
        await asyncio.to_thread(_append_all, lines)

    async def close(self) -> None:
        """Nothing stays open between two sends."""

    def _file(self, item: Item) -> Path:
        typename, instance = (_UNSAFE.sub("_", part) for part in (item.ref.typename, item.ref.instance))
        return self._folder / self._path.replace("{typename}", typename).replace("{instance}", instance)


def _append_all(lines: Mapping[Path, bytearray]) -> None:
    for path, block in lines.items():
        _append(path, block)


def _append(path: Path, block: bytearray) -> None:
    """All of the block or nothing: the lock keeps others away while a write that found the disk full is taken back."""
    file = _opened(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            block = bytearray(b"\n") + block
        if os.write(file, block) < len(block):
            os.ftruncate(file, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(file)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, _MODE)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, _MODE)
