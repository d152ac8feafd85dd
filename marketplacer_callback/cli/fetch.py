"""``fetch``: one object as a document selects it, and what handlers would answer to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND, Failed
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.typenames import canonical

if TYPE_CHECKING:
    from marketplacer_callback.api import ApiClient, Found
    from marketplacer_callback.documents import Document, DocumentSet

__all__ = ["documents_of", "fetch", "named", "read"]


@click.command
@click.argument("typename", metavar="TYPE")
@click.argument("id", metavar="[ID]", required=False)
@click.option("--document", metavar="D", help="The query of the queries folder; default: the one named like the type.")
@click.option("--dry-run", is_flag=True, help="Run the handlers of the type, print their outcomes, carry out none.")
@click.option("--legacy-id", metavar="N", type=int, help="The number that people see in the portal, instead of ID.")
@reading
@pass_given
def fetch(
    given: Given,
    typename: str,
    id: str | None,
    document: str | None,
    dry_run: bool,
    legacy_id: int | None,
) -> None:
    """Fetch the object with this ID and print it as JSON.

    With --dry-run the handlers run for real, in this process; only what they answer is not carried out. 1 if there is
    no such object.
    """
    if (id is None) == (legacy_id is None):
        raise click.UsageError("give ID, or --legacy-id")
    asyncio.run(_fetch(given, canonical(typename), id, legacy_id, document, dry_run))


async def _fetch(
    given: Given, typename: str, identifier: str | None, legacy_id: int | None, document: str | None, dry_run: bool
) -> None:
    from marketplacer_callback.wiring import api_client

    instance = given.one_instance()
    documents = documents_of(given, instance)
    async with api_client(given.settings, instance) as client:
        if identifier is None:
            identifier = await _by_legacy_id(client, typename, legacy_id or 0)
        if not dry_run:
            found = await read(client, named(documents, document or typename, given), identifier)
            if canonical(found.typename) != typename:
                output.note(f"the API says that this object is a {found.typename}")
            output.data(found.object)
            return
        await _dry_run(given, client, documents, (instance, typename, identifier), document)


async def _dry_run(
    given: Given, client: ApiClient, documents: DocumentSet, ref: tuple[str, str, str], document: str | None
) -> None:
    from marketplacer_callback.cli.dry_run import answer_of
    from marketplacer_callback.refs import Ref

    typename = ref[1]
    handlers = [one for one in given.integration.table if one.typename == typename and document in (None, one.document)]
    if not handlers:
        using = f" with document {document}" if document else ""
        raise ConfigurationError(f"nothing handles {typename}{using}: no handler and no route")
    answers = {}
    for handler in handlers:
        used = named(documents, handler.document or typename, given)
        found = await read(client, used, ref[2])
        answers[handler.name] = await answer_of(handler, Ref(*ref), used, found)
    output.data(answers)


async def read(client: ApiClient, document: Document, identifier: str) -> Found:
    """The object. Raises the API's error, ``Failed`` if there is no such object."""
    from marketplacer_callback.api import Failed as Refused
    from marketplacer_callback.api import Fetcher, Found

    if not document.fetchable:
        raise ConfigurationError(f"{document.path}:{document.line}: {document.name}: {document.unbatchable}")
    fetched = (await Fetcher(client).fetch(document, [identifier]))[identifier]
    if isinstance(fetched, Refused):
        raise fetched.error
    if not isinstance(fetched, Found):
        raise Failed(FOUND, f"{identifier}: there is no such object, or this API key may not see it")
    return fetched


async def _by_legacy_id(client: ApiClient, typename: str, legacy_id: int) -> str:
    from marketplacer_callback.api.operations import find_by_legacy_id

    found = await find_by_legacy_id(client, typename, legacy_id)
    if found is None:
        raise Failed(FOUND, f"{typename} {legacy_id}: there is no such object, or this API key may not see it")
    return found


def documents_of(given: Given, instance: str) -> DocumentSet:
    """The usable documents for the instance's role."""
    from marketplacer_callback.wiring import check_documents

    return check_documents(given.settings)[given.settings.instances[instance].role].documents


def named(documents: DocumentSet, name: str, given: Given) -> Document:
    """The document of that name. Raises ``ConfigurationError`` if there is none that can be used."""
    if name not in documents:
        raise ConfigurationError(
            f"{given.settings.queries}: no usable query {name!r}; see `marketplacer-callback queries check`; "
            f"there are: {', '.join(documents) or 'none'}"
        )
    return documents[name]
