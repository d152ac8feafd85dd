"""All of arq's storage format that is relied on, as data. Another engine would start here; a test compares it with arq
itself.

arq 0.28 keeps a job as ``arq:job:<id>`` (a serialised dict) and as a member of a queue's sorted set, scored by its due
time in ms. The scripts write both, without arq's expiry: an arq job that expires is work that is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgpack
from arq.constants import in_progress_key_prefix, job_key_prefix, result_key_prefix, retry_key_prefix
from arq.jobs import serialize_job

__all__ = [
    "GEN_LENGTH",
    "RUN",
    "deserialize",
    "in_progress_key",
    "job_blob",
    "job_key",
    "result_key",
    "retry_key",
    "serialize",
]

RUN: Final = "run_batch"
"""The name under which the worker registers its one function; its one argument is the batch's gen."""

GEN_LENGTH: Final = 20
"""A gen is 16 random hex digits and 4 that count; the job is split around one, so all have the same length."""

_GEN: Final = "0123456789abcdef0123"


def job_key(gen: str) -> str:
    return f"{job_key_prefix}{gen}"


def in_progress_key(gen: str) -> str:
    return f"{in_progress_key_prefix}{gen}"


def retry_key(gen: str) -> str:
    return f"{retry_key_prefix}{gen}"


def result_key(gen: str) -> str:
    return f"{result_key_prefix}{gen}"


serialize: Callable[[dict[str, Any]], bytes] = msgpack.packb
"""arq's default is pickle: whoever can write to Redis could run code in the worker."""


def deserialize(blob: bytes) -> dict[str, Any]:
    """The reverse of ``serialize``, for the worker's ``job_deserializer``."""
    job: dict[str, Any] = msgpack.unpackb(blob, raw=False)
    return job


def job_blob() -> tuple[bytes, bytes]:
    """The job that runs a batch, split around the batch's gen: ``before + gen + after`` is what arq reads.

    Its enqueue time is 0: arq only hands it on, and the mailboxes know better since when they wait.
    """
    blob = serialize_job(RUN, (_GEN,), {}, None, 0, serializer=serialize)
    before, _, after = blob.partition(_GEN.encode())
    return before, after
