"""Logging of the bundled processes: one line a record, JSON or for people, with the fields that are bound around it.

Rooms log an event's name as the message and details as ``extra={"fields": {...}}``. A host application that mounts the
library configures logging itself, and may use the formatters. Neither secrets nor customers' data are ever logged.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["ConsoleFormatter", "JsonFormatter", "bound", "configure"]

_TAMED: Final = ("aiohttp.access", "arq", "asyncio", "redis", "sgqlc", "watchfiles")
"""Loggers kept at warning. arq writes the arguments of each job at info, watchfiles each look at the files at debug."""

_encode: Final = json.JSONEncoder(default=str).encode

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add these fields to each record that is logged inside, tasks that are started inside included."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def configure(format: Literal["json", "console"] = "console", level: str = "info") -> None:  # noqa: A002
    """Log to stderr from ``level`` up: ``debug``, ``info``, ``warning``, ``error``. A later call replaces it."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    handler = _Handler(sys.stderr)
    handler.setFormatter(JsonFormatter() if format == "json" else ConsoleFormatter())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(threshold)
    for name in _TAMED:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


class JsonFormatter(logging.Formatter):
    """``{"time": …, "level": …, "logger": …, "event": …}`` and the fields; ``exception`` is the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, value in _fields(record).items():
            line[f"{name}_" if name in line else name] = value
        if trouble := _traceback(self, record):
            line["exception"] = trouble
        return _encode(line)


class ConsoleFormatter(logging.Formatter):
    """``12:00:00.123 info    delivery.accepted ref=… event_id=…``; a traceback follows on its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_word(value)}" for name, value in _fields(record).items())
        line = f"{_utc(record)[11:23]} {record.levelname.lower():7} {_one_line(record.getMessage())}{fields}"
        trouble = _traceback(self, record)
        return f"{line}\n{trouble}" if trouble else line


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that ``configure`` knows which one to replace."""


def _fields(record: logging.LogRecord) -> dict[str, object]:
    own = getattr(record, "fields", None)
    return {**_bound.get(), **own} if isinstance(own, Mapping) else dict(_bound.get())


def _utc(record: logging.LogRecord) -> str:
    return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=16)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


def _word(value: object) -> str:
    text = str(value)
    if text and text.isprintable() and not (" " in text or '"' in text or "=" in text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
