"""What the command line said, and what it leads to: settings, integration, instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplacer_callback.errors import ConfigurationError

if TYPE_CHECKING:
    from marketplacer_callback.integration import Integration
    from marketplacer_callback.settings import Settings

__all__ = ["Given", "pass_given"]


@dataclass(slots=True)
class Given:
    """The common options of one invocation. Settings and integration are read once, when first asked for."""

    config: Path | None = None
    app: str | None = None
    instance: str | None = None
    as_json: bool = False
    debug: bool = False
    _settings: Settings | None = field(default=None, repr=False)
    _integration: Integration | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings in force. Reading them also sets up logging: errors alone, unless ``--debug``.

        Raises ``ConfigurationError`` with all their problems.
        """
        if self._settings is None:
            from marketplacer_callback.settings import Settings

            self._settings = Settings.load(self.config)
            self._log(self._settings, "error")
        return self._settings

    @property
    def integration(self) -> Integration:
        """The integrator's own, or one of the settings' routes alone. Raises ``ConfigurationError``."""
        if self._integration is None:
            from marketplacer_callback.cli.loading import load_integration

            self._integration = load_integration(self.app or self.settings.app, self.settings)
            self._settings = self._integration.settings
        return self._integration

    def log_as_a_service(self) -> None:
        """Log from the settings' level up, as processes do that run for long."""
        self._log(self.settings, self.settings.log.level)

    def as_arguments(self) -> list[str]:
        """The options again, for a child process."""
        named = {"--config": self.config, "--app": self.app, "--instance": self.instance}
        options = [part for name, value in named.items() if value is not None for part in (name, str(value))]
        return [*options, *(["--debug"] if self.debug else [])]

    def one_instance(self) -> str:
        """``--instance``, or the only one. Raises ``ConfigurationError`` if that is none."""
        return self._known(self.instance) if self.instance else self.settings.only_instance()

    def instances(self) -> list[str]:
        """``--instance``, or all."""
        return [self._known(self.instance)] if self.instance else sorted(self.settings.instances)

    def _known(self, instance: str) -> str:
        if instance not in self.settings.instances:
            there_are = ", ".join(sorted(self.settings.instances)) or "none"
            raise ConfigurationError(f"--instance {instance}: there is no such instance; there are: {there_are}")
        return instance

    def _log(self, settings: Settings, level: str) -> None:
        from marketplacer_callback import logs

        logs.configure(settings.log.format, "debug" if self.debug else level)


pass_given = click.make_pass_decorator(Given, ensure=True)
