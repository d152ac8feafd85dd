"""The tables of the settings, one model a table. Field names are the TOML's keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from marketplacer_callback.settings.fields import (
    Duration,
    HeaderName,
    Listen,
    MatchValue,
    MountPath,
    Name,
    Pointer,
    PositiveDuration,
    Secret,
    Size,
    TypeName,
    Url,
    UserPassword,
    WebhookType,
)
from marketplacer_callback.settings.units import Address
from marketplacer_callback.typenames import DEFAULT_FAST_TYPES

__all__ = [
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
    "SinkSettings",
    "Table",
    "WorkerSettings",
    "with_lane_defaults",
]

Lane = Literal["fast", "slow"]

_LANE_DEFAULTS: Final[Mapping[str, Mapping[str, object]]] = {
    "fast": {"types": DEFAULT_FAST_TYPES, "reserve": 0.3, "attempts": 20},
    "slow": {"types": (), "reserve": 0.0, "attempts": 12},
}


class Table(BaseModel):
    """Read-only, no unknown keys, and no value in an error message."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class RedisSettings(Table):
    """``[redis]``. ``url`` may be missing in a process that needs no inbox. ``app`` sets several code bases apart that
    share one Redis. ``max_backlog`` is the number of mailboxes above which new objects are answered 503."""

    url: SecretStr | None = None
    durability: Literal["always", "replica", "everysec", "memory"] = "always"
    max_backlog: int = Field(default=1_000_000, ge=1)
    app: Name | None = None

    @field_validator("url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _is_redis_url(url.get_secret_value()):
            raise ValueError(
                "expected a URL such as redis://localhost:6379/0, rediss://… or unix://…; "
                "write / ? # @ of a password as %2F %3F %23 %40"
            )
        return url


def _is_redis_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("redis", "rediss", "unix") and parts.port != 0
    except ValueError:
        return False


class KeepSettings(Table):
    """``[keep]``: how long digests of handled objects and dead letters stay."""

    digests: PositiveDuration = timedelta(days=400)
    dead_letters: PositiveDuration = timedelta(days=90)


class ReceiverSettings(Table):
    """``[receiver]``. ``bad_signature`` is the status for a delivery that fails the check; 401 disables the webhook."""

    listen: Listen = Address("0.0.0.0", 8080)  # noqa: S104 — a receiver is there to be reached
    path: MountPath = "/marketplacer"
    bad_signature: Literal[503, 401] = 503
    max_body: Annotated[Size, Field(le=128 * 1024**2)] = 10 * 1024**2

    @field_validator("bad_signature", mode="before")
    @classmethod
    def _digits(cls, status: object) -> object:
        return int(status) if isinstance(status, str) and status in ("503", "401") else status


class WorkerSettings(Table):
    """``[worker]``. ``settle``: delay of the second look; ``stop_within``: what running handlers get after SIGTERM."""

    processes: int = Field(default=1, ge=1, le=256)
    handler_timeout: PositiveDuration = timedelta(seconds=60)
    stop_within: Duration = timedelta(seconds=25)
    settle: PositiveDuration = timedelta(seconds=3)
    second_look: Literal["doubtful", "always", "never"] = "doubtful"


class LogSettings(Table):
    """``[log]``: what the command line's processes write to stderr. A host application configures logging itself."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class HeaderSettings(Table):
    """A static header that authenticates seller webhooks."""

    name: HeaderName
    value: Secret | None = None


class InstanceSettings(Table):
    """``[instances.<name>]``. What a process does not need may be missing: ``Settings.problems_for_…`` tell."""

    url: Url | None = None
    role: Literal["operator", "seller"] = "operator"
    api_key: Secret | None = None
    basic_auth: UserPassword | None = None
    webhook_secrets: tuple[Secret, ...] = ()
    webhook_header: HeaderSettings | None = None
    requests_per_10s: int = Field(default=600, ge=1, le=1200)


class LaneSettings(Table):
    """``[lanes.fast]``, ``[lanes.slow]``. ``reserve``: the share of the API budget that the other lane never takes."""

    types: tuple[TypeName, ...] = ()
    reserve: float = Field(default=0.0, ge=0, lt=1)
    attempts: int = Field(default=12, ge=1, le=100)
    cooldown: Duration = timedelta(milliseconds=250)


class LogSinkSettings(Table):
    """A sink that tells in the log what it was sent."""

    type: Literal["log"]


class JsonlSinkSettings(Table):
    """A sink that appends CloudEvents to files. ``path`` may hold ``{typename}`` and ``{instance}``."""

    type: Literal["jsonl"]
    path: str

    @field_validator("path")
    @classmethod
    def _placeholders(cls, path: str) -> str:
        rest = path.replace("{typename}", "").replace("{instance}", "")
        if not rest.strip() or "{" in rest or "}" in rest or "\0" in rest or path.endswith("/"):
            raise ValueError('expected a file, such as "out/{typename}.jsonl"; {typename} and {instance} are filled in')
        return path


SinkSettings = Annotated[LogSinkSettings | JsonlSinkSettings, Field(discriminator="type")]


class RouteSettings(Table):
    """``[[routes]]``: changes of ``types`` that pass ``where`` go to the sinks ``to``. ``name`` is its identity.

    ``where`` maps JSON pointers into the fetched object to what is expected there: an equal value, one of several,
    or an element of the list found. ``only="first"``: once for each object that passes.
    """

    name: Name
    types: tuple[WebhookType, ...] = Field(min_length=1)
    to: tuple[str, ...] = Field(min_length=1)
    document: TypeName | None = None
    lane: Lane | None = None
    where: dict[Pointer, MatchValue] = Field(default_factory=dict)
    only: Literal["first"] | None = None
    deletions: Literal["send", "ignore"] = "send"
    skip_unchanged: bool = True


def with_lane_defaults(lanes: object) -> object:
    """``lanes`` with both lanes and their own defaults; a type that ``slow`` names is not fast by default."""
    if not isinstance(lanes, Mapping):
        return lanes
    whole = dict(lanes)
    for name, defaults in _LANE_DEFAULTS.items():
        lane = lanes.get(name, {})
        if isinstance(lane, Mapping):
            whole[name] = {**defaults, **lane}
    fast, slow = whole["fast"], whole["slow"]
    if isinstance(fast, dict) and isinstance(slow, dict) and "types" not in lanes.get("fast", {}):
        named = slow["types"] if isinstance(slow["types"], list | tuple) else ()
        fast["types"] = tuple(one for one in DEFAULT_FAST_TYPES if one not in named)
    return whole
