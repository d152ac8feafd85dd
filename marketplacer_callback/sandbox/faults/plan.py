"""A plan of what shall go wrong: faults of the API and disturbances of the deliveries, as a TOML or JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.faults.parts import Misfit
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance
from marketplacer_callback.settings.problems import Key, Problem, suggestion
from marketplacer_callback.settings.toml_file import TomlFile, read

__all__ = ["Plan", "PlanError"]

TABLES: Final = ("delivery", "fault", "seed")


class PlanError(ValueError):
    """A plan that cannot be carried out: ``problem`` says which part of it, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Plan:
    """``faults`` in the order in which they are tried for a request, ``deliveries`` likewise for a delivery.

    ``seed`` is for what is drawn (``rate``, ``jitter_ms``); ``None``: the sandbox's.
    """

    faults: tuple[Fault, ...] = ()
    deliveries: tuple[Disturbance, ...] = ()
    seed: int | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Plan:
        """From JSON or TOML: ``fault`` and ``delivery``, each a list of tables, and ``seed``. Raises ``PlanError``."""
        for name in values:
            if name not in TABLES:
                raise PlanError(Problem((name,), f"not a part of a plan; {suggestion(name, TABLES)}"))
        seed = values.get("seed")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise PlanError(Problem(("seed",), "expected a whole number"))
        faults = tuple(_fault(place, one) for place, one in _tables(values, "fault"))
        deliveries = tuple(_delivery(place, one) for place, one in _tables(values, "delivery"))
        return cls(faults, deliveries, seed)

    @classmethod
    def read(cls, path: Path) -> Plan:
        """From a file: JSON if its name ends in ``.json``, else TOML.

        ``ConfigurationError`` names the file, the line where the parser knows it, and the part at fault.
        """
        file = _read_json(path) if path.suffix.lower() == ".json" else read(path)
        try:
            return cls.parse(file.tables)
        except PlanError as error:
            line = file.line_of(error.problem.key)
            where = str(path) if line is None else f"{path}:{line}"
            raise ConfigurationError(f"{where}: {error.problem}") from None


def _tables(values: Mapping[str, Any], name: str) -> list[tuple[Key, Mapping[str, Any]]]:
    listed = values.get(name, [])
    if not isinstance(listed, list):
        raise PlanError(Problem((name,), f"expected a list; in TOML its tables begin with [[{name}]]"))
    for place, one in enumerate(listed):
        if not isinstance(one, Mapping):
            raise PlanError(Problem((name, place), "expected a table"))
    return [((name, place), one) for place, one in enumerate(listed)]


def _fault(place: Key, values: Mapping[str, Any]) -> Fault:
    try:
        return Fault.parse(values)
    except Misfit as error:
        raise PlanError(Problem((*place, error.part), error.what)) from None


def _delivery(place: Key, values: Mapping[str, Any]) -> Disturbance:
    try:
        return Disturbance.parse(values)
    except Misfit as error:
        raise PlanError(Problem((*place, error.part), error.what)) from None


def _read_json(path: Path) -> TomlFile:
    try:
        tables = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path}: is not usable JSON: not UTF-8, or a value is far too large") from None
    if not isinstance(tables, dict):
        raise ConfigurationError(f"{path}: expected a JSON object with fault and delivery")
    return TomlFile(path, tables, {})
