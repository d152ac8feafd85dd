"""The sinks that the settings name."""

from __future__ import annotations

from pathlib import Path

from marketplacer_callback.settings import JsonlSinkSettings, Settings, SinkSettings
from marketplacer_callback.sinks.item import Sink
from marketplacer_callback.sinks.jsonl import JsonlSink
from marketplacer_callback.sinks.log import LogSink

__all__ = ["build_sinks"]


def build_sinks(settings: Settings) -> dict[str, Sink]:
    """``[sinks]`` by name, not opened yet."""
    return {name: _sink(one, settings.folder) for name, one in settings.sinks.items()}


def _sink(settings: SinkSettings, folder: Path) -> Sink:
    if isinstance(settings, JsonlSinkSettings):
        return JsonlSink(settings.path, folder)
    return LogSink()
