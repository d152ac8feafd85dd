"""What scripts and commands answer, and the only casts from it: the client decodes nothing, so texts come as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Reply", "decoded", "fields", "number", "optional_number", "sequence", "text"]

Reply: TypeAlias = "int | float | bytes | Sequence[Reply] | None"


def sequence(reply: Reply) -> Sequence[Reply]:
    if reply is None or isinstance(reply, (int, float, bytes)):
        raise TypeError(f"expected a list, got {type(reply).__name__}")
    return reply


def number(reply: Reply) -> int:
    """An integer, also one that came as text (a hash field, a score)."""
    if isinstance(reply, bytes):
        return int(float(reply)) if b"." in reply or b"e" in reply else int(reply)
    if isinstance(reply, (int, float)):
        return int(reply)
    raise TypeError(f"expected a number, got {type(reply).__name__}")


def optional_number(reply: Reply) -> int | None:
    return None if reply is None else number(reply)


def text(reply: Reply) -> str:
    if not isinstance(reply, bytes):
        raise TypeError(f"expected a text, got {type(reply).__name__}")
    return reply.decode()


def fields(reply: Reply) -> dict[str, str]:
    """A hash as scripts return it: field, value, field, value…"""
    flat = [text(part) for part in sequence(reply)]
    return dict(zip(flat[::2], flat[1::2], strict=True))


def decoded(mapping: Mapping[bytes, bytes]) -> dict[str, str]:
    """A hash as the client's ``hgetall`` returns it."""
    return {name.decode(): value.decode() for name, value in mapping.items()}
