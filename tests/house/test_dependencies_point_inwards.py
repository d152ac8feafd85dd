"""No room imports one that is further out than itself."""

from __future__ import annotations

import ast
from pathlib import Path

import marketplacer_callback

PACKAGE = Path(marketplacer_callback.__file__).parent

INWARDS: dict[str, set[str]] = {
    "refs": set(),
    "delay": set(),
    "errors": {"delay"},
    "typenames": set(),
    "grouped": set(),
    "bundled": {"errors"},
    "logs": set(),
    "change": {"errors", "refs"},
    "outcomes": {"delay", "errors", "refs"},
    "delivery": {"errors", "refs", "typenames"},
    "documents": {"bundled", "errors", "refs", "typenames"},
    "models": {"errors"},
    "settings": {"bundled", "errors", "refs", "typenames"},
    "sinks": {"errors", "refs", "settings"},
    "inbox": {"errors", "refs", "typenames"},
    "api": {"documents", "errors", "refs", "typenames"},
    "receiver": {"delivery", "errors", "grouped", "inbox", "refs", "typenames", "logs"},
    "registration": {"change", "errors", "models"},
    "routing": {"change", "inbox", "outcomes", "typenames"},
    "needs": {"documents", "routing"},
    "registering": {"errors", "inbox", "routing"},
    "routes": {"change", "outcomes", "routing", "settings"},
    "refreshing": {"errors", "inbox", "registering", "routing"},
    "runtime": {
        "api",
        "change",
        "documents",
        "errors",
        "grouped",
        "inbox",
        "logs",
        "models",
        "needs",
        "outcomes",
        "refs",
        "registering",
        "routing",
        "sinks",
        "typenames",
    },
}
"""room → what it may import. Rooms that are not named (wiring, integration, cli, sandbox, testing) know everything."""


def imports_of(path: Path) -> set[str]:
    """The rooms of this package that a module imports, at its top or inside its functions."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "marketplacer_callback" and len(parts) > 1:
                rooms.add(parts[1])
    return rooms


def test_every_arrow_points_inwards() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in INWARDS:
            for other in sorted(imports_of(path) - INWARDS[room] - {room}):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {other}")
    assert wrong == []


def test_only_what_is_outermost_knows_the_sandbox() -> None:
    wrong = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in {"cli", "demo", "sandbox", "testing"}
        and "sandbox" in imports_of(path)
    ]
    assert wrong == []


def test_every_named_room_exists() -> None:
    missing = [room for room in INWARDS if not (PACKAGE / room).is_dir() and not (PACKAGE / f"{room}.py").is_file()]
    assert missing == []


def test_delivery_outcomes_and_documents_know_nothing_of_redis_or_http() -> None:
    for room in ("delivery.py", "outcomes", "documents"):
        place = PACKAGE / room
        for path in [place] if place.is_file() else place.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else []
                )
                assert not {name.split(".")[0] for name in names} & {"redis", "arq", "aiohttp"}, path
