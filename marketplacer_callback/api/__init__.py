"""The platform's GraphQL API: one client an instance, errors sorted, objects fetched in batches."""

from marketplacer_callback.api.answer import GraphqlAnswer, GraphqlError
from marketplacer_callback.api.auth import ApiAuth
from marketplacer_callback.api.client import ApiClient
from marketplacer_callback.api.fetch import Absent, Failed, Fetched, Fetcher, Found
from marketplacer_callback.api.limiter import Limiter
from marketplacer_callback.api.operations import LEGACY_ID_TYPES, Principal, find_by_legacy_id, introspect, principal
from marketplacer_callback.api.sorting import Unreachable

__all__ = [
    "LEGACY_ID_TYPES",
    "Absent",
    "ApiAuth",
    "ApiClient",
    "Failed",
    "Fetched",
    "Fetcher",
    "Found",
    "GraphqlAnswer",
    "GraphqlError",
    "Limiter",
    "Principal",
    "Unreachable",
    "find_by_legacy_id",
    "introspect",
    "principal",
]
