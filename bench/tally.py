"""What the processes of a benchmark count, in a file that they share. It imports little: it is part of the worker."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path
from typing import Final

__all__ = ["Tally"]


class Tally:
    """Handler calls, distinct objects and when the last was; requests, and objects read. One writer a counter."""

    SIZE: Final = 40

    def __init__(self, path: str) -> None:
        fresh = not Path(path).exists()
        self._file = Path(path).open("w+b" if fresh else "r+b")  # noqa: SIM115  lives as long as the process
        if fresh:
            self._file.write(bytes(self.SIZE))
            self._file.flush()
        self._map = mmap.mmap(self._file.fileno(), self.SIZE)
        self._ids: set[str] = set()

    def handled(self, id: str) -> None:
        self._ids.add(id)
        count = struct.unpack_from("Q", self._map, 0)[0] + 1
        struct.pack_into("QQd", self._map, 0, count, len(self._ids), time.monotonic())

    def asked(self, objects: int) -> None:
        requests, read = struct.unpack_from("QQ", self._map, 24)
        struct.pack_into("QQ", self._map, 24, requests + 1, read + objects)

    @property
    def calls(self) -> int:
        return int(struct.unpack_from("Q", self._map, 0)[0])

    @property
    def distinct(self) -> int:
        return int(struct.unpack_from("Q", self._map, 8)[0])

    @property
    def last_at(self) -> float:
        return float(struct.unpack_from("d", self._map, 16)[0])

    @property
    def requests(self) -> int:
        return int(struct.unpack_from("Q", self._map, 24)[0])

    @property
    def objects_read(self) -> int:
        return int(struct.unpack_from("Q", self._map, 32)[0])
