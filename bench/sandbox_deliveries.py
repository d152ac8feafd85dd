"""How many signed deliveries a second one sandbox process sends into a receiver, another process, that answers at once.

``python bench/sandbox_deliveries.py --count 20000``; ``bench/sandbox.py`` takes it among its figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import cast

from marketplacer_callback.sandbox import Sandbox

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def measure(url: str, *, count: int, concurrency: int = 100, objects: int = 200, write: bool = True) -> float:
    """Deliveries a second. With ``write`` each tells of a write; else only the sending is measured."""
    async with Sandbox(adverts=objects, webhook_url=url, rate_limits=None) as sandbox:
        await sandbox.burst(count=min(count, 500), objects=objects, concurrency=concurrency)
        states = [sandbox.store.state("Advert", one["id"]) for one in sandbox.store.all("Advert")[:objects]]
        start = time.perf_counter()
        if write:
            report = await sandbox.burst(count=count, objects=objects, concurrency=concurrency)
            assert report.delivered == count
        else:
            for number in range(count):
                sandbox.webhooks.announce(states[number % objects])
            await sandbox.drained()
        return count / (time.perf_counter() - start)


class Answering(asyncio.Protocol):
    """Answers each request as soon as its body is there."""

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.index(b"content-length:") + len(b"content-length:")
            size = end + 4 + int(head[at : at + 12].split(b"\r\n")[0])
            if len(self.buffer) < size:
                return
            self.buffer = self.buffer[size:]
            self.transport.write(ANSWER)


def receiver(told: Connection) -> None:
    """A receiver on a free port, which it tells."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    _run(serve())


def _run(main: object) -> object:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)  # type: ignore[arg-type]
    return uvloop.run(main)  # type: ignore[arg-type]


def per_second(*, count: int, concurrency: int = 100, write: bool = True) -> float:
    """Deliveries a second from this process to a receiver of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=receiver, args=(theirs,), daemon=True)
    process.start()
    try:
        url = f"http://127.0.0.1:{ours.recv()}/"
        return float(_run(measure(url, count=count, concurrency=concurrency, write=write)))  # type: ignore[arg-type]
    finally:
        process.kill()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--send-only", action="store_true", help="without the writes that are told of")
    options = parser.parse_args()
    rate = per_second(count=options.count, concurrency=options.concurrency, write=not options.send_only)
    print(json.dumps({"deliveries_per_second": round(rate), "count": options.count}))


if __name__ == "__main__":
    main()
