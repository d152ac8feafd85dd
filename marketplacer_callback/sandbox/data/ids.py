"""Ids as the platform forms them today: base64 of ``<Type>-<n>``."""

from __future__ import annotations

import binascii
import re
from typing import Final

__all__ = ["node_id", "parts"]

FORM: Final = re.compile(r"([A-Z][A-Za-z0-9]*)-([0-9]{1,18})")


def node_id(typename: str, number: int) -> str:
    """The id of an object by its type and number."""
    return binascii.b2a_base64(f"{typename}-{number}".encode(), newline=False).decode()


def parts(id: str) -> tuple[str, int] | None:
    """The type and the number of an id; ``None`` for what is not formed so."""
    try:
        form = FORM.fullmatch(binascii.a2b_base64(id.encode(), strict_mode=True).decode())
    except (ValueError, binascii.Error):
        return None
    return (form[1], int(form[2])) if form else None
