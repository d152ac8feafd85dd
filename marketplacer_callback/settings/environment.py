"""Variables ``MARKETPLACER_<TABLE>__<KEY>`` over the tables of the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marketplacer_callback.settings.problems import Key, dotted, suggestion
from marketplacer_callback.settings.vocabulary import Listed, Named, Shape, Table, Texts, Value

__all__ = ["DEFAULT_INSTANCE", "Overlay", "overlay"]

DEFAULT_INSTANCE: Final = "default"
"""The name of the one instance that is described by the short variables alone."""

_PREFIX: Final = "MARKETPLACER_"
_OF_THE_INSTANCE: Final = {
    "MARKETPLACER_URL": "url",
    "MARKETPLACER_API_KEY": "api_key",
    "MARKETPLACER_WEBHOOK_SECRETS": "webhook_secrets",
}
_REDIS_URL: Final = "MARKETPLACER_REDIS_URL"
_KUBERNETES: Final = re.compile(
    r"MARKETPLACER(?:_[A-Z0-9]+)*_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)"
)


_SERVICE: Final = re.compile(r"(?:tcp|udp|sctp)://")


def _is_kubernetes(name: str, text: str) -> bool:
    """Whether Kubernetes set it for a service of such a name. ``…_PORT`` is one of them only with a URL as its value:
    with a number it is somebody's guess at a setting of ours.
    """
    if name.endswith("_PORT") and _SERVICE.match(text):
        return True
    return _KUBERNETES.fullmatch(name) is not None


@dataclass(slots=True)
class Overlay:
    """``tables`` under the environment; ``origins``: which variable set a key; ``problems``: whole lines."""

    tables: dict[str, Any]
    origins: dict[Key, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def put(self, variable: str, key: Key, value: object) -> None:
        """Set the value, unless the file has something else than a table on the way: that is a problem of its own."""
        table: Any = self.tables
        for part in key[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                return
        table[key[-1]] = value
        self.origins[key] = variable

    def refuse(self, variable: str, what: str) -> None:
        self.problems.append(f"environment variable {variable}: {what}")


def overlay(
    tables: dict[str, Any], environ: Mapping[str, str], shape: Shape, *, later: Collection[Key], used: Collection[str]
) -> Overlay:
    """The file's tables under the environment. Variables of ``later``, tables that are not built yet, pass as they are;
    ``used`` are variables that references name, so they are no misspelt settings."""
    laid = Overlay(tables)
    names = {name: text for name, text in sorted(environ.items()) if name.startswith(_PREFIX)}
    short = [name for name in names if name in _OF_THE_INSTANCE]
    for name, text in names.items():
        if name in short or name in used or _is_kubernetes(name, text):
            continue
        if name == _REDIS_URL:
            laid.put(name, ("redis", "url"), text)
        else:
            _lay(laid, name, text, shape, later)
    _lay_short(laid, {name: names[name] for name in short})
    return laid


def _lay(laid: Overlay, variable: str, text: str, shape: Shape, later: Collection[Key]) -> None:
    """Walk down the shape by the parts of the variable's name, and put the text there."""
    root, key, parts = shape, Key(), variable.removeprefix(_PREFIX).lower().split("__")
    for part in parts:
        if isinstance(shape, Named):
            key, shape = (*key, _existing_name(laid.tables, key, part)), shape.each
        elif isinstance(shape, Table) and part in shape.keys:
            key, shape = (*key, part), shape.keys[part]
        elif any((*key, part)[: len(one)] == one for one in later):
            return laid.put(variable, (*key, part), text)
        elif isinstance(shape, Listed):
            break
        else:
            return laid.refuse(variable, f"not a setting; {_suggested(variable, root, laid.tables, parts[1:2])}")
    if isinstance(shape, Value):
        laid.put(variable, key, text)
    elif isinstance(shape, Texts):
        laid.put(variable, key, _listed(text))
    elif isinstance(shape, Listed):
        laid.refuse(variable, f"{dotted(key)} is a list of tables; only the TOML file can hold it")
    else:
        laid.refuse(variable, f"{dotted(key)} is a table; set its keys one by one: {variable}__<KEY>")
    return None


def _lay_short(laid: Overlay, names: Mapping[str, str]) -> None:
    """The variables that name no instance: they are for the only one."""
    instances = laid.tables.get("instances", {})
    if not names or not isinstance(instances, dict):
        return
    if len(instances) > 1:
        for variable in names:
            key = _OF_THE_INSTANCE[variable].upper()
            laid.refuse(variable, f"there are several instances; say which: {_PREFIX}INSTANCES__<NAME>__{key}")
        return
    instance = next(iter(instances), DEFAULT_INSTANCE)
    for variable, text in names.items():
        key = _OF_THE_INSTANCE[variable]
        laid.put(variable, ("instances", instance, key), _listed(text) if key == "webhook_secrets" else text)


def _existing_name(tables: Mapping[str, Any], at: Key, part: str) -> str:
    """The name in the file that a variable means: it cannot hold a '-', and stands in upper case."""
    below: Any = tables
    for one in at:
        below = below.get(one) if isinstance(below, Mapping) else None
    return next(
        (name for name in (below if isinstance(below, Mapping) else ()) if name.lower().replace("-", "_") == part), part
    )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _suggested(variable: str, root: Shape, tables: Mapping[str, Any], names: Collection[str]) -> str:
    """By what follows the prefix: all variables would resemble each other with it."""
    known = [one.removeprefix(_PREFIX) for one in _variables(root, tables, names)]
    text = suggestion(variable.removeprefix(_PREFIX), known, otherwise="no setting has a name like it")
    return text.replace("did you mean '", f"did you mean '{_PREFIX}")


def _variables(shape: Shape, tables: Mapping[str, Any], names: Collection[str]) -> Iterator[str]:
    """Every variable that would be understood; ``names`` are taken for names of instances and sinks."""
    yield from (*_OF_THE_INSTANCE, _REDIS_URL)
    for key in _keys(shape, tables, names):
        yield _PREFIX + "__".join(key).upper().replace("-", "_")


def _keys(shape: Shape, below: object, names: Collection[str]) -> Iterator[tuple[str, ...]]:
    if isinstance(shape, Value | Texts):
        yield ()
    elif isinstance(shape, Table | Named):
        existing = below if isinstance(below, Mapping) else {}
        pairs = shape.keys if isinstance(shape, Table) else dict.fromkeys((*existing, *names), shape.each)
        for name, each in pairs.items():
            yield from ((name, *rest) for rest in _keys(each, existing.get(name), names))
