"""What the handlers need of the documents, and what is missing."""

from __future__ import annotations

import re
from pathlib import Path

from marketplacer_callback.documents import Checked, Role
from marketplacer_callback.routing import Handler, Table

__all__ = ["document_problems"]


def document_problems(folder: Path, role: Role, table: Table, checked: Checked) -> list[str]:
    """Every error of the documents of ``role``, and every handler whose document is missing or fetches no object."""
    problems = dict.fromkeys(str(problem) for problem in checked.errors)
    broken = {problem.path for problem in checked.errors}
    for handler in table:
        if handler.document is None:
            continue
        document = checked.documents.get(handler.document)
        if document is None and not _stands_in(broken, handler.document):
            problems[_missing(folder, role, handler)] = None
        elif document is not None and not document.fetchable:
            problems[
                f"{document.path}:{document.line}: query {document.name} cannot fetch one object by its id, which "
                f"handler {handler.name!r} ({handler.where}) needs: {document.unbatchable}"
            ] = None
    return list(problems)


def _stands_in(files: set[Path], document: str) -> bool:
    """Whether a file with an error of its own seems to hold this query: then that error says all there is to say."""
    query = re.compile(rf"\bquery\s+{re.escape(document)}\b")
    return any(query.search(path.read_text(encoding="utf-8", errors="replace")) for path in files if path.is_file())


def _missing(folder: Path, role: Role, handler: Handler) -> str:
    file = folder / f"{handler.document}.graphql"
    return (
        f"{folder}: no query {handler.document!r} for role {role}, which handler {handler.name!r} ({handler.where}) "
        f"needs; write {file}, or run `marketplacer-callback init` for the default ones"
    )
