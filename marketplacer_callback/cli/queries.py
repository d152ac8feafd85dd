"""``queries list`` and ``queries check``: the documents of the queries folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

import click

from marketplacer_callback.cli import output
from marketplacer_callback.cli.exits import FOUND
from marketplacer_callback.cli.given import Given, pass_given
from marketplacer_callback.cli.options import reading
from marketplacer_callback.cli.places import shown

if TYPE_CHECKING:
    from marketplacer_callback.documents import Checked, Document, Schema

__all__ = ["checked_by_role", "queries"]


@click.group
@reading
def queries() -> None:
    """The GraphQL documents that objects are fetched with."""


@queries.command("list")
@reading
@pass_given
def list_(given: Given) -> None:
    """Every document: its type, fragments, digest, file, and whether many objects are fetched at once with it."""
    _, checked = checked_by_role(given)
    documents = [(role, document) for role, one in checked.items() for document in one.documents.values()]
    if given.as_json:
        output.data([{"role": role, **_record(document)} for role, document in documents])
        return
    head = ("NAME", "TYPE", "ROLE", "BATCHES", "DIGEST", "FRAGMENTS", "FILE")
    rows = [
        (one.name, type_of(one) or "-", role, _batches(one), one.digest, len(one.fragments), _place(one))
        for role, one in documents
    ]
    output.table(head, rows)
    left_out = sum(len(one.errors) for one in checked.values())
    if left_out:
        output.note(f"{left_out} errors: documents with one are not listed; see `marketplacer-callback queries check`")


@queries.command("check")
@reading
@pass_given
@click.pass_context
def check(context: click.Context, given: Given) -> None:
    """Check every document against the schema in use; 1 if there are errors."""
    schema, checked = checked_by_role(given)
    problems = list(dict.fromkeys(problem for one in checked.values() for problem in one.problems))
    errors = [problem for problem in problems if problem.severity == "error"]
    names = {name for one in checked.values() for name in one.documents}
    if given.as_json:
        output.data({"ok": not errors, "schema": schema.path, "documents": sorted(names), "problems": problems})
    else:
        for problem in problems:
            output.text(shown(problem))
        against = "the bundled subset of the schema" if schema.path is None else shown(schema.path)
        counts = f"{len(names)} documents, {len(errors)} errors, {len(problems) - len(errors)} warnings"
        output.text(f"{shown(given.settings.queries)}: {counts}, against {against}")
        if schema.path is None:
            output.note("`marketplacer-callback schema pull` fetches your instance's own schema to check against")
    if errors:
        context.exit(FOUND)


def checked_by_role(given: Given) -> tuple[Schema, Mapping[str, Checked]]:
    """The schema in use, and the checked documents of each role that an instance has; without instances of both."""
    from marketplacer_callback.documents import Role, check
    from marketplacer_callback.wiring import schema_of

    settings = given.settings
    schema = schema_of(settings)
    roles = sorted({settings.instances[name].role for name in given.instances()}) or get_args(Role)
    return schema, {role: check(settings.queries, role=role, schema=schema) for role in roles}


def type_of(document: Document) -> str | None:
    """The object type that a document reads: that of the first fragment on its root."""
    from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, parse

    if not document.fetchable:
        return None
    parsed = parse(document.text, no_location=True)
    on = {
        node.name.value: node.type_condition.name.value
        for node in parsed.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    root = getattr(parsed.definitions[0], "selection_set").selections[0]  # noqa: B009
    selections = root.selection_set.selections if isinstance(root, FieldNode) and root.selection_set else ()
    for one in selections:
        if isinstance(one, FragmentSpreadNode):
            return on.get(one.name.value)
        if isinstance(one, InlineFragmentNode) and one.type_condition is not None:
            return one.type_condition.name.value
    return None


def _record(document: Document) -> dict[str, object]:
    return {
        "name": document.name,
        "kind": document.kind,
        "type": type_of(document),
        "fragments": document.fragments,
        "digest": document.digest,
        "file": document.path,
        "line": document.line,
        "batchable": document.batched is not None,
        "unbatchable": document.unbatchable,
    }


def _batches(document: Document) -> str:
    return "yes" if document.batched is not None else "no"


def _place(document: Document) -> str:
    return f"{shown(document.path)}:{document.line}"
