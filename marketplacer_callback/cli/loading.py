"""Importing the integrator's code, and saying what is wrong with it without a traceback."""

from __future__ import annotations

import importlib
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.integration import Integration

if TYPE_CHECKING:
    from marketplacer_callback.settings import Settings

__all__ = ["load_integration"]

_APP = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)\Z")


def load_integration(app: str | None, settings: Settings) -> Integration:
    """The ``Integration`` at ``module:name``, with ``settings`` unless it was constructed with its own; without ``app``
    one that has the routes alone.

    The working directory and the TOML file's folder are searched first. Raises ``ConfigurationError`` that says file
    and line of the statement that failed.
    """
    if app is None:
        return Integration(settings)
    parts = _APP.match(app)
    if parts is None:
        raise ConfigurationError(f"app {app!r}: expected MODULE:NAME, such as shop.integration:integration")
    folders = list(dict.fromkeys((Path.cwd(), settings.folder)))
    for folder in reversed(folders):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    found: object = _imported(parts["module"], app, folders)
    for name in parts["name"].split("."):
        found = _attribute(found, name, app)
    if not isinstance(found, Integration):
        raise ConfigurationError(f"app {app}: that is a {type(found).__name__}, not an Integration")
    if not found._has_own_settings:
        found.settings = settings
    return found


def _imported(module: str, app: str, folders: list[Path]) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ConfigurationError:
        raise
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise ConfigurationError(_import_failed(module, error, folders)) from error
        raise ConfigurationError(
            f"app {app}: there is no module {error.name!r}; looked in {' and '.join(map(str, folders))} "
            "and among the installed packages"
        ) from error
    except (Exception, SystemExit) as error:  # whatever the integrator's module raises is told with its place
        raise ConfigurationError(_import_failed(module, error, folders)) from error


def _import_failed(module: str, error: BaseException, folders: list[Path]) -> str:
    what = f"importing {module} failed: {type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: importing {module} failed: {type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    own = [frame for frame in frames if _is_own(Path(frame.filename), folders)]
    if not own and not frames:
        return what
    place = (own or frames)[-1]
    return f"{place.filename}:{place.lineno}: {what}"


def _is_own(file: Path, folders: list[Path]) -> bool:
    """Whether a file is the integrator's own, and not of an environment that happens to be below the folder."""
    installed = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
    package = Path(__file__).resolve().parent.parent
    return any(file.is_relative_to(folder) for folder in folders) and not any(
        file.is_relative_to(place) for place in (*installed, package)
    )


def _attribute(holder: object, name: str, app: str) -> object:
    try:
        return getattr(holder, name)
    except AttributeError:
        names = sorted(key for key, value in vars(holder).items() if isinstance(value, Integration))
        hint = f"; there is: {', '.join(names)}" if names else "; there is no Integration in it"
        raise ConfigurationError(f"app {app}: {getattr(holder, '__name__', holder)} has no {name!r}{hint}") from None
