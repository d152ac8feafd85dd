"""``Settings``: what a process is told from outside, checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.settings.contradictions import contradictions
from marketplacer_callback.settings.fields import AppPath, InstanceName, LaneName, Name
from marketplacer_callback.settings.later import take_out_later
from marketplacer_callback.settings.loading import Places, gather
from marketplacer_callback.settings.problems import Problem, UnfitTablesError, explain
from marketplacer_callback.settings.readiness import receiver_problems, unencrypted, worker_problems
from marketplacer_callback.settings.tables import (
    InstanceSettings,
    KeepSettings,
    Lane,
    LaneSettings,
    LogSettings,
    ReceiverSettings,
    RedisSettings,
    RouteSettings,
    SinkSettings,
    Table,
    WorkerSettings,
    with_lane_defaults,
)
from marketplacer_callback.settings.vocabulary import shape_of, unknown_keys

__all__ = ["Settings"]


class Settings(Table):
    """All settings. ``Settings.load()`` reads the TOML file under the environment; ``Settings(redis=…, instances=…)``
    takes values from code alone, and reads neither. Both raise ``ConfigurationError`` with all problems at once.

    ``lanes`` always has ``fast`` and ``slow``. Secrets are ``SecretStr``: no ``repr`` shows them.
    """

    app: AppPath | None = None
    queries: Path = Path("queries")
    redis: RedisSettings = RedisSettings()
    keep: KeepSettings = KeepSettings()
    receiver: ReceiverSettings = ReceiverSettings()
    worker: WorkerSettings = WorkerSettings()
    log: LogSettings = LogSettings()
    instances: dict[InstanceName, InstanceSettings] = Field(default_factory=dict)
    lanes: dict[LaneName, LaneSettings] = Field(default_factory=dict, validate_default=True)
    sinks: dict[Name, SinkSettings] = Field(default_factory=dict)
    routes: tuple[RouteSettings, ...] = ()

    _source: Path | None = PrivateAttr(default=None)
    _places: Places = PrivateAttr(default_factory=Places)
    _unresolved: tuple[Problem, ...] = PrivateAttr(default=())

    if not TYPE_CHECKING:  # type checkers see the signature that the fields make

        def __init__(self, **tables: object) -> None:
            plain = {name: _plain(value) for name, value in tables.items()}
            kept, found = take_out_later(plain)
            found += [*unknown_keys(shape_of(Settings), kept), *contradictions(plain)]
            try:
                super().__init__(**kept)
            except ValidationError as error:
                found += explain(error)
            if found:
                raise UnfitTablesError(found) from None

    @field_validator("lanes", mode="before")
    @classmethod
    def _both_lanes(cls, lanes: object) -> object:
        return with_lane_defaults(lanes)

    @classmethod
    def load(cls, config: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
        """``config``, or ``marketplacer-callback.toml`` in the working directory if it is there, under the environment.

        Paths in it are relative to the file's folder, without a file to the working directory. A reference that leads
        nowhere is no error yet, since a receiver need not have the API key: ``problems_for_…`` tell of it.
        """
        gathered = gather(config, os.environ if environ is None else environ, shape_of(cls))
        try:
            settings = cls(**gathered.tables)
        except UnfitTablesError as unfit:
            raise ConfigurationError(*gathered.tell(unfit.found)) from None
        if gathered.problems:
            raise ConfigurationError(*gathered.problems)
        file = gathered.places.file
        settings._source = file.path.absolute() if file else None
        settings._places, settings._unresolved = gathered.places, gathered.unresolved
        return settings

    @property
    def source(self) -> Path | None:
        """The TOML file, if there is one."""
        return self._source

    @property
    def folder(self) -> Path:
        """What relative paths start from: the TOML file's folder, or the working directory."""
        return self._source.parent if self._source else Path.cwd()

    @property
    def schema_file(self) -> Path:
        """Where the instance's own schema is, once ``schema pull`` wrote it: beside the documents' folder, or in
        ``folder`` while the documents are those that come with the package.
        """
        beside = self.folder if self.queries == default_queries() else self.queries.parent
        return beside / "schema.graphqls"

    def only_instance(self) -> str:
        """The name of the only instance. Raises ``ConfigurationError`` if there are several, or none."""
        names = sorted(self.instances)
        if len(names) != 1:
            there_are = ", ".join(names) or "none"
            raise ConfigurationError(f"instances: say which one is meant; there are: {there_are}")
        return names[0]

    def lane_of(self, typename: str) -> Lane:
        """The lane of a type, unless its handler or route says otherwise."""
        return "fast" if typename in self.lanes["fast"].types else "slow"

    def problems_for_receiver(self) -> tuple[str, ...]:
        """What a process that receives deliveries lacks; empty if nothing. For ``ConfigurationError(*problems)``."""
        found = receiver_problems(self.redis, self.instances, self._unresolved)
        return tuple(self._places.tell(problem) for problem in found)

    def problems_for_worker(self) -> tuple[str, ...]:
        """What a process that works on the inbox lacks; empty if nothing. For ``ConfigurationError(*problems)``."""
        found = worker_problems(self.redis, self.instances, self._unresolved)
        return tuple(self._places.tell(problem) for problem in found)

    def warnings(self) -> tuple[str, ...]:
        """What works, and is not wise: an API key that goes over a network unencrypted."""
        return tuple(unencrypted(self.instances))


def _plain(value: object) -> Any:
    """Tables that code gave as models, as mappings like those of a file: one way through all checks."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in value.model_fields_set}
    if isinstance(value, Mapping):
        return {name: _plain(below) for name, below in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [_plain(one) for one in value]
    return value
