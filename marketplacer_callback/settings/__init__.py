"""Settings: a TOML file under environment variables, checked as a whole, secrets by reference."""

from marketplacer_callback.settings.loading import FILE_NAME
from marketplacer_callback.settings.root import Settings
from marketplacer_callback.settings.tables import (
    HeaderSettings,
    InstanceSettings,
    JsonlSinkSettings,
    KeepSettings,
    Lane,
    LaneSettings,
    LogSettings,
    LogSinkSettings,
    ReceiverSettings,
    RedisSettings,
    RouteSettings,
    SinkSettings,
    WorkerSettings,
)
from marketplacer_callback.settings.units import Address, duration, size

__all__ = [
    "FILE_NAME",
    "Address",
    "HeaderSettings",
    "InstanceSettings",
    "JsonlSinkSettings",
    "KeepSettings",
    "Lane",
    "LaneSettings",
    "LogSettings",
    "LogSinkSettings",
    "ReceiverSettings",
    "RedisSettings",
    "RouteSettings",
    "Settings",
    "SinkSettings",
    "WorkerSettings",
    "duration",
    "size",
]
