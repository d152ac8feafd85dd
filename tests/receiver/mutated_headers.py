"""Signatures, headers and paths of any kind. Well-formed HTTP, each line below 8 KiB: the server's parser refuses the
rest before any application sees it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

__all__ = ["HEADERS", "ONCE", "PATHS", "SIGNATURES"]

Draw = random.Random
TOKEN: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
VISIBLE: Final = "".join(map(chr, [*range(0x21, 0x7F), *range(0xA0, 0x100)]))
ONCE: Final = frozenset(
    ("Content-Type", "Content-Encoding", "User-Agent", "Expect", "Date", "Referer", "Authorization")
)
"""What HTTP allows once."""

SIGNATURES: Final[tuple[Callable[[Draw, str], tuple[str | None, bool]], ...]] = (
    lambda _, right: (right, True),
    lambda _, right: (right, True),
    lambda _, right: (right, True),
    lambda _, right: (f" \t{right}  ", True),
    lambda _, right: (None, False),
    lambda _, right: ("", False),
    lambda _, right: (right[:-2], False),
    lambda _, right: (right.swapcase(), False),
    lambda _, right: (right[:20] + " " + right[20:], False),
    lambda draw, right: ("".join(draw.choices(VISIBLE, k=draw.choice((1, 44, 8_000)))), False),
)


def _some_text(draw: Draw) -> str:
    return "".join(draw.choices(VISIBLE + "\t ", k=draw.choice((0, 1, 20, 300, 8_000))))


def _any_header(draw: Draw) -> list[tuple[str, str]]:
    return [("x-" + "".join(draw.choices(TOKEN, k=draw.choice((1, 5, 200)))), _some_text(draw))]


def _many(draw: Draw) -> list[tuple[str, str]]:
    return [(f"X-{number}", "1") for number in range(draw.choice((5, 60, 110)))]


def _sequence(draw: Draw) -> list[tuple[str, str]]:
    odd = (
        "",
        "0",
        "-1",
        "1.5",
        "1e3",
        "0x10",
        " 7 ",
        "7 7",
        "9" * 18,
        "9" * 19,
        "9" * 8_000,
        "²",
        "½",
        _some_text(draw),
    )
    return [("Marketplacer-Sequence", draw.choice((*odd, _some_text(draw)))) for _ in range(draw.choice((1, 1, 2)))]


def _known(draw: Draw) -> list[tuple[str, str]]:
    name = draw.choice(
        (
            "Marketplacer-Vertical",
            "Idempotency-Key",
            "User-Agent",
            "traceparent",
            "tracestate",
            "auth-key",
            "Cookie",
            "Accept-Encoding",
            "Range",
            "If-None-Match",
            "Authorization",
            "Origin",
            "Forwarded",
            "Date",
            "Referer",
        )
    )
    return [(name, _some_text(draw)) for _ in range(draw.choice((1, 1, 2)))]


def _type(draw: Draw) -> list[tuple[str, str]]:
    kinds = (
        "application/json",
        "application/json; charset=utf-16",
        "text/plain; charset=nonsense",
        "",
        ";;;",
        "a/b; c",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=",
        _some_text(draw),
    )
    return [("Content-Type", draw.choice(kinds))]


def _encoding(draw: Draw) -> list[tuple[str, str]]:
    return [
        ("Content-Encoding", draw.choice(("gzip", "deflate", "br", "zstd", "identity", "GZIP", "gzip, br", "x", "")))
    ]


def _expecting(draw: Draw) -> list[tuple[str, str]]:
    return [("Expect", draw.choice(("100-continue", "200-ok", "", "100-Continue, x")))]


HEADERS: Final[tuple[Callable[[Draw], list[tuple[str, str]]], ...]] = (
    _any_header,
    _many,
    _sequence,
    _known,
    _known,
    _type,
    _encoding,
    _expecting,
)

PATHS: Final = (
    *("", "", "", "/", "/Advert", "/advert/", "/Advert/?x=1", "/%00", "/%ff%fe", "/a//b/../../c", "/%2e%2e/x", "/;x=y"),
    *("/_sweep", "/Nonsense", "/%F0%9F%92%A5", "/" + "A" * 4_000, "/%zz", "?", "?a[]=%", "/REFUND_REQUEST"),
)
