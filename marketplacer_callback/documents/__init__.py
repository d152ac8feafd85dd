"""The integrator's GraphQL documents: loaded, checked, rewritten to ``nodes(ids:)``, watched."""

from marketplacer_callback.documents.check import check, validate_text
from marketplacer_callback.documents.model import Batched, Checked, Document, DocumentSet, Problem, Role, Schema
from marketplacer_callback.documents.schema import load_schema
from marketplacer_callback.documents.watch import watch

__all__ = [
    "Batched",
    "Checked",
    "Document",
    "DocumentSet",
    "Problem",
    "Role",
    "Schema",
    "check",
    "load_schema",
    "validate_text",
    "watch",
]
