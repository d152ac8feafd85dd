"""An API that answers after a fixed time with objects that differ at each read; it counts requests in the tally.

Answers whatever document as if each selection were of scalars: ``node(id:)`` and ``nodes(ids:)``, aliases included.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import re
from typing import Any, cast

from rig import begin
from tally import Tally

READS = [0]


@functools.cache
def shape(query: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The answer's root key, and each alias of ``__typename`` and ``id``."""
    root = re.search(r"\{\s*(\w+)(?:\s*:\s*\w+)?\s*\(", query[query.index(")") :])
    aliases = re.findall(r"(\w+)\s*:\s*(__typename|id)\b", query)
    return (root[1] if root else "__typename"), tuple(aliases)


def one(id: str, aliases: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    READS[0] += 1
    plain = {"__typename": id.partition("-")[0], "id": id}
    return {
        **plain,
        **{alias: plain[what] for alias, what in aliases},
        "title": f"Title {READS[0]}",
        "updatedAt": "2026-01-01T00:00:00Z",
    }


class Stub(asyncio.Protocol):
    latency_s = 0.02
    tally: Tally

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = re.search(rb"content-length:\s*(\d+)", self._buffer[:end], re.IGNORECASE)
            whole = end + 4 + int(length[1] if length else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._answer(json.loads(body))

    def _answer(self, asked: dict[str, Any]) -> None:
        root, aliases = shape(asked["query"])
        given = next(iter(asked["variables"].values()), None)
        if isinstance(given, list):
            data: Any = [one(id, aliases) for id in given]
        else:
            data = one(given, aliases) if given else "Query"
        self.tally.asked(len(given) if isinstance(given, list) else 1)
        body = json.dumps({"data": {root: data}}).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        if self.latency_s:
            asyncio.get_running_loop().call_later(self.latency_s, self._transport.write, head + body)
        else:
            self._transport.write(head + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=20.0)
    options = parser.parse_args()
    Stub.latency_s = options.latency_ms / 1000
    Stub.tally = Tally(os.environ["BENCH_TALLY"])
    begin(serve(options.port))


if __name__ == "__main__":
    main()
