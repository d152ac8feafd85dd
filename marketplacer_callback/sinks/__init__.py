"""Sinks: where published changes go."""

from marketplacer_callback.sinks.building import build_sinks
from marketplacer_callback.sinks.item import Item, Sink
from marketplacer_callback.sinks.jsonl import JsonlSink
from marketplacer_callback.sinks.log import LogSink

__all__ = ["Item", "JsonlSink", "LogSink", "Sink", "build_sinks"]
