"""``check``: everything that can be known to be wrong, at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FINE, FOUND, UNREACHABLE
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.inboxes import opened_at_once
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.places import shown
from marketplacer_callback.errors import ApiError, ConfigurationError, MarketplacerCallbackError

if TYPE_CHECKING:
    from marketplacer_callback.integration import Integration

__all__ = ["check"]

Part = Literal["settings", "app", "documents", "sinks", "redis", "api"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found: a problem, something doubtful, or how it is."""

    part: Part
    level: Literal["error", "warning", "ok"]
    message: str


@dataclass(slots=True)
class Report:
    findings: list[Finding] = field(default_factory=list)

    def add(self, part: Part, level: Literal["error", "warning", "ok"], *messages: str) -> None:
        known = {finding.message for finding in self.findings}
        self.findings += [Finding(part, level, one) for one in dict.fromkeys(messages) if one not in known]

    @property
    def code(self) -> int:
        """0; 3 if only Redis or the API could not be had; else 1."""
        wrong = {finding.part for finding in self.findings if finding.level == "error"}
        if not wrong:
            return FINE
        return UNREACHABLE if wrong <= {"redis", "api"} else FOUND


@click.command
@click.option("--offline", is_flag=True, help="Leave out Redis and the API.")
@reading
@pass_given
@click.pass_context
def check(context: click.Context, given: Given, offline: bool) -> None:
    """Look for problems: settings, app, documents, sinks, Redis, API key.

    Tells all of them at once. 1 if there are any, 3 if it is only that Redis or the API is out of reach or refuses us.
    """
    report = Report()
    settings = given.settings
    lacking = dict.fromkeys((*settings.problems_for_receiver(), *settings.problems_for_worker()))
    report.add("settings", "error", *lacking)
    report.add("settings", "warning", *settings.warnings())
    if not lacking:
        where = "the environment" if settings.source is None else shown(settings.source)
        report.add("settings", "ok", f"{where}: instances {len(settings.instances)}, routes {len(settings.routes)}")
    _look_at_code(given, report)
    asyncio.run(_look_around(given, report, offline))
    _tell(report, given.as_json)
    context.exit(report.code)


def _look_at_code(given: Given, report: Report) -> None:
    try:
        integration = given.integration
        table = integration.table
    except ConfigurationError as error:
        report.add("app", "error", *error.problems)
        return
    handlers = list(table)
    report.add("app", "warning", *_unreachable(integration))
    if handlers:
        types = {handler.typename for handler in handlers}
        report.add("app", "ok", f"handlers and routes {len(handlers)}, types {len(types)}")
    else:
        report.add("app", "error", "no handler and no route: register one with @integration.on(…), or add [[routes]]")
    _look_at_documents(integration, report)


def _unreachable(integration: Integration) -> Iterator[str]:
    from marketplacer_callback.routing import unreachable_warning

    for handler in integration.table:
        warning = unreachable_warning(handler)
        if warning is not None:
            yield warning


def _look_at_documents(integration: Integration, report: Report) -> None:
    from marketplacer_callback.wiring import check_documents, problems_of_documents

    try:
        checked = check_documents(integration.settings)
    except ConfigurationError as error:  # schema.graphqls itself
        report.add("documents", "error", *error.problems)
        return
    problems = problems_of_documents(integration.settings, integration.table, checked)
    warnings = [str(problem) for one in checked.values() for problem in one.problems if problem.severity == "warning"]
    report.add("documents", "error", *problems)
    report.add("documents", "warning", *warnings)
    if not problems:
        count = len({name for one in checked.values() for name in one.documents})
        report.add("documents", "ok", f"{count} documents in {shown(integration.settings.queries)}")


async def _look_around(given: Given, report: Report, offline: bool) -> None:
    await _look_at_sinks(given, report)
    if offline:
        return
    async for finding in _redis(given):
        report.add("redis", finding.level, finding.message)
    async for finding in _api(given):
        report.add("api", finding.level, finding.message)


async def _look_at_sinks(given: Given, report: Report) -> None:
    from marketplacer_callback.sinks import build_sinks

    for name, sink in build_sinks(given.settings).items():
        try:
            await sink.open()
            await sink.close()
        except (OSError, MarketplacerCallbackError) as error:
            report.add("sinks", "error", f"sinks.{name}: {error}")
        else:
            report.add("sinks", "ok", f"{name} can be opened")


async def _redis(given: Given) -> AsyncIterator[Finding]:
    if given.settings.redis.url is None:
        return  # told among the settings' problems
    try:
        async with opened_at_once(given.settings) as inboxes:
            for name in given.instances():
                facts = await inboxes[name].probe()
                said = f"{facts.software} {facts.version}, durability {facts.durability}"
                weak = facts.durability != "always"
                yield Finding("redis", "warning" if weak else "ok", f"instance {name}: {said}")
    except MarketplacerCallbackError as error:
        yield Finding("redis", "error", str(error))


async def _api(given: Given) -> AsyncIterator[Finding]:
    from marketplacer_callback.api.operations import principal
    from marketplacer_callback.wiring import api_client

    for name in given.instances():
        instance = given.settings.instances[name]
        if instance.url is None or instance.api_key is None:
            continue
        try:
            async with api_client(given.settings, name) as client:
                who = await principal(client)
        except (ApiError, ConfigurationError) as error:
            yield Finding("api", "error", f"instance {name}: {error}")
            continue
        is_seller = instance.role == "seller"
        if who.is_seller != is_seller:
            owner = "a seller" if who.is_seller else "the operator"
            yield Finding("api", "error", f'instance {name}: the API key is {owner}\'s, but role = "{instance.role}"')
        else:
            yield Finding(
                "api", "ok", f"instance {name}: the API key of {who.seller_name or who.name or instance.role}"
            )


def _tell(report: Report, as_json: bool) -> None:
    if as_json:
        by_level = {
            level: [{"part": one.part, "message": one.message} for one in report.findings if one.level == level]
            for level in ("error", "warning", "ok")
        }
        ok = not by_level["error"]
        output.data({"ok": ok, "problems": by_level["error"], "warnings": by_level["warning"], "fine": by_level["ok"]})
        return
    for finding in report.findings:
        output.text(f"{finding.level:7}  {finding.part:9}  {shown(output.printable(finding.message))}")
    errors = sum(finding.level == "error" for finding in report.findings)
    output.text(f"problems: {errors}" if errors else "all is well")
