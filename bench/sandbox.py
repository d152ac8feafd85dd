"""What the sandbox costs:  python bench/sandbox.py [--adverts N] [--repeats N] [--only PART ...]

Machines are noisy: compare the figures of one run, and take the best of several repeats.
"""

from __future__ import annotations

import argparse
import json
import resource
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox_deliveries import per_second

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.documents import check, load_schema
from marketplacer_callback.sandbox import Sandbox

BATCH = 50
ASKED = b'{"query": "{ allAdverts(first: 1) { totalCount } }"}'


@dataclass
class Figure:
    """One line of the table; ``goal`` is empty where there is none."""

    what: str
    value: str
    goal: str = ""


def start(adverts: int, repeats: int) -> list[Figure]:
    """From the start of the process to its first answer over HTTP, and what it then holds."""
    taken, memory = [], 0
    for _ in range(repeats):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        began = time.perf_counter()
        command = [sys.executable, "-m", "marketplacer_callback", "sandbox", "--webhook-url", ""]
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}", "--adverts", str(adverts)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not _answers(port):
                time.sleep(0.005)
            taken.append(time.perf_counter() - began)
            memory = _resident(process.pid)
        finally:
            process.terminate()
            process.wait()
    return [
        Figure(f"first answer, {adverts:,} adverts, best", f"{min(taken):.2f} s", "2.5 s"),
        Figure(f"first answer, {adverts:,} adverts, median", f"{statistics.median(taken):.2f} s"),
        Figure("memory of that process", f"{memory / 2**20:,.0f} MiB"),
    ]


def nodes(adverts: int, repeats: int) -> list[Figure]:
    """``nodes(ids:)`` of 50 adverts with the default document, within the process and as JSON."""
    sandbox = Sandbox(adverts=max(BATCH, min(adverts, 1000)))
    document = check(default_queries(), role="operator", schema=load_schema(None)).documents["Advert"].batched
    assert document is not None
    ids = [advert["id"] for advert in sandbox.store.all("Advert")[:BATCH]]
    variables = {document.variable: ids}
    executed, encoded = [], []
    size = 0
    for _ in range(repeats * 10):
        began = time.perf_counter()
        answer = sandbox.executor.run(document.text, variables, None, sandbox.request())
        executed.append((time.perf_counter() - began) * 1000)
        size = len(json.dumps(answer))
        encoded.append((time.perf_counter() - began) * 1000)
    return [
        Figure(f"nodes(ids:) of {BATCH} adverts, first time", f"{executed[0]:.1f} ms"),
        Figure("  again, best", f"{min(executed):.1f} ms", "20 ms"),
        Figure("  again, median", f"{statistics.median(executed):.1f} ms", "40 ms"),
        Figure(f"  with its {size / 1024:,.0f} KiB of JSON, median", f"{statistics.median(encoded):.1f} ms"),
    ]


def lists(adverts: int, repeats: int) -> list[Figure]:
    """A page of the largest list, sorted and filtered, and an object that is looked for by its external id."""
    sandbox = Sandbox(adverts=adverts)
    page = """query($after: String) {
        allAdverts(first: 500, after: $after, updatedSince: "2020-01-01", sort: [{field: UPDATED_AT}]) {
            nodes { ... on Advert { id updatedAt } } pageInfo { endCursor } } }"""
    cursor = sandbox.executor.run(page, {}, None, sandbox.request())["data"]["allAdverts"]["pageInfo"]["endCursor"]
    found = "query($value: String) { externalIds(value: $value) { owner { id } } }"
    asked: list[tuple[str, str, dict[str, object], str]] = [
        (f"first page of 500 of {adverts:,} adverts, best", page, {"after": None}, "100 ms"),
        ("  the page after it, best", page, {"after": cursor}, "100 ms"),
        (f"an external id among {adverts:,} adverts, best", found, {"value": f"PIM-{adverts}"}, "50 ms"),
    ]
    figures = []
    for what, document, variables, goal in asked:
        taken = []
        for _ in range(repeats):
            began = time.perf_counter()
            answer = sandbox.executor.run(document, variables, None, sandbox.request())
            taken.append((time.perf_counter() - began) * 1000)
            assert "errors" not in answer
        figures.append(Figure(what, f"{min(taken):.1f} ms", goal))
    return figures


def deliveries(_adverts: int, repeats: int) -> list[Figure]:
    """Signed deliveries a second, each with its write, from one process to a receiver that answers at once."""
    rates = [per_second(count=20_000) for _ in range(repeats)]
    return [
        Figure("deliveries a second, best", f"{max(rates):,.0f}", "5,000"),
        Figure("deliveries a second, median", f"{statistics.median(rates):,.0f}"),
    ]


PARTS: dict[str, Callable[[int, int], list[Figure]]] = {
    "start": start,
    "nodes": nodes,
    "lists": lists,
    "deliveries": deliveries,
}


def main(adverts: int, repeats: int, only: list[str]) -> None:
    for name, part in PARTS.items():
        if not only or name in only:
            for figure in part(adverts, repeats):
                print(f"{figure.what:<45} {figure.value:>12}   {'goal ' + figure.goal if figure.goal else ''}".rstrip())


def _answers(port: int) -> bool:
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", ASKED, headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return "totalCount" in answer.read().decode()
    except OSError:
        return False


def _resident(pid: int) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adverts", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=list(PARTS), nargs="*", default=[])
    given = parser.parse_args()
    main(given.adverts, given.repeats, given.only)
